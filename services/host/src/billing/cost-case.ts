import { isDeepStrictEqual } from 'node:util';
import {
  NO_USAGE,
  parseDecimal,
  promptTokens,
  SLICES,
  UsageError,
  type UsageReport,
} from '@weir/core';
import { type Circumstances, type Cost, costOf, Exact, gpuCostOf, PriceError } from '@weir/pricing';
import { usageReport, usageReportFromText } from '@weir/providers';
import { type CasePrice, casePrice } from './case-price.ts';

/** One billing case: a raw usage payload, a price, and what the call must cost. */
export interface CostCase {
  readonly id: string;
  readonly provider: string;
  readonly api: string;
  readonly model: string;
  readonly usage_payload: unknown;
  /** The payload as text, where its JSON is what is tested. */
  readonly usage_payload_text?: string;
  readonly price_entry: unknown;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
}

/** What was computed, under the names that cases use. */
type Computed = Readonly<Record<string, unknown>>;

/** Hosted where tokens are part of a seat or of reserved throughput: a price of zero there is paid otherwise. */
const FLAT_RATE = new Set(['azure', 'github-copilot']);
/** What of a case's context is not a condition of the price. */
const NO_CONDITIONS = new Set([
  'requested_service_tier',
  'served_service_tier',
  'timestamp',
  'time_band',
  'gpu_seconds',
  'event',
  'ttl_seconds',
  'output_item_types',
  'webSearchQueries',
]);

/** Every figure that differs from what the case expects, one line each; none when it passes. */
export function mismatches(given: CostCase): string[] {
  const computed = compute(given);
  const wrong: string[] = [];
  for (const [name, wanted] of Object.entries(given.expected)) {
    if (!Object.hasOwn(computed, name) && MEMOS.has(name)) continue;
    const got = computed[name];
    if (!isDeepStrictEqual(got, wanted)) {
      wrong.push(
        `${name} is ${JSON.stringify(got) ?? 'absent'}, expected ${JSON.stringify(wanted)}`,
      );
    }
  }
  return wrong;
}

/** Remarks in cases that no figure answers to. */
const MEMOS = new Set([
  'raw_tokens',
  'cache_write_split',
  'split',
  'shadow_price_model',
  'storage',
  'gpu_seconds',
]);

function compute(given: CostCase): Computed {
  try {
    return computed(given);
  } catch (error) {
    if (error instanceof UsageError || error instanceof PriceError) return { error: error.code };
    throw error;
  }
}

function computed(given: CostCase): Computed {
  const { provider, price_entry: entry, context = {} } = given;
  const price =
    entry === null ? undefined : casePrice(entry, FLAT_RATE.has(provider) ? 'flat_rate' : 'free');
  if (context['event'] === 'cache_storage') return storage(given, price);
  const gpuSeconds = context['gpu_seconds'];
  if (gpuSeconds !== undefined) {
    const report = given.usage_payload === null ? { usage: NO_USAGE } : reportOf(given);
    const exact = gpuCostOf(parseDecimal(String(gpuSeconds), 6), price?.price ?? {});
    return { ...buckets(report), ...sums(exact), status: 'amortised' };
  }
  const report = reportOf(given);
  const priceOf = (model?: string) =>
    price?.byModel.get(model ?? given.model) ?? (model === undefined ? price?.price : undefined);
  const cost = costOf(report, entry === null ? () => undefined : priceOf, circumstances(context));
  return {
    ...buckets(report),
    ...sums(cost.exact),
    status: cost.status,
    total_input_tokens: promptTokens(report.usage),
    modality: modality(report),
    fees: report.fees,
    applied: applied(cost, report),
    by_model: price?.byModel.size ? byModel(given, report, cost) : undefined,
    provider_reported_nano_usd:
      report.reportedPicoUsd === undefined
        ? undefined
        : new Exact(report.reportedPicoUsd).rounded(1000n).toString(),
    unknown: report.incomplete?.map((bucket) => snake(bucket)),
  };
}

function reportOf({ provider, api, usage_payload_text: text, ...given }: CostCase): UsageReport {
  const { context = {}, usage_payload: payload } = given;
  const around = {
    servedTier: textOf(context['served_service_tier']),
    outputItemTypes: context['output_item_types'] as readonly string[] | undefined,
    webSearchQueries: context['webSearchQueries'] as readonly string[] | undefined,
  };
  return text === undefined
    ? usageReport(provider, api, payload, around)
    : usageReportFromText(provider, api, text, around);
}

function circumstances(context: Readonly<Record<string, unknown>>): Circumstances {
  const conditions: Record<string, string> = {};
  for (const [name, value] of Object.entries(context)) {
    if (!NO_CONDITIONS.has(name)) conditions[name] = String(value);
  }
  const timestamp = textOf(context['timestamp']);
  return {
    conditions,
    timeBand: textOf(context['time_band']),
    atMs: timestamp === undefined ? 0 : Date.parse(timestamp),
    serviceTier: textOf(context['served_service_tier']),
  };
}

/** A cache that is rented by tokens and hours. */
function storage({ usage_payload: payload, context = {} }: CostCase, price: CasePrice | undefined) {
  const rate = price?.storagePicoUsdPerTokenHour;
  if (rate === undefined) throw new PriceError('the cache storage has no price');
  const tokens = BigInt((payload as { totalTokenCount: number }).totalTokenCount);
  const seconds = BigInt(Number(context['ttl_seconds']));
  return {
    ...buckets({ usage: NO_USAGE }),
    ...sums(new Exact(tokens * seconds * rate, 3600n)),
    status: 'exact',
  };
}

function buckets({ usage }: UsageReport) {
  return {
    input_uncached_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_5m: usage.cacheWrite5mTokens,
    cache_write_1h: usage.cacheWrite1hTokens,
    cache_write_other: usage.cacheWriteOtherTokens,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens,
  };
}

function sums(exact: Exact) {
  return { total_nano_usd: exact.rounded(1000n).toString(), exact_usd: exact.toUsd() };
}

function modality({ slices }: UsageReport) {
  if (!slices) return undefined;
  const told: Record<string, number> = {};
  for (const slice of SLICES) {
    const count = slices[slice];
    if (count) told[snake(slice).replace(/_tokens$/, '')] = count;
  }
  return told;
}

function applied(cost: Cost, { fees }: UsageReport) {
  const [first] = cost.applied;
  const tier = first?.contextTier;
  const factors = first?.multipliers.map(({ perMille }) => String(perMille / 1000)) ?? [];
  const told = {
    ...(first?.serviceTier !== undefined && { service_tier: first.serviceTier }),
    ...(tier && { context_tier: `${tier.operator}_${tier.thresholdTokens}` }),
    ...(factors.length > 0 && { multipliers: factors }),
    ...(fees && { fees }),
  };
  return Object.keys(told).length > 0 ? told : undefined;
}

function byModel(given: CostCase, report: UsageReport, cost: Cost) {
  const models: Record<string, { input: number; output: number; nano_usd: string }> = {};
  for (const { model = given.model } of report.parts ?? []) {
    const of = (part: { model?: string | undefined }) => (part.model ?? given.model) === model;
    const parts = (report.parts ?? []).filter(of);
    const pico = cost.charges
      .filter(of)
      .reduce((sum, { count, picoUsdEach }) => sum + BigInt(count) * picoUsdEach, 0n);
    models[model] = {
      input: parts.reduce((sum, { usage }) => sum + usage.inputTokens, 0),
      output: parts.reduce((sum, { usage }) => sum + usage.outputTokens, 0),
      nano_usd: new Exact(pico).rounded(1000n).toString(),
    };
  }
  return models;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
