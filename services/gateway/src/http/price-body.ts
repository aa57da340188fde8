import { formatUsd } from '@weir/core';
import type { Price, Rates, TieredRates } from '@weir/pricing';

const RATES = {
  inputPicoUsd: 'input_usd_per_mtok',
  outputPicoUsd: 'output_usd_per_mtok',
  cacheReadPicoUsd: 'cache_read_usd_per_mtok',
  cacheWrite5mPicoUsd: 'cache_write_5m_usd_per_mtok',
  cacheWrite1hPicoUsd: 'cache_write_1h_usd_per_mtok',
  cacheWriteOtherPicoUsd: 'cache_write_other_usd_per_mtok',
  inputAudioPicoUsd: 'input_audio_usd_per_mtok',
  inputImagePicoUsd: 'input_image_usd_per_mtok',
  cacheReadAudioPicoUsd: 'cache_read_audio_usd_per_mtok',
  outputAudioPicoUsd: 'output_audio_usd_per_mtok',
  outputImagePicoUsd: 'output_image_usd_per_mtok',
} as const satisfies Record<keyof Rates, string>;

type RatesBody = Partial<Record<(typeof RATES)[keyof typeof RATES], string>>;

const TOKENS_PER_MTOK = 1_000_000n;

/** A price as callers read it: exact decimals of USD, per million tokens or apiece. What it does not name is charged as what it is a part of. */
export function priceBody(price: Price) {
  const { serviceTiers, timeBands, multipliers, fees, zeroMeans, gpu } = price;
  return {
    ...tieredBody(price),
    ...(serviceTiers && { service_tiers: mapped(serviceTiers, tieredBody) }),
    ...(timeBands && {
      time_bands: timeBands.map(({ name, windows, exceptDays, ...rates }) => ({
        name,
        windows: windows.map(({ weekdays, fromMinute, untilMinute }) => ({
          weekdays,
          from_minute: fromMinute,
          until_minute: untilMinute,
        })),
        ...(exceptDays && { except_on: exceptDays.map(dateOf) }),
        ...tieredBody(rates),
      })),
    }),
    ...(multipliers && {
      multipliers: multipliers.map(({ when, perMille }) => ({
        when,
        factor: String(perMille / 1000),
      })),
    }),
    ...(fees && { fees_usd: mapped(fees, (fee) => formatUsd(fee ?? 0n)) }),
    ...(zeroMeans && { zero_means: zeroMeans }),
    ...(gpu && { gpu: { usd_per_gpu_hour: formatUsd(gpu.picoUsdPerGpuHour), gpus: gpu.gpus } }),
  };
}

function dateOf(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

function tieredBody(rates: TieredRates) {
  return {
    ...ratesBody(rates),
    ...(rates.contextTiers && {
      context_tiers: rates.contextTiers.map(({ thresholdTokens, operator, ...own }) => ({
        threshold_tokens: thresholdTokens,
        operator,
        ...ratesBody(own),
      })),
    }),
  };
}

/** Exact: a picodollar per token is a millionth of a dollar per million of them. */
function ratesBody(rates: Rates): RatesBody {
  const body: RatesBody = {};
  for (const name of Object.keys(RATES) as (keyof typeof RATES)[]) {
    const rate = rates[name];
    if (rate !== undefined) body[RATES[name]] = formatUsd(rate * TOKENS_PER_MTOK);
  }
  return body;
}

function mapped<From, To>(record: Readonly<Record<string, From>>, to: (value: From) => To) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));
}
