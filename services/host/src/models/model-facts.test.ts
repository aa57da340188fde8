import { defaultConfig, KNOWN_VARIABLES } from '@weir/config';
import { RETIREMENT_NOTICE_MS } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { BOOK_FILE, readBook } from '../prices/files.ts';
import { modelFacts } from './model-facts.ts';
import { configWith, SHIPPED } from './shipped.fixture.ts';

const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
const factsOf = (models: Parameters<typeof configWith>[0]) =>
  modelFacts(configWith(models), () => SHIPPED);

test('at a vendor’s own address the shipped book knows the model, under any name of it', () => {
  const facts = factsOf({
    vendor: ['old: {}', 'mine: { id: old-2025-01-01, maxOutputTokens: 99999 }'],
  });
  const known = {
    contextTokens: 128_000,
    input: ['text', 'image'],
    output: ['text'],
    retirement: {
      deprecatedAtMs: day('2026-10-14'),
      retiresAtMs: day('2027-01-14'),
      successor: 'openai/new-2026-01-01',
    },
  };
  expect(facts.get('oai/old')).toEqual({ ...known, maxOutputTokens: 4096 });
  expect(facts.get('oai/mine')).toEqual({ ...known, maxOutputTokens: 16_384 });
});

test('at any other address only the configuration does, and the book is not even read', () => {
  const unread = () => {
    throw new Error('was read');
  };
  const own = ['old: { contextWindow: 4000, inputModalities: [text], successor: gpu/old }'];
  expect(modelFacts(configWith({ own }), unread).get('gpu/old')).toEqual({
    contextTokens: 4000,
    maxOutputTokens: 4096,
    input: ['text'],
    output: undefined,
    retirement: { deprecatedAtMs: undefined, retiresAtMs: undefined, successor: 'gpu/old' },
  });
});

describe('the configuration goes before the book', () => {
  test.each([
    ['contextWindow: 1000', { contextTokens: 1000 }],
    ['outputModalities: [text, audio]', { output: ['text', 'audio'] }],
    ['retiresAt: 2027-06-01', { retirement: { retiresAtMs: day('2027-06-01') } }],
    ['deprecatedAt: 2026-11-01', { retirement: { deprecatedAtMs: day('2026-11-01') } }],
    ['successor: oai/old', { retirement: { successor: 'oai/old' } }],
    ['retiresAt: never', { retirement: { retiresAtMs: undefined } }],
  ])('%s', (fields, known) => {
    expect(factsOf({ vendor: [`old: { ${fields} }`] }).get('oai/old')).toMatchObject(known);
  });
});

test('a successor is named as one calls it here, where it is configured', () => {
  const facts = factsOf({ vendor: ['old: {}', 'latest: { id: new }'] });
  expect(facts.get('oai/old')?.retirement?.successor).toBe('oai/latest');
});

test('a name of one’s own is known as what it is said to be of', () => {
  const facts = factsOf({
    vendor: ['mine: { id: "ft:1", baseModel: old }', 'other: { id: "ft:1" }'],
  });
  expect(facts.get('oai/mine')?.contextTokens).toBe(128_000);
  expect(facts.get('oai/other')?.contextTokens).toBeUndefined();
});

test('a model that was gone before there was a book is known to be gone', () => {
  expect(factsOf({ vendor: ['gone: {}'] }).get('oai/gone')).toMatchObject({
    contextTokens: undefined,
    retirement: { retiresAtMs: day('2026-01-01') },
  });
});

test('no model that Weir sets up by itself was about to retire when the shipped book was built', () => {
  const book = readBook(BOOK_FILE);
  const config = defaultConfig({ variables: new Set(KNOWN_VARIABLES), engine: undefined });
  const near = day(book.builtOn) + RETIREMENT_NOTICE_MS;
  const ending = [...modelFacts(config, () => book)].filter(
    ([, { retirement }]) => (retirement?.retiresAtMs ?? Number.POSITIVE_INFINITY) <= near,
  );
  expect(ending.map(([name]) => name)).toEqual([]);
});
