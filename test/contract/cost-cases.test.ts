import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type CostCase, mismatches } from '../../services/host/src/billing/cost-case.ts';

/** The expected figures were computed apart from this code, in exact fractions, from the vendors' rules. */
const OWN = new URL('./fixtures/cost-cases.jsonl', import.meta.url);
/** More of them, where they are at hand. */
const SHARED = new URL('../../../shared/data/billing/vectors.jsonl', import.meta.url);

function casesOf(file: URL): CostCase[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as CostCase);
}

test.each(casesOf(OWN))('$id costs what it must: $note', (given) => {
  expect(mismatches(given)).toEqual([]);
});

test.skipIf(!existsSync(SHARED))('every shared billing case costs what it must', () => {
  const cases = casesOf(SHARED);
  expect(cases.length).toBeGreaterThan(100);
  const wrong = cases.flatMap((given) => mismatches(given).map((what) => `${given.id}: ${what}`));
  expect(wrong).toEqual([]);
});

test('a case that expects something else fails, and says what', () => {
  const [given] = casesOf(OWN);
  const off = { ...given, expected: { ...given?.expected, output_tokens: 1, total_nano_usd: '1' } };
  expect(mismatches(off as CostCase)).toEqual([
    'output_tokens is 300, expected 1',
    'total_nano_usd is "4800000", expected "1"',
  ]);
});
