import { describe, expect, test } from 'vitest';
import { makeBook, makeModel, makeRow } from './book.fixture.ts';
import { changesBetween, unexplainedChanges } from './difference.ts';
import type { PriceRow } from './schema.ts';

const AUGUST = '2026-08-21T00:00:00Z';
const before = makeBook(makeModel({ prices: [makeRow({ inputUsdPerMTok: '5' })] }));
const cut = makeBook(
  makeModel({
    prices: [
      makeRow({ inputUsdPerMTok: '5', until: AUGUST }),
      makeRow({ inputUsdPerMTok: '4', from: AUGUST }),
    ],
  }),
);

function withRow(fields: Partial<PriceRow>) {
  return makeBook(makeModel({ prices: [makeRow({ inputUsdPerMTok: '5', ...fields })] }));
}

test('the same prices are no change, wherever they were read and whenever', () => {
  const again = withRow({ source: 'https://example.com/other', checkedOn: '2026-11-23' });
  expect(changesBetween(before, again)).toEqual([]);
  const split = makeBook(
    makeModel({
      prices: [
        makeRow({ inputUsdPerMTok: '5', from: AUGUST }),
        makeRow({ inputUsdPerMTok: '5', until: AUGUST }),
      ],
    }),
  );
  expect(changesBetween(before, split)).toEqual([]);
});

test('models that come and go are told by name', () => {
  const other = makeBook(makeModel({ model: 'gpt-y' }));
  expect(changesBetween(before, other)).toEqual([
    { model: 'openai/gpt-x', what: 'removed', stretches: [] },
    { model: 'openai/gpt-y', what: 'added', stretches: [] },
  ]);
});

test('a change of price is told with its time and both figures', () => {
  expect(changesBetween(before, cut)).toEqual([
    {
      model: 'openai/gpt-x',
      what: 'changed',
      stretches: [
        {
          fromMs: Date.parse(AUGUST),
          untilMs: Number.POSITIVE_INFINITY,
          differences: [{ path: 'inputUsdPerMTok', before: '5', after: '4' }],
        },
      ],
    },
  ]);
});

test('a change deep in a row is told by its path', () => {
  const tiered = withRow({
    contextTiers: [
      { thresholdTokens: 9, operator: 'gt', inputUsdPerMTok: '6', outputUsdPerMTok: '7' },
    ],
    feesUsd: { web_search: '0.01' },
  });
  const [change] = changesBetween(before, tiered);
  expect(change?.stretches[0]?.differences.map(({ path }) => path)).toEqual([
    'contextTiers[0].inputUsdPerMTok',
    'contextTiers[0].operator',
    'contextTiers[0].outputUsdPerMTok',
    'contextTiers[0].thresholdTokens',
    'feesUsd.web_search',
  ]);
});

describe('a change to a pinned model', () => {
  const changes = changesBetween(before, cut);
  const pinned = ['openai/gpt-x'];
  const reason = { model: 'openai/gpt-x', from: '2026-08-21', why: 'the vendor cut it' };

  test('is unexplained where nobody gives a reason', () => {
    expect(unexplainedChanges(changes, pinned, [])).toEqual(changes);
  });

  test('is explained by a reason of its day', () => {
    expect(unexplainedChanges(changes, pinned, [reason])).toEqual([]);
  });

  test.each([
    ['of an earlier change', { ...reason, from: '2026-05-01' }],
    ['of another model', { ...reason, model: 'openai/gpt-y' }],
  ])('is not explained by a reason %s', (_what, other) => {
    expect(unexplainedChanges(changes, pinned, [other])).toEqual(changes);
  });

  test('is explained as a whole or not at all', () => {
    const both = makeBook(
      makeModel({
        prices: [
          makeRow({ inputUsdPerMTok: '6', until: AUGUST }),
          makeRow({ inputUsdPerMTok: '4', from: AUGUST }),
        ],
      }),
    );
    expect(unexplainedChanges(changesBetween(before, both), pinned, [reason])).toHaveLength(1);
  });

  test('is unexplained where the model is gone, and none where it is new', () => {
    const gone = changesBetween(before, makeBook());
    expect(unexplainedChanges(gone, pinned, [reason])).toEqual(gone);
    const added = changesBetween(makeBook(), before);
    expect(unexplainedChanges(added, pinned, [])).toEqual([]);
  });

  test("is nobody's concern where the model is not pinned", () => {
    expect(unexplainedChanges(changes, [], [])).toEqual([]);
  });
});
