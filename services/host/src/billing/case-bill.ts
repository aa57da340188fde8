import { NO_USAGE, parseDecimal, promptTokens, SLICES, type UsageReport } from '@weir/core';
import {
  type Circumstances,
  type Cost,
  costOf,
  Exact,
  gpuCostOf,
  type Multiplier,
  PriceError,
} from '@weir/pricing';
import { geminiCachedTokens, usageReport, usageReportFromText } from '@weir/providers';
import { type CasePrice, casePrice, PICO_PLACES, placesIn, placesOf } from './case-price.ts';
import { remarksOn } from './case-remarks.ts';
import type { CostCase } from './cost-case.ts';

/** What was computed, under the names that cases use. */
export type Computed = Readonly<Record<string, unknown>>;

type Context = Readonly<Record<string, unknown>>;

/** Hosted where tokens are part of a seat or of reserved throughput: a price of zero there is paid otherwise. */
const FLAT_RATE = new Set(['azure', 'github-copilot']);
/** Vertex's word for reserved throughput. */
const FLAT_RATE_TIER = 'PROVISIONED_THROUGHPUT';
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
  'grounded',
]);

/** All that a case can ask for. Throws `UsageError` and `PriceError`, as billing does. */
export function billOf(given: CostCase): Computed {
  const context = given.context ?? {};
  if (context['event'] === 'cache_storage') return storageBill(given, context);
  const gpuSeconds = context['gpu_seconds'] ?? undefined;
  if (gpuSeconds !== undefined) return gpuBill(given, context, gpuSeconds);
  const report = reportOf(given, context);
  const { price, places } = priceFor(given, report);
  const reported = reportedIn(report, places);
  const priceOf = (model = given.model) => {
    // A part that names the model that was asked is priced as that one.
    return price?.byModel.get(model) ?? (model === given.model ? price?.price : undefined);
  };
  const cost = costOf({ ...report, reportedPicoUsd: reported }, priceOf, circumstances(context));
  return {
    ...tokensOf(report),
    ...sums(cost.exact, places),
    status: cost.status,
    fees: feesOf(report, cost),
    applied: applied(report, cost, price),
    by_model: price?.byModel.size ? byModel(given, report, cost, places) : undefined,
    provider_reported_nano_usd:
      reported === undefined ? undefined : sums(new Exact(reported), places).total_nano_usd,
    unknown: report.incomplete?.map(snake),
    ...remarksOn(payloadOf(given)),
  };
}

/** A cache that is rented by tokens and hours. */
function storageBill(given: CostCase, context: Context): Computed {
  const tokens = geminiCachedTokens(payloadOf(given));
  const report = reportOf(given, context);
  const { price, places } = priceFor(given, report);
  const rate = price?.storagePicoUsdPerTokenHour;
  if (rate === undefined) throw new PriceError('the cache storage has no price');
  const ttl = secondsIn(context['ttl_seconds']);
  const exact = new Exact(BigInt(tokens) * ttl.count * rate, 3600n * ttl.perSecond);
  return {
    ...tokensOf(report),
    ...sums(exact, places),
    status: 'exact',
    storage: { tokens, seconds: Number(context['ttl_seconds']) },
  };
}

const MICROS_PER_SECOND = 1_000_000n;

/** A share of hardware that is paid by the hour. What was used of it need not be known. */
function gpuBill(given: CostCase, context: Context, gpuSeconds: unknown): Computed {
  const hasUsage = given.usage_payload !== null || given.usage_payload_text !== undefined;
  const report = hasUsage ? reportOf(given, context) : { usage: NO_USAGE };
  const { price, places } = priceFor(given, report);
  const time = secondsIn(gpuSeconds);
  const { numerator, denominator } = gpuCostOf(time.count * MICROS_PER_SECOND, price?.price ?? {});
  return {
    ...tokensOf(report),
    ...sums(new Exact(numerator, denominator * time.perSecond), places),
    status: 'amortised',
    gpu_seconds: String(gpuSeconds),
  };
}

/** A time in units of which so many are a second, however finely it was written. */
function secondsIn(value: unknown): { readonly count: bigint; readonly perSecond: bigint } {
  const text = String(value);
  if (!/^\d+(\.\d+)?$/.test(text)) throw new PriceError('the time that is charged is not known');
  const places = placesOf(text);
  return { count: parseDecimal(text, places), perSecond: 10n ** BigInt(places) };
}

function payloadOf({ usage_payload: payload, usage_payload_text: text }: CostCase): unknown {
  return text === undefined ? payload : JSON.parse(text);
}

function reportOf(given: CostCase, context: Context): UsageReport {
  const { provider, api, usage_payload: payload, usage_payload_text: text } = given;
  const around = {
    servedTier: textOf(context['served_service_tier']),
    outputItemTypes: context['output_item_types'] as readonly string[] | undefined,
    webSearchQueries: context['webSearchQueries'] as readonly string[] | undefined,
    grounded: context['grounded'] === true,
  };
  return text === undefined
    ? usageReport(provider, api, payload, around)
    : usageReportFromText(provider, api, text, around);
}

