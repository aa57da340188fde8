import { describe, expect, test } from 'vitest';
import { seededRandom } from '../measures/seeded-random.fixture.ts';
import { Cusum, type CusumState, cusumThreshold } from './cusum.ts';

const FALSE_ALARM = 0.05;
const REQUESTS = 20_000;
const SEEDS = 100;
const threshold = cusumThreshold(REQUESTS, FALSE_ALARM);

const after = (rate: number, oddsRatio: number) =>
  (rate * oddsRatio) / (1 - rate + rate * oddsRatio);

/** How many events it takes until the alarm, from a chart that has been quiet for a while. */
function delay(
  rate: number,
  changed: number,
  seed: number,
): { delay: number; alarm: string | null } {
  const random = seededRandom(seed);
  const cusum = new Cusum({ rate, oddsRatio: 2, threshold });
  for (let request = 0; request < 500; request++) cusum.observe(random() < rate);
  let count = 0;
  while (cusum.state.alarm === null && count < 5000) {
    cusum.observe(random() < changed);
    count += 1;
  }
  return { delay: count, alarm: cusum.state.alarm };
}

describe.each([0.1, 0.3, 0.5])('at a rate of %f', (rate) => {
  test('20,000 requests raise no more false alarms than promised', () => {
    let alarms = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = seededRandom(seed + 1);
      const cusum = new Cusum({ rate, oddsRatio: 2, threshold });
      for (let request = 0; request < REQUESTS; request++) cusum.observe(random() < rate);
      if (cusum.state.alarm !== null) alarms += 1;
    }
    // Five expected at most; twelve would happen once in a thousand.
    expect(alarms).toBeLessThan(12);
  });

  test('doubled and halved odds are noticed, and told apart', () => {
    const rises = Array.from({ length: 50 }, (_, seed) => delay(rate, after(rate, 2), seed));
    const falls = Array.from({ length: 50 }, (_, seed) => delay(rate, after(rate, 0.5), seed));
    const sooner = (found: typeof rises) =>
      found.map(({ delay: requests }) => requests).sort((a, b) => a - b)[45];
    expect(rises.filter(({ alarm }) => alarm === 'rise').length).toBeGreaterThanOrEqual(49);
    expect(falls.filter(({ alarm }) => alarm === 'fall').length).toBeGreaterThanOrEqual(49);
    expect(sooner(rises)).toBeLessThan(800);
    expect(sooner(falls)).toBeLessThan(1500);
  });
});

test('the threshold leaves the false alarms of both sides together', () => {
  expect(2 * REQUESTS * Math.exp(-threshold)).toBeCloseTo(FALSE_ALARM, 12);
});

test('an event is evidence by its likelihood ratio, and none against it is kept', () => {
  const cusum = new Cusum({ rate: 0.25, oddsRatio: 3, threshold: 100 });
  cusum.observe(true);
  expect(cusum.state.rise).toBeCloseTo(Math.log(0.5 / 0.25), 12);
  expect(cusum.state.fall).toBe(0);
  cusum.observe(false);
  expect(cusum.state.rise).toBeCloseTo(Math.log(0.5 / 0.25) + Math.log(0.5 / 0.75), 12);
  expect(cusum.state.fall).toBeCloseTo(Math.log(0.9 / 0.75), 12);
});

test('an alarm stays, and a chart goes on where it was stored', () => {
  const options = { rate: 0.3, oddsRatio: 2, threshold: 3 };
  const cusum = new Cusum(options);
  while (cusum.observe(true) === null);
  for (let request = 0; request < 500; request++) cusum.observe(false);
  expect(cusum.state.alarm).toBe('rise');
  const stored = JSON.parse(JSON.stringify(cusum.state)) as CusumState;
  const restored = new Cusum(options, stored);
  expect(restored.observe(false)).toBe('rise');
  expect(restored.state.seen).toBe(cusum.state.seen + 1);
});

test('a rate estimated as never or always still gives finite evidence', () => {
  for (const rate of [0, 1]) {
    const cusum = new Cusum({ rate, oddsRatio: 2, threshold: 10 });
    cusum.observe(true);
    cusum.observe(false);
    expect(Number.isFinite(cusum.state.rise + cusum.state.fall)).toBe(true);
  }
});
