import { PopulationStability } from '@weir/cascade';
import { describe, expect, test } from 'vitest';
import { type DriftOptions, DriftWatch } from './drift-watch.ts';
import { seededRandom } from './learning/seeded-random.ts';
import type { Reference } from './models/scorer-file.ts';

const OPTIONS: DriftOptions = { requests: 20_000, falseAlarm: 0.05, oddsRatio: 2 };

/** Confidences are the square roots of even ones: most are high. */
const confidenceBy = (random: () => number) => Math.sqrt(random());

function reference(escalationShare: number, rows = 400, confidenceError = 0.01): Reference {
  const random = seededRandom('reference');
  const confidences = Array.from({ length: rows }, () => confidenceBy(random));
  return {
    priorities: [],
    rows,
    escalationShare,
    confidence: PopulationStability.against(confidences),
    confidenceError,
  };
}

/** Judges so many drafts, of which this share is worth escalating. */
function judge(watch: DriftWatch, count: number, share: number, seed: string): void {
  const random = seededRandom(seed);
  for (let at = 0; at < count; at++) watch.judged(confidenceBy(random), random() < share);
}

/** Labels so many drafts that are right as often as predicted, and `more` than that; stops at an alarm. */
function label(
  watch: DriftWatch,
  count: number,
  more: number,
  seed: string,
  accepted = true,
): number {
  const random = seededRandom(seed);
  for (let at = 0; at < count; at++) {
    const confidence = 0.6 + 0.35 * random();
    watch.labelled(confidence, random() < confidence + more ? 1 : 0, accepted);
    if (watch.alarm) return at + 1;
  }
  return count;
}

test('traffic that is as it was raises nothing', () => {
  const watch = new DriftWatch(reference(0.3), OPTIONS);
  judge(watch, 20_000, 0.3, 'traffic');
  label(watch, 5000, 0, 'labels');
  expect(watch).toMatchObject({ alarm: null, warnings: [] });
  expect(watch.stability).toBeLessThan(0.1);
});

test('a rate that was estimated a little off is no drift', () => {
  for (const real of [0.24, 0.36]) {
    const watch = new DriftWatch(reference(0.3, 300), OPTIONS);
    judge(watch, 20_000, real, `traffic ${real}`);
    expect(watch).toMatchObject({ alarm: null, warnings: [] });
  }
});

describe('what breaks a promise is an alarm, and what only costs money a warning', () => {
  test('drafts that are right less often than predicted', () => {
    const watch = new DriftWatch(reference(0.3), OPTIONS);
    expect(label(watch, 500, -0.2, 'labels')).toBeLessThan(300);
    expect(watch.alarm).toBe('overconfident');
  });

  test('of rejected ones alike, which are labelled much more often', () => {
    const watch = new DriftWatch(reference(0.3), OPTIONS);
    expect(label(watch, 500, -0.2, 'labels', false)).toBeLessThan(300);
    expect(watch.alarm).toBe('overconfident');
  });

  test('of accepted ones alone, however many rejected ones are as predicted', () => {
    const watch = new DriftWatch(reference(0.3), OPTIONS);
    let accepted = 0;
    while (!watch.alarm && accepted < 500) {
      label(watch, 20, 0, `rejected ${accepted}`, false);
      label(watch, 1, -0.2, `accepted ${accepted++}`);
    }
    expect(watch.alarm).toBe('overconfident');
    expect(accepted).toBeLessThan(300);
  });

  test('and more often', () => {
    const watch = new DriftWatch(reference(0.3), OPTIONS);
    label(watch, 2000, 0.1, 'labels');
    expect(watch).toMatchObject({ alarm: null, warnings: ['underconfident'] });
  });

  test('fewer that are worth escalating', () => {
    const watch = new DriftWatch(reference(0.3), OPTIONS);
    judge(watch, 3000, 0.12, 'traffic');
    expect(watch).toMatchObject({ alarm: 'fewer_escalations', warnings: [] });
  });

  test('and more', () => {
    const watch = new DriftWatch(reference(0.3), OPTIONS);
    judge(watch, 3000, 0.55, 'traffic');
    expect(watch).toMatchObject({ alarm: null, warnings: ['more_escalations'] });
  });

  test('confidences as there never were any', () => {
    const watch = new DriftWatch(reference(0.3), OPTIONS);
    for (let at = 0; at < 400; at++) watch.judged(0.97, at % 10 < 3);
    expect(watch.alarm).toBe('other_confidences');
    expect(watch.stability).toBeGreaterThan(0.3);
  });
});

test('a warning does not keep the alarm of the other side from coming', () => {
  const watch = new DriftWatch(reference(0.3), OPTIONS);
  label(watch, 2000, 0.1, 'better');
  judge(watch, 3000, 0.55, 'more');
  expect(watch.alarm).toBeNull();
  judge(watch, 5000, 0.1, 'fewer');
  expect(watch.alarm).toBe('fewer_escalations');
  const other = new DriftWatch(reference(0.3), OPTIONS);
  label(other, 2000, 0.1, 'better');
  label(other, 1000, -0.2, 'worse');
  expect(other.alarm).toBe('overconfident');
});

test('of a model that was fitted to few rows less is expected', () => {
  const few = new DriftWatch(reference(0.3, 200, 0.04), OPTIONS);
  label(few, 1000, -0.09, 'labels');
  expect(few.alarm).toBeNull();
  const many = new DriftWatch(reference(0.3, 200, 0.005), OPTIONS);
  label(many, 1000, -0.09, 'labels');
  expect(many.alarm).toBe('overconfident');
  label(few, 1000, -0.25, 'worse');
  expect(few.alarm).toBe('overconfident');
});

test('the first alarm is the one that is told', () => {
  const watch = new DriftWatch(reference(0.3), OPTIONS);
  label(watch, 500, -0.2, 'labels');
  judge(watch, 3000, 0.1, 'traffic');
  expect(watch.alarm).toBe('overconfident');
});

test('versions that follow each other closely do not wipe out what has gathered', () => {
  const watch = new DriftWatch(reference(0.3), OPTIONS);
  let labels = 0;
  while (!watch.alarm && labels < 1000) {
    label(watch, 50, -0.2, `labels ${labels}`);
    judge(watch, 150, 0.3, `traffic ${labels}`);
    labels += 50;
    watch.goOn(reference(0.3));
  }
  expect(watch.alarm).toBe('overconfident');
  expect(labels).toBeLessThan(400);
});

test('another version is watched by its own expectations', () => {
  const watch = new DriftWatch(reference(0.3), OPTIONS);
  judge(watch, 1000, 0.55, 'more');
  expect(watch.warnings).toEqual(['more_escalations']);
  watch.goOn(reference(0.55));
  expect(watch).toMatchObject({ stability: null, warnings: [] });
  judge(watch, 1000, 0.3, 'as the first');
  expect(watch.alarm).toBe('fewer_escalations');
});

test('against a handful of rows no distribution is held', () => {
  const watch = new DriftWatch(reference(0.3, 20), OPTIONS);
  for (let at = 0; at < 400; at++) watch.judged(0.97, at % 10 < 3);
  expect(watch).toMatchObject({ alarm: null, stability: null });
});

test('what is no number moves nothing', () => {
  const watch = new DriftWatch(reference(0.3), OPTIONS);
  for (let at = 0; at < 1000; at++) {
    watch.labelled(Number.NaN, 0, true);
    watch.labelled(0.9, Number.NaN, true);
  }
  expect(watch.alarm).toBeNull();
});
