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

test('of a call that is refused only that is said', () => {
  const [given] = casesOf(OWN);
  const refused = { ...given, usage_payload: null } as CostCase;
  expect(mismatches(refused)).toEqual([
    'error is "usage_missing", expected none: The provider reported no usage.',
  ]);
  expect(mismatches({ ...refused, expected: { error: 'price_missing' } })).toEqual([
    'error is "usage_missing", expected "price_missing"',
  ]);
});

test('a remark that the payload contradicts fails, and one that it has no figures for does not', () => {
  const wrongOf = (id: string, remark: object) => {
    const given = casesOf(OWN).find((each) => each.id === id);
    return mismatches({ ...given, expected: { ...given?.expected, ...remark } } as CostCase);
  };
  expect(wrongOf('cohere-remarked', { raw_tokens: { input: 80, output: 7 } })).toHaveLength(1);
  expect(wrongOf('written-remarked', { cache_write_split: { ttl_30m: 9 } })).toHaveLength(1);
  expect(wrongOf('byok-remarked', { split: { openrouter_fee: '0', upstream: '0' } })).toHaveLength(
    1,
  );
  expect(wrongOf('storage', { storage: { tokens: 1000, seconds: 1 } })).toHaveLength(1);
  expect(wrongOf('gpu-fine', { gpu_seconds: '1' })).toHaveLength(1);
  expect(wrongOf('nothing-told', { storage: { tokens: 1 }, gpu_seconds: '1' })).toHaveLength(2);
  expect(wrongOf('nothing-told', { raw_tokens: {}, shadow_price_model: 'a-model' })).toEqual([]);
});

test('names of the language itself are no figures', () => {
  const [given] = casesOf(OWN);
  const expected = JSON.parse('{"__proto__": {"a": 1}, "toString": 1, "constructor": 1}');
  expect(mismatches({ ...given, expected } as CostCase)).toEqual([
    '__proto__ is absent, expected {"a":1}',
    'toString is absent, expected 1',
    'constructor is absent, expected 1',
  ]);
});

test.each([
  ['it is not an object', null],
  ['it is not an object', []],
  ['it has no provider', { api: 'responses', expected: {} }],
  ['it has no api', { provider: 'openai', expected: {} }],
  ['it expects nothing', { provider: 'openai', api: 'responses' }],
  ['its context is not an object', { provider: 'a', api: 'b', expected: {}, context: 'c' }],
])('what is no case says so: %s', (why, given) => {
  expect(mismatches(given as CostCase)).toEqual([`is no case: ${why}`]);
});

test.each([
  ['a field', { input: '0.1', output: '0.1', input_video: '0.1' }],
  ['a fee', { input: '0.1', fees: { toString: '0.1' } }],
  ['a basis', { input: '0.1', context_tiers: [{ threshold: 1, operator: 'gt', basis: 'output' }] }],
])('%s of a price that nobody knows is not passed over', (_what, priceEntry) => {
  const [given] = casesOf(OWN);
  expect(() => mismatches({ ...given, price_entry: priceEntry } as CostCase)).toThrow(TypeError);
});
