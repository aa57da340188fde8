import type { DraftLabelled } from '@weir/core';
import { makeDraftLabelled } from '@weir/testkit';
import { expect, test } from 'vitest';
import type { Refit } from '../models/fit.ts';
import { makeRows } from '../models/learning-rows.fixture.ts';
import { SIGNAL_SET } from '../signals/index.ts';
import { LearningDesk } from './learning-desk.ts';
import type { RouteFit, Standing } from './protocol.ts';

const KEEP = new Map([
  ['support', 1000],
  ['sales', 1000],
]);

/** Labels of a route, a second apart. */
function labels(route: string, count: number, endpoint = 'endpoint-1'): DraftLabelled[] {
  return makeRows(count, { seed: `${route} ${endpoint}` }).map((row, at) => {
    return makeDraftLabelled({
      requestId: `${route}-${endpoint}-${at}`,
      route,
      labelledAtMs: row.atMs,
      draftRight: row.draftRight,
      propensity: 1,
      example: {
        endpoint,
        signals: { set: SIGNAL_SET, values: row.signals },
        ngrams: row.ngrams,
        relativeCost: 1,
      },
    });
  });
}

function deskWith(...given: readonly (readonly DraftLabelled[])[]): LearningDesk {
  const desk = new LearningDesk({ keep: KEEP });
  for (const each of given) desk.answer({ type: 'take', labels: each });
  return desk;
}

function standing(desk: LearningDesk, route: string, fromMs = 0, sinceMs = 0): Standing {
  const answer = desk.answer({ type: 'standing', of: { route, fromMs, sinceMs } });
  if (answer.type !== 'standing') throw new Error('another answer');
  return answer.standing;
}

function fit(desk: LearningDesk, changes: Partial<RouteFit> = {}): Refit | null {
  const call: RouteFit = {
    route: 'support',
    fromMs: 0,
    target: { kind: 'quality', alpha: 0.05, delta: 0.1 },
    draftCostShare: 0.06,
    greyShare: 0,
    inForce: undefined,
    testsBefore: 0,
    nowMs: 9_000_000,
    ...changes,
  };
  const answer = desk.answer({ type: 'fit', call });
  if (answer.type !== 'fit') throw new Error('another answer');
  return answer.refit;
}

test('a route stands where its labels of the endpoint at hand do', () => {
  const desk = deskWith(labels('support', 30, 'old'), labels('support', 40));
  expect(standing(desk, 'support', 0, 31_000)).toMatchObject({
    endpoint: 'endpoint-1',
    rows: 40,
    newRows: 9,
    sources: new Map([['shadow', 40]]),
  });
  expect(standing(desk, 'support', 21_000)).toMatchObject({ rows: 20 });
  expect(standing(desk, 'sales')).toMatchObject({ endpoint: undefined, rows: 0, newRows: 0 });
});

test('the same labels give the same version, in whatever batches they came', () => {
  const all = labels('support', 400);
  const first = fit(deskWith(all));
  const second = fit(deskWith(all.slice(0, 150), all.slice(100), all.slice(200, 300)));
  expect(first?.file.version).toBeDefined();
  expect(second?.file.version).toBe(first?.file.version);
});

test('routes that share an endpoint learn from each other, and no others do', () => {
  const own = labels('support', 300);
  const alone = fit(deskWith(own));
  expect(alone?.file.model.space.groups).toEqual([]);
  const pooled = fit(deskWith(own, labels('sales', 300)));
  expect(pooled?.file.model.space.groups.toSorted()).toEqual(['sales', 'support']);
  expect(pooled?.file.figures).toMatchObject({ fittedRows: 180, certifiedRows: 120 });
  const apart = fit(deskWith(own, labels('sales', 300, 'endpoint-2')));
  expect(apart?.file.model).toEqual(alone?.file.model);
});

test('what came before an alarm of either route is not learned from', () => {
  const own = labels('support', 300);
  const alone = fit(deskWith(own))?.file.model;
  const desk = deskWith(own, labels('sales', 300));
  // The other route had an alarm after all of its labels.
  standing(desk, 'sales', 999_000);
  expect(fit(desk)?.file.model).toEqual(alone);
  // This one had one that leaves too few.
  expect(fit(desk, { fromMs: 200_000 })).toBeNull();
});

test('a model in force of another endpoint is not what a fit is compared with', () => {
  const other = fit(deskWith(labels('support', 300, 'endpoint-2')));
  const desk = deskWith(labels('support', 300));
  const refit = fit(desk, { inForce: other?.file });
  expect(refit).toMatchObject({ isNewModel: true, file: { endpoint: 'endpoint-1' } });
});

test('labels of a route that nobody learns for are passed over, and asking for it is a mistake', () => {
  const desk = deskWith(labels('unknown', 10));
  expect(() => standing(desk, 'unknown')).toThrow(TypeError);
});
