import { describe, expect, test } from 'vitest';
import { makeBook, makeModel, makeRow } from './book.fixture.ts';
import { BookError, type BookProblem, parseBook } from './parse-book.ts';
import type { PriceRow } from './schema.ts';

function problemsIn(json: unknown): readonly BookProblem[] {
  try {
    parseBook(json);
    return [];
  } catch (error) {
    if (error instanceof BookError) return error.problems;
    throw error;
  }
}

function problemsInRows(...prices: object[]): readonly BookProblem[] {
  return problemsIn({ ...makeBook(), models: [{ ...makeModel(), prices }] });
}

test('a book is read as it is written', () => {
  const book = makeBook(
    makeModel({
      aliases: ['gpt-x-latest'],
      contextTokens: 1000,
      input: ['text', 'image'],
      prices: [
        makeRow({
          from: '2026-01-01T00:00:00Z',
          contextTiers: [{ ...makeTier(), thresholdTokens: 200_000, operator: 'gt' }],
          serviceTiers: { flex: makeTier() },
          timeBands: [
            {
              name: 'peak',
              windows: [{ weekdays: [1, 2], from: '01:00', until: '04:00' }],
              ...makeTier(),
            },
          ],
          multipliers: [{ when: { inference_geo: 'us' }, factor: '1.1' }],
          feesUsd: { web_search: '0.01' },
        }),
      ],
    }),
  );
  expect(parseBook(JSON.parse(JSON.stringify(book)))).toEqual(book);
});

function makeTier(): Pick<PriceRow, 'inputUsdPerMTok' | 'outputUsdPerMTok'> {
  return { inputUsdPerMTok: '5', outputUsdPerMTok: '15' };
}

describe('an unknown key is named with its path', () => {
  test.each([
    ['of the book', { ...makeBook(), note: 'x' }, 'note'],
    ['of a model', makeBook({ ...makeModel(), colour: 'red' } as never), 'models[0].colour'],
  ])('%s', (_where, json, path) => {
    expect(problemsIn(json)).toEqual([{ path, message: 'is not known here' }]);
  });

  test.each([
    ['of a row', { ...makeRow(), inputCost: '1' }, 'inputCost'],
    [
      'of a context tier',
      makeRow({
        contextTiers: [{ ...makeTier(), thresholdTokens: 1, operator: 'gt', x: 1 } as never],
      }),
      'contextTiers[0].x',
    ],
    [
      'of a service tier',
      makeRow({ serviceTiers: { flex: { ...makeTier(), y: 1 } as never } }),
      'serviceTiers.flex.y',
    ],
    ['of a fee', makeRow({ feesUsd: { telephone: '1' } as never }), 'feesUsd.telephone'],
  ])('%s', (_where, row, path) => {
    expect(problemsInRows(row).map((problem) => problem.path)).toEqual([
      `models[0].prices[0].${path}`,
    ]);
  });
});

test.each([
  ['2.50', 'two ways to write a number'],
  ['02', 'a zero in front'],
  ['1e-6', 'an exponent'],
  ['-1', 'a negative amount'],
  ['0.0000001', 'less than a picodollar a token'],
  ['', 'nothing'],
])('the amount "%s" is refused: %s', (inputUsdPerMTok) => {
  const [problem] = problemsInRows(makeRow({ inputUsdPerMTok }));
  expect(problem?.path).toBe('models[0].prices[0].inputUsdPerMTok');
  expect(problem?.message).toMatch(/must be a decimal/);
});

test('a number where text belongs is refused: it has been a float', () => {
  const [problem] = problemsInRows({ ...makeRow(), outputUsdPerMTok: 10 });
  expect(problem?.path).toBe('models[0].prices[0].outputUsdPerMTok');
});

test('a row without a source, a date or a price for output is none', () => {
  const { source, checkedOn, outputUsdPerMTok, ...rest } = makeRow();
  expect(problemsInRows(rest).map(({ path }) => path)).toEqual([
    'models[0].prices[0].source',
    'models[0].prices[0].checkedOn',
    'models[0].prices[0].outputUsdPerMTok',
  ]);
});

test('every problem is said, and the message says them all', () => {
  const json = makeBook(makeModel({ prices: [] }), makeModel({ provider: 'Open AI' }));
  expect(problemsIn(json)).toHaveLength(2);
  expect(() => parseBook(json)).toThrow(/models\[0\]\.prices[\s\S]*models\[1\]\.provider/);
});

test('a model without prices is one that is or will be gone', () => {
  const gone = makeModel({ prices: [], retiresOn: '2026-03-26' });
  expect(() => parseBook(makeBook(gone))).not.toThrow();
  expect(problemsIn(makeBook(makeModel({ prices: [] })))).toEqual([
    {
      path: 'models[0].prices',
      message: 'are none, and "retiresOn" does not say that the model is gone',
    },
  ]);
});

