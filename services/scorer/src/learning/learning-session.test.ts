import { Metrics } from '@weir/runtime';
import { ManualClock, makeDraftLabelled, silentLog, temporaryDirectory } from '@weir/testkit';
import { expect, test, vi } from 'vitest';
import { LearnedRoute } from '../learned-route.ts';
import { ScorerFiles } from '../models/scorer-files.ts';
import { SIGNAL_SET } from '../signals/index.ts';
import { LabelLedger } from './label-ledger.fixture.ts';
import { LearningMetrics } from './learning-metrics.ts';
import { LearningSession } from './learning-session.ts';
import { RouteLearning } from './route-learning.ts';
import { DRIFT, SETTINGS } from './simulated-route.fixture.ts';

const OF = { route: 'support', fromMs: 0, sinceMs: 0 };

async function scene() {
  const directory = await temporaryDirectory();
  const around = {
    files: new ScorerFiles(directory.path, 10),
    clock: new ManualClock(),
    log: silentLog,
    metrics: new LearningMetrics(new Metrics('test')),
  };
  const route = new RouteLearning('support', new LearnedRoute(SETTINGS, DRIFT), around);
  const ledger = new LabelLedger();
  const routes = new Map([['support', route]]);
  const begin = () => new LearningSession(routes, { ledger, log: silentLog, lookEveryMs: 10 });
  return { begin, ledger, route, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

function record(ledger: LabelLedger, count: number): void {
  const example = { signals: { set: SIGNAL_SET, values: [1] }, ngrams: [], relativeCost: 1 };
  for (let at = 0; at < count; at++) {
    ledger.record(makeDraftLabelled({ example: { endpoint: 'endpoint-1', ...example } }));
  }
}

async function rowsOf(session: LearningSession): Promise<number> {
  await session.flush();
  return (await session.thread.ask({ type: 'standing', of: OF })).standing.rows;
}

test('everything in the ledger is with the thread, however much there is', async () => {
  await using given = await scene();
  record(given.ledger, 1500);
  await using session = given.begin();
  await given.ledger.drained();
  expect(await rowsOf(session)).toBe(1500);
  record(given.ledger, 10);
  await given.ledger.drained();
  expect(await rowsOf(session)).toBe(1510);
});

test('when the thread dies, the next one reads all labels again, and none is heard twice', async () => {
  await using given = await scene();
  const heard = vi.spyOn(given.route, 'observe');
  record(given.ledger, 300);
  await using first = given.begin();
  await given.ledger.drained();
  expect(await rowsOf(first)).toBe(300);
  expect(first.isOver).toBe(false);
  await first.thread[Symbol.asyncDispose]();
  expect(first.isOver).toBe(true);
  await using second = given.begin();
  record(given.ledger, 5);
  await vi.waitFor(async () => expect(await rowsOf(second)).toBe(305));
  // They come again, and it is known by their place in the ledger which are news.
  expect(heard).toHaveBeenCalledTimes(605);
  expect(given.ledger.watches).toEqual([0n, 0n]);
});
