import { Metrics } from '@weir/runtime';
import { ManualClock, silentLog, temporaryDirectory } from '@weir/testkit';
import { expect, test } from 'vitest';
import { LearnedRoute } from '../learned-route.ts';
import { type Refit, refitScorer } from '../models/fit.ts';
import { fitCall, makeRows } from '../models/learning-rows.fixture.ts';
import { ScorerFiles } from '../models/scorer-files.ts';
import { LearningMetrics } from './learning-metrics.ts';
import type { RouteFit, Standing } from './protocol.ts';
import { RouteLearning } from './route-learning.ts';
import { DRIFT, SETTINGS } from './simulated-route.fixture.ts';

const STANDING: Standing = { endpoint: 'endpoint-1', rows: 500, newRows: 500, sources: new Map() };

/** A route with a version in force, and a fit that has begun. */
async function begun() {
  const directory = await temporaryDirectory();
  const files = new ScorerFiles(directory.path, 10);
  const clock = new ManualClock();
  const route = new LearnedRoute(SETTINGS, DRIFT);
  const metrics = new LearningMetrics(new Metrics('test'));
  const learning = new RouteLearning('support', route, { files, clock, log: silentLog, metrics });
  const refitted = (nowMs: number): Refit => {
    const refit = refitScorer(fitCall({ rows: makeRows(1000), nowMs }), undefined);
    if (!refit) throw new Error('there are rows enough');
    return refit;
  };
  const first = refitted(clock.nowMs());
  files.promote(first.file, 'first', clock.nowMs());
  learning.guard();
  clock.advance(60_000);
  const call = learning.due(STANDING);
  if (!call) throw new Error('it is due');
  const late = refitted(clock.nowMs());
  return { directory, files, clock, route, learning, first, call, late };
}

test('a fit takes effect when the world is as it was', async () => {
  const { directory, files, learning, call, late, route } = await begun();
  await using _ = directory;
  learning.apply(call, late);
  expect(files.currentVersion('support')).toBe(late.file.version);
  expect(route.file?.version).toBe(late.file.version);
});

test('a fit that began before an alarm does not end it', async () => {
  const { directory, files, learning, call, late, route, first } = await begun();
  await using _ = directory;
  for (let at = 0; at < 200; at++) route.watch?.labelled(0.95, at % 2, true);
  learning.apply(call, late);
  expect(files.currentVersion('support')).toBe(first.file.version);
  expect(files.safeMode('support')).toMatchObject({ alarm: 'overconfident' });
  expect(route.safeMode).toBeDefined();
});

test('nor one that came while another process put something else in force', async () => {
  const { directory, files, clock, learning, call, late, route, first } = await begun();
  await using _ = directory;
  const other = refitScorer(fitCall({ nowMs: 5 }), undefined);
  if (!other) throw new Error('there are rows enough');
  files.promote(other.file, 'calibrated', clock.nowMs());
  learning.apply(call, late);
  expect(route.file?.version).toBe(other.file.version);
  expect(files.history('support').map(({ version }) => version)).toEqual([
    first.file.version,
    other.file.version,
  ]);
});

test('in safe mode only what is certified takes effect, and every try is counted', async () => {
  const { directory, files, clock, learning, route, first } = await begun();
  await using _ = directory;
  for (let at = 0; at < 200; at++) route.watch?.labelled(0.95, at % 2, true);
  learning.guard();
  const attempt = (): RouteFit => {
    clock.advance(60_000);
    const call = learning.due(STANDING);
    if (!call) throw new Error('it is due');
    return call;
  };
  const call = attempt();
  expect(call.inForce).toBeUndefined();
  expect(call.fromMs).toBe(route.safeMode?.sinceMs);
  const failed = refitScorer(
    fitCall({
      rows: makeRows(1000, { skill: -3, slope: 0 }),
      target: { kind: 'quality', alpha: 0.005, delta: 0.1 },
      testsBefore: 3,
    }),
    undefined,
  );
  learning.apply(
    call,
    failed && { ...failed, file: { ...failed.file, certificate: null, tests: 4 } },
  );
  expect(files.currentVersion('support')).toBe(first.file.version);
  expect(route.safeMode?.tests).toBe(4);
  const again = attempt();
  expect(again.testsBefore).toBe(4);
  const passed = refitScorer(fitCall({ rows: makeRows(1000), nowMs: clock.nowMs() }), undefined);
  expect(passed?.file.certificate).not.toBeNull();
  learning.apply(again, passed);
  expect(files.currentVersion('support')).toBe(passed?.file.version);
  expect(route.safeMode).toBeUndefined();
  expect(route.watch?.alarm).toBeNull();
});
