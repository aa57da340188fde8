import { SIGNALS } from '@weir/scorer';
import { expect, test } from 'vitest';
import { KNOWN_SIGNALS, meaningOf } from './meanings.ts';

test('every signal has a meaning, and nothing else has one', () => {
  expect([...KNOWN_SIGNALS].sort()).toEqual(SIGNALS.map(({ name }) => name).sort());
});

test.each(SIGNALS.map(({ name }) => name))('the meaning of %s fits beside its value', (name) => {
  const { meaning, say } = meaningOf(name);
  expect(meaning.length).toBeGreaterThan(3);
  expect(meaning.length).toBeLessThanOrEqual(72);
  expect(say(0.5)).not.toMatch(/NaN|undefined/);
});

// -ln(-ln 0.9) and its like, as the signals keep log-probabilities.
const kept = (chance: number) => -Math.log(-Math.log(chance));

test.each([
  ['mean_logprob', kept(0.75), '0.75'],
  ['least_logprob', kept(0.97), '0.97'],
  ['worst_window', kept(0.99987), '0.99987'],
  ['content_sum', kept(0.00042), '0.00042'],
  ['entropy', -Math.log(0.31), '0.31 nats'],
  ['token_count', Math.log1p(41), '41 tokens'],
  ['answer_length', Math.log1p(7), '7 words'],
  ['length_ratio', Math.log(1.5), '1.5 times'],
  ['unsure_share', 0.0333, '3.33 %'],
  ['hedging', 0.5, '0.5 a sentence'],
  ['cut_off', 1, 'yes'],
  ['language_mismatch', 0, 'no'],
])('%s of %d is said as %s', (name, value, said) => {
  expect(meaningOf(name).say(value)).toBe(said);
});

test('a signal of another version is told as it is', () => {
  expect(meaningOf('moon_phase').meaning).toBe('of another version of Weir');
  expect(meaningOf('constructor').say(0.123456)).toBe('0.123');
});
