import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeModel, makeRow } from './book.fixture.ts';
import { priceAt, rowAt } from './price-at.ts';
import { RATE_NAMES } from './schema.ts';

const model = makeModel({
  prices: [
    makeRow({ until: '2026-08-21T00:00:00Z', inputUsdPerMTok: '5' }),
    makeRow({ from: '2026-08-21T00:00:00Z', until: '2026-10-01T00:00:00Z', inputUsdPerMTok: '4' }),
    makeRow({ from: '2026-11-01T00:00:00Z', inputUsdPerMTok: '3' }),
  ],
});

describe('at the edges of rows', () => {
  test.each([
    ['1970-01-01T00:00:00.000Z', 5_000_000n],
    ['2026-08-20T23:59:59.999Z', 5_000_000n],
    ['2026-08-21T00:00:00.000Z', 4_000_000n],
    ['2026-09-30T23:59:59.999Z', 4_000_000n],
    ['2026-10-01T00:00:00.000Z', undefined],
    ['2026-10-31T23:59:59.999Z', undefined],
    ['2026-11-01T00:00:00.000Z', 3_000_000n],
    ['9999-12-31T23:59:59.999Z', 3_000_000n],
  ])('%s costs %s', (at, inputPicoUsd) => {
    expect(priceAt(model, Date.parse(at))?.inputPicoUsd).toBe(inputPicoUsd);
  });
});

test('every instant has at most one row, and a gap has none', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (atMs) => {
      const gap = atMs >= Date.parse('2026-10-01') && atMs < Date.parse('2026-11-01');
      expect(rowAt(model, atMs) === undefined).toBe(gap);
    }),
  );
});

test('a row becomes a price with all that it says, to the picodollar', () => {
  const row = makeRow({
    inputUsdPerMTok: '0.000001',
    contextTiers: [
      { thresholdTokens: 200_000, operator: 'gte', inputUsdPerMTok: '2', outputUsdPerMTok: '4' },
    ],
    serviceTiers: {
      flex: {
        inputUsdPerMTok: '1.25',
        outputUsdPerMTok: '5',
        contextTiers: [
          { thresholdTokens: 1, operator: 'gt', inputUsdPerMTok: '3', outputUsdPerMTok: '6' },
        ],
      },
    },
    timeBands: [
      {
        name: 'peak',
        windows: [{ weekdays: [1, 5], from: '01:30', until: '24:00' }],
        exceptOn: ['1970-01-01', '2026-10-01'],
        inputUsdPerMTok: '7',
        outputUsdPerMTok: '8',
      },
    ],
    multipliers: [{ when: { speed: 'fast' }, factor: '1.125' }],
    feesUsd: { web_search: '0.01' },
    zeroMeans: 'flat_rate',
  });
  expect(priceAt(makeModel({ prices: [row] }), 0)).toEqual({
    inputPicoUsd: 1n,
    outputPicoUsd: 10_000_000n,
    contextTiers: [
      {
        thresholdTokens: 200_000,
        operator: 'gte',
        inputPicoUsd: 2_000_000n,
        outputPicoUsd: 4_000_000n,
      },
    ],
    serviceTiers: {
      flex: {
        inputPicoUsd: 1_250_000n,
        outputPicoUsd: 5_000_000n,
        contextTiers: [
          {
            thresholdTokens: 1,
            operator: 'gt',
            inputPicoUsd: 3_000_000n,
            outputPicoUsd: 6_000_000n,
          },
        ],
      },
    },
    timeBands: [
      {
        name: 'peak',
        windows: [{ weekdays: [1, 5], fromMinute: 90, untilMinute: 1440 }],
        exceptDays: [0, 20_727],
        inputPicoUsd: 7_000_000n,
        outputPicoUsd: 8_000_000n,
      },
    ],
    multipliers: [{ when: { speed: 'fast' }, perMille: 1125 }],
    fees: { web_search: 10_000_000_000n },
    zeroMeans: 'flat_rate',
  });
});

test('no kind of token is lost on the way', () => {
  const rates = Object.fromEntries(RATE_NAMES.map((name, index) => [name, `${index + 1}`]));
  const price = priceAt(makeModel({ prices: [makeRow(rates)] }), 0);
  const found = RATE_NAMES.map((name) => name.replace('UsdPerMTok', 'PicoUsd'));
  expect(price).toEqual(
    Object.fromEntries(found.map((name, index) => [name, BigInt(index + 1) * 1_000_000n])),
  );
});