describe('rows', () => {
  const in2025 = { from: '2025-01-01T00:00:00Z', until: '2026-01-01T00:00:00Z' };

  test('that follow each other are fine, and so is a gap', () => {
    const rows = [
      makeRow({ until: '2024-12-31T00:00:00Z' }),
      makeRow(in2025),
      makeRow({ from: '2026-01-01T00:00:00Z' }),
    ];
    expect(problemsInRows(...rows)).toEqual([]);
  });

  test.each([
    ['two without dates', makeRow(), makeRow()],
    ['one inside another', makeRow(), makeRow(in2025)],
    ['an overlap of a second', makeRow(in2025), makeRow({ from: '2025-12-31T23:59:59Z' })],
  ])('are refused where they overlap: %s', (_what, first, second) => {
    expect(problemsInRows(first, second)).toEqual([
      {
        path: 'models[0].prices[1]',
        message: 'is valid at the same time as prices[0] (openai/gpt-x)',
      },
    ]);
  });

  test('must end after they begin', () => {
    const row = makeRow({ from: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' });
    expect(problemsInRows(row).map(({ path }) => path)).toEqual(['models[0].prices[0].until']);
  });
});

test('a price of zero must say what it means', () => {
  const [problem] = problemsInRows(makeRow({ outputUsdPerMTok: '0' }));
  expect(problem).toEqual({
    path: 'models[0].prices[0].outputUsdPerMTok',
    message: 'is zero, and "zeroMeans" does not say why (openai/gpt-x)',
  });
  expect(problemsInRows(makeRow({ outputUsdPerMTok: '0', zeroMeans: 'free' }))).toEqual([]);
});

test('a zero is found in every corner of a row', () => {
  const zero = { inputUsdPerMTok: '1', outputUsdPerMTok: '0' };
  const row = makeRow({
    contextTiers: [{ ...zero, thresholdTokens: 1, operator: 'gt' }],
    serviceTiers: {
      flex: { ...zero, contextTiers: [{ ...zero, thresholdTokens: 1, operator: 'gt' }] },
    },
    timeBands: [
      { name: 'a', windows: [{ weekdays: [1], from: '01:00', until: '02:00' }], ...zero },
    ],
  });
  expect(problemsInRows(row).map(({ path }) => path)).toEqual([
    'models[0].prices[0].contextTiers[0].outputUsdPerMTok',
    'models[0].prices[0].serviceTiers.flex.outputUsdPerMTok',
    'models[0].prices[0].serviceTiers.flex.contextTiers[0].outputUsdPerMTok',
    'models[0].prices[0].timeBands[0].outputUsdPerMTok',
  ]);
});

test('context tiers must have ascending thresholds', () => {
  const tier = (thresholdTokens: number) => ({
    ...makeTier(),
    thresholdTokens,
    operator: 'gt' as const,
  });
  expect(problemsInRows(makeRow({ contextTiers: [tier(1), tier(2)] }))).toEqual([]);
  expect(problemsInRows(makeRow({ contextTiers: [tier(2), tier(2)] }))[0]?.message).toMatch(
    /ascending thresholds/,
  );
});

test('an hour cannot lie in two bands', () => {
  const band = (name: string, weekdays: number[], from: string, until: string) => ({
    name,
    windows: [{ weekdays, from, until }],
    ...makeTier(),
  });
  const apart = [band('a', [1], '01:00', '02:00'), band('b', [1], '02:00', '24:00')];
  expect(problemsInRows(makeRow({ timeBands: apart }))).toEqual([]);
  const meeting = [band('a', [1, 2], '01:00', '02:01'), band('b', [2], '02:00', '03:00')];
  expect(problemsInRows(makeRow({ timeBands: meeting }))[0]).toEqual({
    path: 'models[0].prices[0].timeBands[1].windows[0]',
    message: 'overlaps another window (openai/gpt-x)',
  });
  expect(
    problemsInRows(makeRow({ timeBands: [band('a', [1], '04:00', '01:00')] }))[0]?.message,
  ).toMatch(/begin before it ends/);
});

test('two models cannot have one name, not even by an alias', () => {
  const json = makeBook(makeModel(), makeModel({ model: 'gpt-y', aliases: ['gpt-x'] }));
  expect(problemsIn(json)).toEqual([
    { path: 'models[1]', message: 'the name "openai/gpt-x" is taken twice' },
  ]);
  expect(problemsIn(makeBook(makeModel(), makeModel({ provider: 'azure' })))).toEqual([]);
});

test('a multiplier without a condition would apply always', () => {
  const [problem] = problemsInRows(makeRow({ multipliers: [{ when: {}, factor: '1.1' }] }));
  expect(problem?.path).toBe('models[0].prices[0].multipliers[0].when');
});
