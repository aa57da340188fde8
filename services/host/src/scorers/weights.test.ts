import { LiveScorerModel } from '@weir/cascade';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { learnedFile, learningRows, positionOf, valuesWith } from './learned.fixture.ts';
import { logOddsOf, weightsOf } from './weights.ts';

const file = learnedFile();
const judge = new LiveScorerModel(file.model);

function sumOf({ start, route, signals, words }: ReturnType<typeof weightsOf>): number {
  return (
    start + (route ?? 0) + (words ?? 0) + signals.reduce<number>((sum, x) => sum + (x ?? 0), 0)
  );
}

describe('weights', () => {
  test('add up to the log-odds, and these to the confidence that the model gave', () => {
    for (const row of learningRows(40)) {
      const { confidence } = judge.judge(row);
      const draft = { route: 'support', values: row.signals, ngrams: row.ngrams, confidence };
      const weights = weightsOf(file, draft);
      expect(sumOf(weights)).toBeCloseTo(weights.logOdds ?? Number.NaN, 9);
      expect(weights.probability).toBeCloseTo(confidence, 9);
      expect(weights.wordsFrom).toBe('label');
    }
  });

  test('of the words are what the confidence leaves for them, where nobody kept the words', () => {
    const rows = learningRows(200);
    let told = 0;
    for (const row of rows) {
      const { confidence } = judge.judge(row);
      const draft = { route: 'support', values: row.signals, confidence };
      const withWords = weightsOf(file, { ...draft, ngrams: row.ngrams });
      const without = weightsOf(file, { ...draft, ngrams: undefined });
      expect(without.signals).toEqual(withWords.signals);
      if (without.words === null) continue;
      told++;
      expect(without.wordsFrom).toBe('confidence');
      expect(Math.abs(without.words - (withWords.words ?? 0))).toBeLessThan(0.05);
      expect(sumOf(without)).toBeCloseTo(without.logOdds ?? Number.NaN, 9);
    }
    expect(told).toBeGreaterThan(rows.length / 10);
  });

  test('are none for signals that the model takes no notice of', () => {
    const values = valuesWith({ mean_logprob: 4, cut_off: 1 });
    const weights = weightsOf(file, { route: 'support', values, ngrams: [], confidence: 0.9 });
    expect(weights.signals[positionOf('cut_off')]).toBeNull();
    expect(weights.signals[positionOf('mean_logprob')]).toBeGreaterThan(0);
  });

  test('without a confidence and without words leave the sum open', () => {
    const values = valuesWith({ mean_logprob: 4 });
    const draft = { route: 'support', values, ngrams: undefined, confidence: null };
    expect(weightsOf(file, draft)).toMatchObject({ words: null, logOdds: null, probability: null });
  });
});

describe('the log-odds of a confidence', () => {
  test('are found again behind every smooth calibration', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 3, noNaN: true }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: -4, max: 4, noNaN: true }),
        (slope, intercept, z) => {
          const chance = 1 / (1 + Math.exp(-(slope * z + intercept)));
          const found = logOddsOf({ kind: 'platt', slope, intercept }, chance);
          // Beyond these many log-odds are one chance, up to the slack.
          if (chance > 1e-6 && chance < 1 - 1e-6) expect(found).toBeCloseTo(z, 1);
        },
      ),
    );
  });

  test('are not known where the calibration is level', () => {
    const level = { kind: 'isotonic', z: [-1, 0, 2, 3], p: [0.1, 0.6, 0.6, 0.9] } as const;
    expect(logOddsOf(level, 0.6)).toBeNull();
    expect(logOddsOf(level, 0.35)).toBeCloseTo(-0.5, 6);
  });
});
