import { parseUsd } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { priceBody } from './price-body.ts';

test('a price is told exactly, with all that it depends on', () => {
  const rates = { inputPicoUsd: 2_500_000n, outputPicoUsd: 10_000_000n };
  const body = priceBody({
    ...rates,
    cacheReadPicoUsd: 1n,
    contextTiers: [{ thresholdTokens: 200_000, operator: 'gt', ...rates }],
    serviceTiers: { flex: { inputPicoUsd: 1_250_000n, outputPicoUsd: 5_000_000n } },
    timeBands: [
      {
        name: 'night',
        windows: [{ weekdays: [0], fromMinute: 0, untilMinute: 60 }],
        exceptDays: [20_727],
        ...rates,
      },
    ],
    multipliers: [{ when: { speed: 'fast' }, perMille: 1100 }],
    fees: { web_search: 10_000_000_000n },
  });
  const told = { input_usd_per_mtok: '2.5', output_usd_per_mtok: '10' };
  expect(body).toEqual({
    ...told,
    cache_read_usd_per_mtok: '0.000001',
    context_tiers: [{ threshold_tokens: 200_000, operator: 'gt', ...told }],
    service_tiers: { flex: { input_usd_per_mtok: '1.25', output_usd_per_mtok: '5' } },
    time_bands: [
      {
        name: 'night',
        windows: [{ weekdays: [0], from_minute: 0, until_minute: 60 }],
        except_on: ['2026-10-01'],
        ...told,
      },
    ],
    multipliers: [{ when: { speed: 'fast' }, factor: '1.1' }],
    fees_usd: { web_search: '0.01' },
  });
});

test('what is not known is not told, and what is free says so', () => {
  expect(priceBody({ inputPicoUsd: 0n, outputPicoUsd: 0n, zeroMeans: 'free' })).toEqual({
    input_usd_per_mtok: '0',
    output_usd_per_mtok: '0',
    zero_means: 'free',
  });
  expect(priceBody({ gpu: { picoUsdPerGpuHour: 2_490_000_000_000n, gpus: 2 } })).toEqual({
    gpu: { usd_per_gpu_hour: '2.49', gpus: 2 },
  });
});

test('no digit of a price is lost', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), (rate) => {
      const text = priceBody({ inputPicoUsd: rate }).input_usd_per_mtok ?? '';
      expect(parseUsd(text)).toBe(rate * 1_000_000n);
    }),
  );
});
