import {
  eventsOf,
  FailedCall,
  Fault,
  type HoldCall,
  type Ledger,
  type LedgerEntry,
  type LedgerEvent,
  type LedgerQuery,
  type LedgerRow,
  type RequestLookup,
  type WatchCall,
} from '@weir/core';
import { makeAttempt, makeDraftLabelled, makeRequestCompleted } from '@weir/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aborted } from './aborted.ts';
import { anyEvents } from './any-event.ts';
import { collected } from './collected.ts';

export interface ConnectedLedger extends AsyncDisposable {
  readonly port: Ledger;
}

/** What the ledger's callers rely on, wherever it is. `connect` puts the given one within reach. */
export function ledgerPortContract(connect: (ledger: Ledger) => Promise<ConnectedLedger>): void {
  test('a hold arrives as it was asked for', async () => {
    const seen: HoldCall[] = [];
    await using side = await connect(
      fakeLedger({
        async hold(call) {
          seen.push(call);
        },
      }),
    );
    const call = {
      tenant: 'acme',
      keyId: 'key-1',
      requestId: 'r',
      amountPicoUsd: 2n ** 63n - 1n,
      expiresInMs: 90_000,
    };
    await side.port.hold(call, never());
    expect(seen).toEqual([call]);
  });

  test('a refused hold says that the budget is used up', async () => {
    await using side = await connect(
      fakeLedger({
        async hold() {
          throw new Fault('budget_exhausted', 'The budget is used up.');
        },
      }),
    );
    const holding = side.port.hold({ ...HOLD, requestId: 'r' }, never());
    const { fault } = FailedCall.from(await holding.catch((error) => error));
    expect(fault).toMatchObject({ kind: 'budget_exhausted', message: 'The budget is used up.' });
  });

  test('any events are settled as they are, in their order', async () => {
    let seen: readonly LedgerEvent[] = [];
    await using side = await connect(
      fakeLedger({
        async settle(events) {
          seen = eventsOf(events);
        },
      }),
    );
    await fc.assert(
      fc.asyncProperty(anyEvents({ maxLength: 20 }), async (events) => {
        await side.port.settle(events, never());
        expect(seen).toEqual(events);
      }),
      { numRuns: 50 },
    );
  });

  test('a query arrives as it was asked, and its rows come back as they are', async () => {
    const queries: LedgerQuery[] = [
      { groupBy: [] },
      { tenant: '', route: 'support', groupBy: ['day', 'model', 'tenant', 'route'] },
      { tag: { name: 'team', value: '' }, fromMs: 0, untilMs: 8.64e15, groupBy: ['tenant'] },
    ];
    const rows: LedgerRow[] = [
      { group: {}, totals: totals(0n) },
      { group: { tenant: '', day: '2026-11-22' }, totals: totals(2n ** 63n - 1n) },
      { group: { route: 'support', model: 'local/small-1' }, totals: totals(-5n) },
    ];
    const seen: LedgerQuery[] = [];
    await using side = await connect(
      fakeLedger({
        async query(query) {
          seen.push(query);
          return rows;
        },
      }),
    );
    for (const query of queries) expect(await side.port.query(query, never())).toEqual(rows);
    expect(seen).toEqual(queries);
  });

  test('a request is looked up by its id, and its entries come back as they are', async () => {
    const lookups: RequestLookup[] = [
      { requestId: 'req_1' },
      { tenant: '', requestId: '' },
      { tenant: 'acme', requestId: 'acme-☂ 1' },
    ];
    const entries: LedgerEntry[] = [
      { sequence: 1n, event: makeAttempt() },
      { sequence: 2n ** 60n + 1n, event: makeRequestCompleted() },
      { sequence: 2n ** 63n - 1n, event: makeDraftLabelled() },
    ];
    const seen: RequestLookup[] = [];
    await using side = await connect(
      fakeLedger({
        async request(call) {
          seen.push(call);
          return entries.slice(0, seen.length);
        },
      }),
    );
    for (const [index, lookup] of lookups.entries()) {
      expect(await side.port.request(lookup, never())).toEqual(entries.slice(0, index + 1));
    }
    expect(seen).toEqual(lookups);
  });

  test('a watch resumes where it is told to, and gives each entry when it is booked', async () => {
    const gate = Promise.withResolvers<void>();
    const seen: WatchCall[] = [];
    const entries: LedgerEntry[] = [
      { sequence: 2n ** 60n + 1n, event: makeAttempt() },
      { sequence: 2n ** 60n + 2n, event: makeDraftLabelled() },
    ];
    await using side = await connect(
      fakeLedger({
        async *watch(call) {
          seen.push(call);
          for (const entry of entries) {
            yield entry;
            await gate.promise;
          }
        },
      }),
    );
    const call = { tenant: 'acme', tag: { name: 'a', value: 'b' }, afterSequence: 2n ** 60n };
    const watch = side.port.watch(call, never())[Symbol.asyncIterator]();
    expect((await watch.next()).value).toEqual(entries[0]);
    gate.resolve();
    expect((await watch.next()).value).toEqual(entries[1]);
    expect((await watch.next()).done).toBe(true);
    expect(seen).toEqual([call]);
  });

  test('a watch is over where it is served when its watcher leaves or gives up', async () => {
    const over = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    let watchers = 0;
    await using side = await connect(
      fakeLedger({
        async *watch(_call, signal) {
          const mine = over[watchers++ === 0 ? 0 : 1];
          try {
            yield { sequence: 1n, event: makeAttempt() };
            await aborted(signal).catch(() => {});
          } finally {
            mine.resolve();
          }
        },
      }),
    );
    for await (const _entry of side.port.watch({ afterSequence: 0n }, never())) break;
    await over[0].promise;
    const watcher = new AbortController();
    const watch = side.port.watch({ afterSequence: 0n }, watcher.signal)[Symbol.asyncIterator]();
    await watch.next();
    const next = watch.next().catch(() => {});
    watcher.abort();
    await next;
    await over[1].promise;
  });

  test('a ledger that is away says so', async () => {
    const away = new Fault('ledger_unavailable', 'It is away.', { retryAfterMs: 500 });
    await using side = await connect(
      fakeLedger({
        settle: () => Promise.reject(away),
        // biome-ignore lint/correctness/useYield: a watch that only fails
        async *watch() {
          throw away;
        },
      }),
    );
    const settling = side.port.settle([makeAttempt()], never()).catch((error) => error);
    expect(FailedCall.from(await settling).fault).toMatchObject({
      kind: 'ledger_unavailable',
      retryAfterMs: 500,
    });
    const watching = collected(side.port.watch({ afterSequence: 0n }, never()));
    const { fault } = FailedCall.from(await watching.catch((error: unknown) => error));
    expect(fault.kind).toBe('ledger_unavailable');
  });
}

export const HOLD = { tenant: 'acme', keyId: 'key-1', amountPicoUsd: 10n, expiresInMs: 60_000 };

export function fakeLedger(parts: Partial<Ledger>): Ledger {
  const unexpected = () => Promise.reject(new TypeError('not expected to be called'));
  return {
    hold: unexpected,
    settle: unexpected,
    query: unexpected,
    request: unexpected,
    // biome-ignore lint/correctness/useYield: a watch that only fails
    async *watch() {
      throw new TypeError('not expected to be watched');
    },
    ...parts,
  };
}

function totals(each: bigint): LedgerRow['totals'] {
  return {
    requests: each,
    attempts: each,
    inputTokens: each,
    outputTokens: each,
    costPicoUsd: each,
    inexactAttempts: each,
    counterfactualPicoUsd: each,
    escalated: each,
  };
}

export function never(): AbortSignal {
  return new AbortController().signal;
}
