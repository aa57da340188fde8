import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault, type Ledger, type LedgerEvent, type RequestCompleted } from '@weir/core';
import { RpcServer, serveLedgerReading } from '@weir/rpc';
import { systemClock } from '@weir/runtime';
import { ScorerFiles, SIGNAL_SET } from '@weir/scorer';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCommand, UsageError } from '../command.ts';
import type { Explanation } from '../scorers/explanation.ts';
import { learnedFile, valuesWith } from '../scorers/learned.fixture.ts';
import { attempt, completed, judgementOf } from '../scorers/ledger-events.fixture.ts';
import { explain } from './explain.ts';

let folder = '';
let printed = '';
let noted = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-explain-'));
  printed = '';
  noted = '';
  vi.stubEnv('WEIR_DATA_DIR', folder);
  vi.stubEnv('ACME_KEY', 'k-acme');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    noted += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const CONFIG = `
providers:
  lab: { baseUrl: "http://127.0.0.1:1/v1", models: { small: {}, large: {} } }
routes:
  support:
    draft: lab/small
    scorer: { signal: worst_token, threshold: 0.8 }
    escalate: [{ model: lab/large }]
tenants:
  acme: { keys: [{ id: bot, key: env:ACME_KEY }] }
`;

/** A gateway whose ledger knows these events, all of the tenant acme. */
async function gateway(events: readonly LedgerEvent[]) {
  const asked: { tenant?: string | undefined; requestId: string }[] = [];
  const ledger: Ledger = {
    hold: async () => {},
    settle: async () => {},
    query: async () => [],
    async *watch() {},
    request: async (call) => {
      asked.push(call);
      return events
        .filter(({ requestId }) => requestId === call.requestId)
        .map((event, at) => ({ sequence: BigInt(at + 1), event }));
    },
  };
  const server = new RpcServer({
    clock: systemClock,
    maxMessageBytes: 4_000_000,
    maxCallsPerStream: 10,
    onInternal: () => {},
  });
  serveLedgerReading(server, ledger, (authorization) => {
    if (authorization === 'Bearer k-acme') return { tenant: 'acme', keyId: 'bot' };
    throw new Fault('unauthenticated', 'This key is not known here.');
  });
  const port = await server.listen('127.0.0.1:0');
  return {
    asked,
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => server.drain(0),
  };
}

async function run(address: string, ...args: string[]): Promise<number> {
  const file = join(folder, 'weir.yaml');
  writeFileSync(file, CONFIG);
  printed = '';
  noted = '';
  return runCommand(explain, ['--config', file, '--grpc', address, '--key', 'k-acme', ...args]);
}

/** The events of one request that was judged so. */
function requestOf(request: Partial<RequestCompleted>): LedgerEvent[] {
  const requestId = 'req_1';
  return [
    attempt({ requestId, role: 'draft' }),
    completed({ requestId, route: 'support', ...request }),
  ];
}

test('a request is asked for with the key of its tenant, and told', async () => {
  await using server = await gateway(requestOf({ confidence: 0.93 }));
  expect(await run(server.address, 'req_1')).toBe(0);
  expect(server.asked).toEqual([{ tenant: 'acme', requestId: 'req_1' }]);
  expect(printed).toContain('req_1: route support, tenant acme\nserved by draft');
  expect(printed).toContain(
    'The chance of its worst token gave 0.93, which reaches the threshold of 0.8 (as the configuration has it now; the ledger does not keep that).',
  );
});

test.each<[string, Partial<RequestCompleted>, RegExp]>([
  ['below its threshold', { decision: 'escalate', confidence: 0.3 }, /0\.3, which is below/],
  [
    'above it and rejected',
    { decision: 'escalate', confidence: 0.9 },
    /reaches.*It escalated all the same: a hard check failed, or the threshold was another then/,
  ],
  [
    'without log-probabilities',
    { decision: 'escalate', confidence: null },
    /no log-probabilities to judge by: it escalated \(withoutEvidence: escalate/,
  ],
  ['of a route that is gone', { route: 'sales' }, /a fixed threshold that the configuration here/],
])('of a draft %s is said what is known', async (_what, request, words) => {
  await using server = await gateway(requestOf(request));
  expect(await run(server.address, 'req_1')).toBe(0);
  expect(printed).toMatch(words);
});

test('the file of the scorer model in the data directory gives the weights', async () => {
  const file = learnedFile();
  new ScorerFiles(join(folder, 'scorers'), 5).promote(file, 'first', 1);
  const values = valuesWith({ mean_logprob: 3, worst_window: 2 });
  const judgement = judgementOf({ model: file.version, signals: { set: SIGNAL_SET, values } });
  await using server = await gateway(requestOf({ judgement }));
  expect(await run(server.address, 'req_1', '--json')).toBe(0);
  const explained = JSON.parse(printed) as Explanation;
  expect(explained.judgement).toMatchObject({ model: file.version, endpoint: 'endpoint-1' });
  const heaviest = explained.judgement?.signals[0];
  expect(heaviest?.name).toBe('mean_logprob');
  expect(heaviest?.weight).toBeGreaterThan(0);
});

test.each(['../../../etc/passwd', '0123456789ab'])(
  'a version called %s is not found, and nothing worse',
  async (model) => {
    const judgement = judgementOf({ model });
    await using server = await gateway(requestOf({ judgement }));
    expect(await run(server.address, 'req_1', '--json')).toBe(0);
    const explained = JSON.parse(printed) as Explanation;
    expect(explained.judgement?.weights).toBeNull();
    expect(explained.judgement?.noWeights).toContain(`the file of scorer model ${model} is no`);
  },
);

test('a request that nobody knows is told with the server and the tenant', async () => {
  await using server = await gateway([]);
  expect(await run(server.address, 'req_9')).toBe(1);
  expect(noted).toBe(
    `weir explain: ${server.address} knows no request "req_9" of tenant acme (key bot). A request is known once it is over and in the ledger.\n`,
  );
});

test('a key that is not known, and a server that is not there, are said in one line', async () => {
  await using server = await gateway([]);
  expect(await run(server.address, 'req_9', '--key', 'other')).toBe(1);
  expect(noted).toBe(`weir explain: ${server.address} says: This key is not known here.\n`);
  expect(await run('127.0.0.1:1', 'req_9')).toBe(1);
  expect(noted).toBe(
    'weir explain: no Weir answers at 127.0.0.1:1: start one (weir up), or say where its gRPC face is by --grpc or WEIR_GRPC_PORT\n',
  );
});

test('one request is named', async () => {
  await expect(run('127.0.0.1:1')).rejects.toThrow(UsageError);
  await expect(run('127.0.0.1:1', 'req_1', 'req_2')).rejects.toThrow(UsageError);
});
