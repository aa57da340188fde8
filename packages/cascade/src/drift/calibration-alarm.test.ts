import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binomialCdf } from '../certificate/binomial.ts';
import { seededRandom } from '../measures/seeded-random.fixture.ts';
import {
  CALIBRATION_ALARM_OPTIONS,
  CalibrationAlarm,
  type CalibrationAlarmState,
} from './calibration-alarm.ts';

/** How an accepted draft's predicted chance is drawn, and how often it is right when `predicted` is claimed. */
const predictedBy = (random: () => number) => 0.8 + 0.2 * Math.sqrt(random());

/** Seeds of which an alarm was raised within `labels` labels, looking after each. */
function alarms(
  seeds: number,
  labels: number,
  truth: (predicted: number) => number,
  options = CALIBRATION_ALARM_OPTIONS,
): number {
  let raised = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const random = seededRandom(seed + 1);
    const alarm = new CalibrationAlarm(options);
    for (let label = 0; label < labels && alarm.state.alarm === null; label++) {
      const predicted = predictedBy(random);
      const propensity = random() < 0.3 ? 0.02 : 0.1;
      alarm.observe({ predicted, label: random() < truth(predicted) ? 1 : 0, propensity });
    }
    if (alarm.state.alarm !== null) raised += 1;
  }
  return raised;
}

/** Delta, and what chance adds once in a thousand such tests. */
function mostAlarms(seeds: number, delta: number): number {
  let most = Math.ceil(seeds * delta);
  while (1 - binomialCdf(most, seeds, delta) > 1e-3) most += 1;
  return most;
}

describe('while predictions hold, no more seeds than promised ever see an alarm', () => {
  const { delta, tolerance } = CALIBRATION_ALARM_OPTIONS;

  test('over 20,000 labels, with predictions that are exact', () => {
    expect(alarms(60, 20_000, (p) => p)).toBeLessThanOrEqual(mostAlarms(60, delta));
  });

  test('or off by all that is tolerated', () => {
    expect(alarms(60, 20_000, (p) => p - tolerance)).toBeLessThanOrEqual(mostAlarms(60, delta));
  });

  test('or without any tolerance, at two levels', () => {
    for (const level of [0.2, 0.05]) {
      const options = { ...CALIBRATION_ALARM_OPTIONS, tolerance: 0, delta: level };
      expect(alarms(200, 2000, (p) => p, options)).toBeLessThanOrEqual(mostAlarms(200, level));
    }
  });

  test('or weighted to be about all traffic', () => {
    const options = { ...CALIBRATION_ALARM_OPTIONS, tolerance: 0, leastPropensity: 0.02 };
    expect(alarms(200, 2000, (p) => p, options)).toBeLessThanOrEqual(mostAlarms(200, delta));
  });
});

function delays(quiet: number, claimed: number, real: number, propensity: number): number[] {
  const found: number[] = [];
  for (let seed = 0; seed < 100; seed++) {
    const random = seededRandom(seed + 1);
    const alarm = new CalibrationAlarm({
      ...CALIBRATION_ALARM_OPTIONS,
      leastPropensity: propensity,
    });
    const observe = (chance: number) =>
      alarm.observe({ predicted: claimed, label: random() < chance ? 1 : 0, propensity });
    for (let label = 0; label < quiet; label++) observe(claimed);
    let delay = 1;
    while (observe(real) === null && delay < 2000) delay += 1;
    found.push(delay);
  }
  return found.sort((a, b) => a - b);
}

// 20,000 requests of which 2 % are looked at are 400 labels.
test.each([
  ['at once', 0],
  ['after 400 quiet labels', 400],
  ['after 2,000', 2000],
])('a fall from .90 to .75 %s is noticed within 500 labels', (_, quiet) => {
  const found = delays(quiet, 0.9, 0.75, 0.02);
  expect(found.filter((delay) => delay <= 500).length).toBeGreaterThanOrEqual(98);
  expect(found[50]).toBeLessThan(260);
});

test('predictions that could not be known better may be further off, and only so far', () => {
  const raised = (slack: number | undefined) => {
    const random = seededRandom(5);
    const alarm = new CalibrationAlarm();
    for (let label = 0; label < 2000; label++) {
      const right = random() < 0.75 ? 1 : 0;
      alarm.observe({ predicted: 0.85, label: right, propensity: 1, slack });
    }
    return alarm.state.alarm;
  };
  expect(raised(undefined)).toBe('overconfident');
  expect(raised(0.1)).toBeNull();
  expect(raised(0.03)).toBe('overconfident');
});

test('both sides are told apart', () => {
  const side = (real: number) => {
    const random = seededRandom(3);
    const alarm = new CalibrationAlarm();
    for (let label = 0; label < 1000; label++) {
      alarm.observe({ predicted: 0.7, label: random() < real ? 1 : 0, propensity: 1 });
    }
    return alarm.state.alarm;
  };
  expect([side(0.5), side(0.7), side(0.9)]).toEqual(['overconfident', null, 'underconfident']);
});

const observation = fc.record({
  predicted: fc.double({ min: 0, max: 1, noNaN: true }),
  label: fc.constantFrom(0, 1, 0.4),
  propensity: fc.constantFrom(0.005, 0.02, 1),
});

test('the evidence is what it would be on average before, whatever the prediction', () => {
  fc.assert(
    fc.property(fc.array(observation, { maxLength: 120 }), observation, (past, next) => {
      const alarm = new CalibrationAlarm({ delta: 1e-9, tolerance: 0, leastPropensity: 0.02 });
      for (const each of past) alarm.observe(each);
      const evidenceAfter = (label: number) => {
        const { delta, tolerance, leastPropensity } = {
          delta: 1e-9,
          tolerance: 0,
          leastPropensity: 0.02,
        };
        const branch = new CalibrationAlarm({ delta, tolerance, leastPropensity }, alarm.state);
        branch.observe({ ...next, label });
        return branch.evidence;
      };
      const p = next.predicted;
      const expected = p * evidenceAfter(1) + (1 - p) * evidenceAfter(0);
      expect(Math.abs(expected / alarm.evidence - 1)).toBeLessThan(1e-9);
    }),
  );
});

test('an alarm stays, goes on where it was stored, and is not moved by what is no number', () => {
  const alarm = new CalibrationAlarm();
  alarm.observe({ predicted: 0.8, label: 0, propensity: 1 });
  const { evidence } = alarm;
  for (const bad of [
    { predicted: Number.NaN, label: 0, propensity: 1 },
    { predicted: 0.9, label: Number.NaN, propensity: 1 },
    { predicted: 0.9, label: 0, propensity: 0 },
    { predicted: 7, label: 0, propensity: 1 },
  ]) {
    alarm.observe(bad);
    expect(alarm.evidence).toBe(evidence);
  }
  const stored = JSON.parse(JSON.stringify(alarm.state)) as CalibrationAlarmState;
  const restored = new CalibrationAlarm(CALIBRATION_ALARM_OPTIONS, stored);
  expect(restored.evidence).toBe(evidence);
  while (restored.observe({ predicted: 0.9, label: 0, propensity: 1 }) === null);
  expect(restored.observe({ predicted: 0.9, label: 1, propensity: 1 })).toBe('overconfident');
});
