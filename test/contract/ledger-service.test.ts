import { join } from 'node:path';
import { getActiveResourcesInfo } from 'node:process';
import { LABEL_TAG, type LedgerEntry, type LedgerEvent } from '@weir/core';
import { type Budget, LedgerService, SqliteStore } from '@weir/ledger';
import {
  ManualClock,
  makeAttempt,
  makeDraftLabelled,
  makeRequestCompleted,
  temporaryDirectory,
} from '@weir/testkit';
import { expect, test } from 'vitest';

const AN_HOUR_MS = 3_600_000;

test('a watcher that has seen everything is woken by the next booking', async () => {
  await using ledger = await openLedger();
  const watch = ledger.service.watch({ afterSequence: 0n }, never());
  const events = [makeAttempt(), makeAttempt(), makeRequestCompleted()];
  for (const event of events) {
    const next = watch.next();
    await ledger.service.settle([event]);
    expect((await next).value?.event).toEqual(event);
  }
  await watch.return();
});

test('every watcher gets every entry of its tenant, whenever it came in', async () => {
  await using ledger = await openLedger();
  const events = Array.from({ length: 60 }, (_, n) =>
    makeAttempt({ tenant: n % 2 === 0 ? 'acme' : 'globex' }),
  );
  const theirs = events.filter(({ tenant }) => tenant === 'acme');
  const early = take(ledger.service.watch({ tenant: 'acme', afterSequence: 0n }, never()), 30);
  for (const event of events.slice(0, 40)) await ledger.service.settle([event]);
  const late = take(ledger.service.watch({ tenant: 'acme', afterSequence: 0n }, never()), 30);
  await ledger.service.settle(events.slice(40));
  expect(await early).toEqual(theirs);
  expect(await late).toEqual(theirs);
});

test('a watch resumes after the sequence that was seen last', async () => {
  await using ledger = await openLedger();
  const events = [makeAttempt(), makeAttempt(), makeAttempt()];
  await ledger.service.settle(events);
  const entries: LedgerEntry[] = [];
  for await (const entry of ledger.service.watch({ afterSequence: 0n }, never())) {
    entries.push(entry);
    if (entries.length === 2) break;
  }
  const afterSequence = entries[1]?.sequence ?? 0n;
  expect(await take(ledger.service.watch({ afterSequence }, never()), 1)).toEqual([events[2]]);
});

test('a learner gets the labels of its route, those to come too, and resumes after any of them', async () => {
  await using ledger = await openLedger({ watchBatch: 2 });
  const tag = { name: LABEL_TAG, value: 'support' };
  const labels = Array.from({ length: 5 }, () => makeDraftLabelled());
  const rest = [makeDraftLabelled({ route: 'search' }), makeRequestCompleted(), makeAttempt()];
  await ledger.service.settle([...labels.slice(0, 3), ...rest]);
  const watch = ledger.service.watch({ tag, afterSequence: 0n }, never());
  const seen: LedgerEntry[] = [];
  for await (const entry of watch) {
    seen.push(entry);
    if (seen.length === 3) await ledger.service.settle([...rest, ...labels.slice(3)]);
    if (seen.length === 5) break;
  }
  expect(seen.map(({ event }) => event)).toEqual(labels);
  const afterSequence = seen[1]?.sequence ?? 0n;
  const again = ledger.service.watch({ tag, afterSequence }, never());
  expect(await take(again, 3)).toEqual(labels.slice(2));
});

test('a request is told of as far as its events have come', async () => {
  await using ledger = await openLedger();
  const requestId = 'req_1';
  const events = [makeAttempt({ requestId }), makeRequestCompleted({ requestId })];
  const told = async () => {
    const entries = await ledger.service.request({ tenant: 'acme', requestId });
    return entries.map(({ event }) => event);
  };
  expect(await told()).toEqual([]);
  await ledger.service.settle(events.slice(0, 1));
  expect(await told()).toEqual(events.slice(0, 1));
  await ledger.service.settle([...events, makeDraftLabelled({ requestId, tenant: 'globex' })]);
  expect(await told()).toEqual(events);
});

test('a booking by another replica is found at the next poll', async () => {
  await using ledger = await openLedger({ watchPollMs: 5 });
  const watch = ledger.service.watch({ afterSequence: 0n }, never());
  const next = watch.next();
  const event = makeAttempt();
  await ledger.store.append([event]);
  expect((await next).value?.event).toEqual(event);
  await watch.return();
});

test('a watch ends with its signal', async () => {
  await using ledger = await openLedger();
  const caller = new AbortController();
  const watch = ledger.service.watch({ afterSequence: 0n }, caller.signal);
  const next = watch.next();
  caller.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});

test('a watch that is left leaves no timer behind', async () => {
  await using ledger = await openLedger({ watchBatch: 1 });
  const timers = () => getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  await ledger.service.settle([makeAttempt(), makeAttempt(), makeAttempt()]);
  const before = timers();
  await take(ledger.service.watch({ afterSequence: 0n }, never()), 3);
  expect(timers()).toBeLessThanOrEqual(before);
});

test('a key without a budget is held for nothing', async () => {
  await using ledger = await openLedger();
  await ledger.service.hold(call('r', 10n ** 18n));
});

test.each([
  { period: 'day', isFreeAt: Date.UTC(2026, 11, 1) },
  { period: 'month', isFreeAt: Date.UTC(2026, 11, 1) },
  { period: 'total', isFreeAt: undefined },
] as const)('a budget per $period counts what was spent in it', async ({ period, isFreeAt }) => {
  const budgets = new Map([['acme/key-1', { limitPicoUsd: 100n, period }]]);
  await using ledger = await openLedger({ budgets, nowMs: Date.UTC(2026, 10, 30, 23) });
  const settledAtMs = Date.UTC(2026, 10, 30, 22);
  await ledger.service.settle([makeAttempt({ costPicoUsd: 100n, settledAtMs })]);
  await expect(ledger.service.hold(call('r', 1n))).rejects.toMatchObject({
    kind: 'budget_exhausted',
  });
  ledger.clock.advance(AN_HOUR_MS);
  const later = ledger.service.hold(call('r', 1n));
  if (isFreeAt === ledger.clock.nowMs()) await later;
  else await expect(later).rejects.toMatchObject({ kind: 'budget_exhausted' });
});

interface Setting {
  readonly watchPollMs?: number;
  readonly watchBatch?: number;
  readonly nowMs?: number;
  readonly budgets?: ReadonlyMap<string, Budget>;
}

async function openLedger(setting: Setting = {}) {
  const directory = await temporaryDirectory();
  const store = new SqliteStore(join(directory.path, 'ledger.db'));
  const clock = new ManualClock(setting.nowMs);
  const service = new LedgerService({
    store,
    clock,
    budgets: setting.budgets ?? new Map(),
    watchBatch: setting.watchBatch ?? 7,
    watchPollMs: setting.watchPollMs ?? AN_HOUR_MS,
  });
  return {
    service,
    store,
    clock,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function take(entries: AsyncIterable<LedgerEntry>, count: number): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  for await (const { event } of entries) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

function call(requestId: string, amountPicoUsd: bigint) {
  return { tenant: 'acme', keyId: 'key-1', requestId, amountPicoUsd, expiresInMs: 1000 };
}

function never(): AbortSignal {
  return new AbortController().signal;
}
