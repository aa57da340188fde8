import { join } from 'node:path';
import { FailedCall, Fault, type Principal } from '@weir/core';
import { LedgerService, SqliteStore } from '@weir/ledger';
import { dialLedger, dialLedgerReading, serveLedger, serveLedgerReading } from '@weir/rpc';
import { systemClock } from '@weir/runtime';
import { makeAttempt, temporaryDirectory } from '@weir/testkit';
import { describe, expect, test } from 'vitest';
import { fakeLedger, HOLD, ledgerPortContract, never } from './ledger-port.contract.ts';
import { link } from './rpc-link.ts';

describe('a ledger in this process', () => {
  ledgerPortContract(async (port) => ({ port, [Symbol.asyncDispose]: async () => {} }));
});

describe('a ledger an address away', () => {
  ledgerPortContract(async (ledger) => {
    const wire = await link((server) => serveLedger(server, ledger));
    return {
      port: dialLedger(wire.channel),
      [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
    };
  });

  test('grants over the wire as many holds as the budget has room for', async () => {
    await using directory = await temporaryDirectory();
    await using store = new SqliteStore(join(directory.path, 'ledger.db'));
    const budget = { limitPicoUsd: 105n, period: 'total' } as const;
    const service = new LedgerService({
      store,
      clock: systemClock,
      budgets: new Map([['acme/key-1', budget]]),
      watchBatch: 100,
      watchPollMs: 1000,
    });
    await using wire = await link((server) => serveLedger(server, service));
    const ledger = dialLedger(wire.channel);
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        ledger.hold({ ...HOLD, requestId: `r${n}` }, never()).then(
          () => 'granted',
          (error) => FailedCall.from(error).fault.kind,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'granted')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'budget_exhausted')).toHaveLength(90);
  });
});

describe('the ledger as callers with a key see it', () => {
  test('shows each of them its own tenant, whatever tenant they name', async () => {
    const seen: unknown[] = [];
    await using wire = await linkReading({
      async query({ tenant }) {
        seen.push(tenant);
        return [];
      },
      async request({ tenant, requestId }) {
        seen.push(tenant, requestId);
        return [{ sequence: 3n, event: makeAttempt() }];
      },
      async *watch({ tenant, afterSequence }) {
        seen.push(tenant, afterSequence);
        yield { sequence: 8n, event: makeAttempt() };
      },
    });
    const reading = dialLedgerReading(wire.channel, 'Bearer acme');
    await reading.query({ tenant: 'globex', groupBy: [] }, never());
    await reading.query({ groupBy: [] }, never());
    for await (const entry of reading.watch({ tenant: 'globex', afterSequence: 7n }, never())) {
      expect(entry.sequence).toBe(8n);
    }
    expect(await reading.request({ tenant: 'globex', requestId: 'r' }, never())).toHaveLength(1);
    expect(await reading.request({ requestId: 's' }, never())).toHaveLength(1);
    expect(seen).toEqual(['acme', 'acme', 'acme', 7n, 'acme', 'r', 'acme', 's']);
  });

  test('is closed to those without a key', async () => {
    await using wire = await linkReading({});
    const reading = dialLedgerReading(wire.channel, 'Bearer nobody');
    const querying = reading.query({ groupBy: [] }, never()).catch((error) => error);
    expect(FailedCall.from(await querying).fault.kind).toBe('unauthenticated');
    const looking = reading.request({ requestId: 'r' }, never()).catch((error) => error);
    expect(FailedCall.from(await looking).fault.kind).toBe('unauthenticated');
    const watch = reading.watch({ afterSequence: 0n }, never())[Symbol.asyncIterator]();
    const watching = watch.next().catch((error: unknown) => error);
    expect(FailedCall.from(await watching).fault.kind).toBe('unauthenticated');
  });

  test('can be written by nobody, and has no shared stream that would ask for no key', async () => {
    await using wire = await linkReading({});
    const ledger = dialLedger(wire.channel);
    for (const attempt of [
      ledger.settle([makeAttempt()], never()),
      ledger.hold({ ...HOLD, requestId: 'r' }, never()),
      ledger.query({ groupBy: [] }, never()),
      ledger.request({ requestId: 'r' }, never()),
    ]) {
      await expect(attempt).rejects.toThrow();
    }
    const { LedgerService: definition } = await import('@weir/contracts');
    const settling = wire.channel.unary(definition.settle, { events: [] }, never(), 'Bearer acme');
    const { fault } = FailedCall.from(await settling.catch((error) => error));
    expect(fault.kind).toBe('permission_denied');
  });
});

function linkReading(parts: Parameters<typeof fakeLedger>[0]) {
  const authenticate = (authorization: string | undefined): Principal => {
    if (authorization === 'Bearer acme') return { tenant: 'acme', keyId: 'key-1' };
    throw new Fault('unauthenticated', 'There is no such key.');
  };
  return link((server) => serveLedgerReading(server, fakeLedger(parts), authenticate));
}
