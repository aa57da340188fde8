import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PostgresStore, SqliteStore } from '@weir/ledger';
import { makeAttempt, type PostgresServer, startPostgres, temporaryDirectory } from '@weir/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ledgerLookupContract } from './ledger-lookup.contract.ts';
import { type LedgerHome, ledgerStoreContract } from './ledger-store.contract.ts';

describe('the ledger in SQLite', () => {
  const makeHome = async (): Promise<LedgerHome> => {
    const directory = await temporaryDirectory();
    return {
      open: async () => new SqliteStore(join(directory.path, 'ledger', 'ledger.db')),
      [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
    };
  };

  ledgerStoreContract(makeHome);
  ledgerLookupContract(makeHome);

  test('read beside whoever writes it, it tells what is there, and takes nothing', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'ledger.db');
    await using writing = new SqliteStore(path);
    await writing.append([makeAttempt()]);
    await using reading = new SqliteStore(path, { readOnly: true });
    expect(await reading.read({ afterSequence: 0n }, 10)).toHaveLength(1);
    await writing.append([makeAttempt()]);
    expect(await reading.read({ afterSequence: 0n }, 10)).toHaveLength(2);
    await expect(reading.append([makeAttempt()])).rejects.toThrow();
    expect(await writing.read({ afterSequence: 0n }, 10)).toHaveLength(2);
  });

  test('read after its writer has gone, it is as it was left', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'ledger.db');
    {
      await using writing = new SqliteStore(path);
      await writing.append([makeAttempt()]);
    }
    await using reading = new SqliteStore(path, { readOnly: true });
    expect(await reading.read({ afterSequence: 0n }, 10)).toHaveLength(1);
  });

  test('only read, a ledger that is not there is not made', async () => {
    await using directory = await temporaryDirectory();
    await using reading = new SqliteStore(join(directory.path, 'none.db'), { readOnly: true });
    await expect(reading.read({ afterSequence: 0n }, 10)).rejects.toMatchObject({
      kind: 'ledger_unavailable',
    });
    expect(await readdir(directory.path)).toEqual([]);
  });

  test('a file that is no database is refused with a fault, not with a crash', async () => {
    await using directory = await temporaryDirectory();
    await using store = new SqliteStore(directory.path);
    await expect(store.append([makeAttempt()])).rejects.toMatchObject({
      kind: 'ledger_unavailable',
    });
  });
});

describe('the ledger in PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  const makeHome = async (): Promise<LedgerHome> => {
    const url = await server.createDatabase();
    return { open: () => open(url), [Symbol.asyncDispose]: async () => {} };
  };

  ledgerStoreContract(makeHome);
  ledgerLookupContract(makeHome);

  test('only read, a database is taken as it is', async () => {
    const url = await server.createDatabase();
    await using writing = await open(url);
    await writing.append([makeAttempt()]);
    await using reading = await open(url, true);
    expect(await reading.read({ afterSequence: 0n }, 10)).toHaveLength(1);
    await using none = await open(await server.createDatabase(), true);
    await expect(none.read({ afterSequence: 0n }, 10)).rejects.toMatchObject({
      kind: 'ledger_unavailable',
    });
  });

  test('replicas that start together agree on the schema', async () => {
    const url = await server.createDatabase();
    const stores = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    const event = makeAttempt();
    const booked = await Promise.all(stores.map((store) => store.append([event])));
    expect(booked.toSorted()).toEqual([0, 0, 0, 0, 1]);
    for (const store of stores) await store[Symbol.asyncDispose]();
  });

  test('two replicas together grant no more holds than one', async () => {
    await using home = await makeHome();
    await using left = await home.open();
    await using right = await home.open();
    const granted = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        (n % 2 === 0 ? left : right).hold(
          {
            tenant: 'acme',
            keyId: 'key-1',
            requestId: `r${n}`,
            amountPicoUsd: 3n,
            expiresInMs: 60_000,
          },
          { limitPicoUsd: 100n, sinceDay: '' },
          0,
        ),
      ),
    );
    expect(granted.filter(Boolean)).toHaveLength(33);
  });

  test('what PostgreSQL refuses for its own sake is no outage', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const refused = store.append([makeAttempt({ tenant: 'a\u0000b' })]);
    await expect(refused).rejects.toMatchObject({ kind: 'internal' });
  });

  test('a server that is away is a fault, and the store works again once it is back', async () => {
    await using home = await makeHome();
    await using store = await home.open();
    const nowhere = PostgresStore.open({ ...LIMITS, url: 'postgres://x:x@127.0.0.1:9/x' });
    await expect(nowhere).rejects.toMatchObject({ kind: 'ledger_unavailable' });
    await server.disconnectAll();
    await expect.poll(() => store.append([makeAttempt()]).catch(() => 0)).toBe(1);
  });
});

const LIMITS = { maxConnections: 4, connectTimeoutMs: 2000, statementTimeoutMs: 10_000 };

function open(url: string, readOnly = false): Promise<PostgresStore> {
  return PostgresStore.open({ ...LIMITS, url, readOnly });
}
