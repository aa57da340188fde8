import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metrics } from '@weir/runtime';
import { ManualClock, silentLog, temporaryDirectory } from '@weir/testkit';
import { expect, test, vi } from 'vitest';
import { LearnedRoute } from '../learned-route.ts';
import { fitScorer } from '../models/fit.ts';
import { fitCall, makeRows } from '../models/learning-rows.fixture.ts';
import type { ScorerFile } from '../models/scorer-file.ts';
import { ScorerFiles } from '../models/scorer-files.ts';
import { LearningMetrics } from './learning-metrics.ts';
import { RouteLearning } from './route-learning.ts';
import { DRIFT, SETTINGS } from './simulated-route.fixture.ts';

const FILE = fitScorer(fitCall({ rows: makeRows(300) })) as ScorerFile;

/** A route whose scorer model is in force, as a server has it. */
async function place() {
  const directory = await temporaryDirectory();
  const files = new ScorerFiles(directory.path, 5);
  files.promote(FILE, 'first', 1);
  const route = new LearnedRoute(SETTINGS, DRIFT);
  const warn = vi.fn();
  const error = vi.fn();
  const log = Object.assign(Object.create(silentLog) as typeof silentLog, { warn, error });
  const metrics = new LearningMetrics(new Metrics('test'));
  const around = { files, clock: new ManualClock(), log, metrics };
  const learning = new RouteLearning('support', route, around);
  learning.guard();
  const current = join(directory.path, 'support', 'current');
  const dispose = () => directory[Symbol.asyncDispose]();
  return { files, route, learning, warn, error, current, [Symbol.asyncDispose]: dispose };
}

test('what is in force stays when it is no longer named, and that is told once', async () => {
  await using at = await place();
  expect(at.route.file).toEqual(FILE);
  rmSync(at.current);
  at.learning.guard();
  at.learning.guard();
  expect(at.route.file).toEqual(FILE);
  expect(at.warn).toHaveBeenCalledOnce();
  expect(at.warn.mock.calls[0]).toEqual([
    { route: 'support', inForce: FILE.version },
    expect.stringContaining('what was in force stays'),
  ]);
});

test('it stays as well when what is named is no version', async () => {
  await using at = await place();
  writeFileSync(at.current, '../../secret');
  at.learning.guard();
  at.learning.guard();
  expect(at.route.file).toEqual(FILE);
  expect(at.error).toHaveBeenCalledOnce();
});

test('a route that never had one has none, and nothing is told', async () => {
  await using at = await place();
  const { files } = at;
  const route = new LearnedRoute(SETTINGS, DRIFT);
  const metrics = new LearningMetrics(new Metrics('other'));
  const log = Object.assign(Object.create(silentLog) as typeof silentLog, { warn: at.warn });
  new RouteLearning('sales', route, { files, clock: new ManualClock(), log, metrics }).guard();
  expect(route.file).toBeUndefined();
  expect(at.warn).not.toHaveBeenCalled();
});