/** The price, in places that hold every digit of it and of what the provider says itself. */
function priceFor({ provider, price_entry: entry = null }: CostCase, report: UsageReport) {
  const places = Math.max(placesIn(entry), placesOf(report.reportedUsd));
  const isFlatRate = FLAT_RATE.has(provider) || report.serviceTier === FLAT_RATE_TIER;
  const price =
    entry === null ? undefined : casePrice(entry, isFlatRate ? 'flat_rate' : 'free', places);
  return { price, places };
}

/** In the same unit as prices of so many places. */
function reportedIn({ reportedPicoUsd, reportedUsd }: UsageReport, places: number) {
  if (reportedUsd !== undefined) return parseDecimal(reportedUsd, places);
  return reportedPicoUsd === undefined ? undefined : reportedPicoUsd * partsOfPico(places);
}

function partsOfPico(places: number): bigint {
  return 10n ** BigInt(places - PICO_PLACES);
}

function circumstances(context: Context): Circumstances {
  const conditions: Record<string, string> = {};
  for (const [name, value] of Object.entries(context)) {
    if (!NO_CONDITIONS.has(name)) conditions[name] = String(value);
  }
  const timestamp = context['timestamp'] ?? undefined;
  return {
    conditions,
    // A case that says nothing of the time is one of the hours that have no name.
    timeBand: textOf(context['time_band']) ?? (timestamp === undefined ? 'off_peak' : undefined),
    atMs: instantOf(timestamp),
    serviceTier: textOf(context['served_service_tier']),
  };
}

/** Undefined unless it is an instant wherever one stands: a price by the hour is not known then. */
function instantOf(timestamp: unknown): number | undefined {
  const isInstant = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(String(timestamp));
  const atMs = isInstant ? Date.parse(String(timestamp)) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}

function tokensOf(report: UsageReport) {
  const { usage } = report;
  return {
    input_uncached_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_5m: usage.cacheWrite5mTokens,
    cache_write_1h: usage.cacheWrite1hTokens,
    cache_write_other: usage.cacheWriteOtherTokens,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens,
    total_input_tokens: promptTokens(usage),
    modality: modality(report),
  };
}

function sums({ numerator, denominator }: Exact, places: number) {
  const exact = new Exact(numerator, denominator * partsOfPico(places));
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

/** As they were charged, which need not be as they were counted: one grounded prompt may be several queries. */
function feesOf({ fees }: UsageReport, { charges }: Cost) {
  const charged = charges.filter(({ multiplied }) => !multiplied);
  if (charged.length === 0) return fees;
  return Object.fromEntries(charged.map(({ item, count }) => [item, count]));
}

function applied(report: UsageReport, cost: Cost, price: CasePrice | undefined) {
  const [first] = cost.applied;
  const tier = first?.contextTier;
  const fees = feesOf(report, cost);
  const factors = first?.multipliers.map(
    (each) => price?.factors.get(each) ?? String(each.perMille / 1000),
  );
  return {
    ...(first?.serviceTier !== undefined && { service_tier: first.serviceTier }),
    ...(first?.timeBand !== undefined && { time_band: first.timeBand }),
    ...(tier && { context_tier: `${tier.operator}_${tier.thresholdTokens}` }),
    ...(factors?.length && { multipliers: factors }),
    ...(fees && { fees }),
  };
}

/** What each model used and cost; what is charged by the piece is on the bill of the one that was asked. */
function byModel(given: CostCase, report: UsageReport, cost: Cost, places: number) {
  if (cost.applied.length === 0) return undefined;
  const parts = report.parts ?? [{ usage: report.usage }];
  const nameOf = (of: { readonly model?: string | undefined }) => of.model ?? given.model;
  const names = [...new Set(parts.map(nameOf))];
  const figures = names.map((name) => {
    const own = parts.filter((part) => nameOf(part) === name);
    // All that one model did in a call is multiplied alike.
    const multipliers = cost.applied[parts.findIndex((part) => nameOf(part) === name)]?.multipliers;
    let exact = Exact.ZERO;
    for (const charge of cost.charges.filter((each) => nameOf(each) === name)) {
      const sum = BigInt(charge.count) * charge.picoUsdEach;
      exact = exact.plus(charge.multiplied ? times(sum, multipliers ?? []) : new Exact(sum));
    }
    const figure = {
      input: own.reduce((sum, { usage }) => sum + usage.inputTokens, 0),
      output: own.reduce((sum, { usage }) => sum + usage.outputTokens, 0),
      nano_usd: sums(exact, places).total_nano_usd,
    };
    return [name, figure] as const;
  });
  return Object.fromEntries(figures);
}

function times(amount: bigint, multipliers: readonly Multiplier[]): Exact {
  let exact = new Exact(amount);
  for (const { perMille } of multipliers) {
    exact = new Exact(exact.numerator * BigInt(perMille), exact.denominator * 1000n);
  }
  return exact;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
