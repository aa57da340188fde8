import { describe, expect, test } from 'vitest';
import { makeModel } from '../book.fixture.ts';
import { parseOverlay } from './overlay.ts';
import { goneModels, withRetirements } from './retirements.ts';

const SAID = { source: 'https://example.com/deprecations', checkedOn: '2026-11-22' };
const ENDED = { models: ['openai/gpt-x', 'openai/gpt-x-2025'], retiresOn: '2027-01-14', ...SAID };

function overlayWith(retirements: readonly object[], models: readonly object[] = []) {
  const empty = { version: 1, pinned: [], free: [], changes: [], feesUsd: {} };
  return parseOverlay({ ...empty, models, retirements });
}

test('an end that is told by hand is on every model that goes by one of its names', () => {
  const told = { ...ENDED, deprecatedOn: '2026-10-14', successor: 'openai/gpt-y' };
  const models = [
    makeModel({ model: 'gpt-x', retiresOn: '2026-01-01' }),
    makeModel({ model: 'gpt-y' }),
    makeModel({ model: 'gpt-renamed', aliases: ['gpt-x-2025'] }),
  ];
  const { retirements } = overlayWith([told]);
  const ends = withRetirements(models, retirements).map(
    ({ deprecatedOn, retiresOn, successor }) => ({ deprecatedOn, retiresOn, successor }),
  );
  const end = {
    deprecatedOn: '2026-10-14',
    retiresOn: '2027-01-14',
    successor: 'openai/gpt-y',
  };
  const none = { deprecatedOn: undefined, retiresOn: undefined, successor: undefined };
  expect(ends).toEqual([end, none, end]);
});

test('a model that may go on for some says that it is deprecated, and no day', () => {
  const { deprecatedOn, models } = { ...ENDED, deprecatedOn: '2026-06-17' };
  const { retirements } = overlayWith([{ models, deprecatedOn, ...SAID }]);
  const [model] = withRetirements([makeModel()], retirements);
  expect(model).toMatchObject({ deprecatedOn: '2026-06-17' });
  expect(model).not.toHaveProperty('retiresOn');
});

test('what nobody sells any more is remembered, so that it can be told to be gone', () => {
  const { retirements } = overlayWith([ENDED]);
  const gone = { provider: 'openai', model: 'gpt-x-2025', retiresOn: '2027-01-14', prices: [] };
  expect(goneModels(retirements, [makeModel()])).toEqual([gone]);
});

test('a model that is only deprecated, and that nobody sells, is not known', () => {
  const { models } = ENDED;
  const { retirements } = overlayWith([{ models, deprecatedOn: '2026-06-17', ...SAID }]);
  expect(goneModels(retirements, [])).toEqual([]);
});

describe('the overlay', () => {
  test('tells the end of a model once', () => {
    expect(() => overlayWith([ENDED, ENDED])).toThrow(
      /retirements\[1\]: the end of "openai\/gpt-x" is told twice/,
    );
    expect(() => overlayWith([ENDED], [makeModel({ retiresOn: '2027-02-01' })])).toThrow(
      /retirements\[0\]: the end of "openai\/gpt-x" is told twice/,
    );
    expect(() => overlayWith([ENDED], [makeModel()])).not.toThrow();
  });

  test('says of an end when, and who says so', () => {
    const { retiresOn, ...undated } = ENDED;
    expect(() => overlayWith([undated])).toThrow(/needs "deprecatedOn" or "retiresOn"/);
    expect(() => overlayWith([{ ...ENDED, source: undefined }])).toThrow(/source/);
  });
});
