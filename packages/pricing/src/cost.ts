import { promptTokens, type Usage, type UsageReport, type UsageSlices } from '@weir/core';
import { Exact } from './exact.ts';
import { type Price, PriceError, type Rates } from './price.ts';
import { type Applied, type Circumstances, ratesFor } from './rates.ts';

/** One line of a bill: so many of something at so much apiece. */
export interface Charge {
  /** A bucket or slice of `Usage` without "Tokens", or a fee. */
  readonly item: string;
  readonly count: number;
  readonly picoUsdEach: bigint;
  /** The model whose price it is; absent for the one that was asked. */
  readonly model?: string | undefined;
  /** True for tokens: multipliers apply. */
  readonly multiplied: boolean;
}

/**
 * How the sum is known. `exact`: from counts and prices (and equal to what the provider says, where it says anything).
 * `provider_reported`: the provider's own figure. `lower_bound`: a count was cut off. `free`, `flat_rate`: zero, and
 * meant so. `amortised`: a share of something paid by the hour.
 */
export type CostStatus =
  | 'exact'
  | 'provider_reported'
  | 'lower_bound'
  | 'free'
  | 'flat_rate'
  | 'amortised';

export interface Cost {
  /** What is booked: half up, once. */
  readonly picoUsd: bigint;
  readonly exact: Exact;
  readonly status: CostStatus;
  readonly charges: readonly Charge[];
  /** Per part of the call, in their order. */
  readonly applied: readonly Applied[];
  /** From counts and prices, where the provider's own figure was preferred to it. */
  readonly recomputed?: Exact | undefined;
}

/** The price of a model by name; without a name, of the one that was asked. */
export type PriceOf = (model?: string) => Price | undefined;

/**
 * What a call costs. One path for every call: streamed or not, cached or not, in any tier. The provider's own figure is
 * preferred where it gives one, since it holds fees that tokens cannot show; the recomputed one stays beside it. Throws
 * `PriceError` when something was used that has no price, and no figure of the provider's makes up for it.
 */
export function costOf(report: UsageReport, priceOf: PriceOf, at: Circumstances = {}): Cost {
  const price = priceOf();
  if (price?.gpu) return gpuCost(report, price);
  if (report.reportedPicoUsd === undefined) {
    const { charges, applied, exact } = billOf(report, priceOf, at);
    const status = statusOf(report, price, exact);
    return { charges, applied, exact, picoUsd: exact.rounded(), status };
  }
  const reported = new Exact(report.reportedPicoUsd);
  const picoUsd = reported.rounded();
  const own = billIfPriced(report, priceOf, at);
  if (!own) {
    return { charges: [], applied: [], exact: reported, picoUsd, status: 'provider_reported' };
  }
  const { charges, applied, exact } = own;
  if (reported.equals(exact)) {
    return { charges, applied, exact, picoUsd, status: statusOf(report, price, exact) };
  }
  const status = 'provider_reported';
  return { charges, applied, exact: reported, picoUsd, status, recomputed: exact };
}

/** Vendors round their own figure. What is off by more than this is another price than ours. */
const ROUNDING_PICO_USD = 1_000_000n;
const ROUNDING_SHARE = 100n;

/** Whether the provider's figure and ours differ by more than a hundredth and a millionth of a dollar. */
export function disagrees({ exact, recomputed }: Cost): boolean {
  if (!recomputed) return false;
  const common = exact.denominator * recomputed.denominator;
  const theirs = exact.numerator * recomputed.denominator;
  const ours = recomputed.numerator * exact.denominator;
  const apart = theirs > ours ? theirs - ours : ours - theirs;
  return apart > common * ROUNDING_PICO_USD && apart * ROUNDING_SHARE > theirs;
}

/** A bill while it is being written. */
interface Bill {
  readonly charges: Charge[];
  readonly applied: Applied[];
  readonly at: Circumstances;
}

/** From counts and prices alone. */
function billOf(report: UsageReport, priceOf: PriceOf, at: Circumstances) {
  const price = priceOf();
  const { parts, fees } = report;
  const bill: Bill = { charges: [], applied: [], at: circumstancesOf(report, at) };
  let exact = Exact.ZERO;
  if (!parts) exact = addTokens(bill, report.usage, report.slices, price, undefined);
  else {
    for (const { model, usage } of parts) {
      const own = model === undefined ? price : priceOf(model);
      exact = exact.plus(addTokens(bill, usage, undefined, own, model));
    }
  }
  if (fees) exact = exact.plus(addFees(bill, fees, price));
  return { charges: bill.charges, applied: bill.applied, exact };
}

function billIfPriced(report: UsageReport, priceOf: PriceOf, at: Circumstances) {
  try {
    return billOf(report, priceOf, at);
  } catch (error) {
    if (error instanceof PriceError) return undefined;
    throw error;
  }
}

/** What the caller knows goes before what the provider told. */
function circumstancesOf(report: UsageReport, at: Circumstances): Circumstances {
  const { serviceTier, conditions } = report;
  if (serviceTier === undefined && conditions === undefined) return at;
  return {
    ...at,
    serviceTier: at.serviceTier ?? serviceTier,
    conditions: { ...conditions, ...at.conditions },
  };
}

function addTokens(
  { charges, applied, at }: Bill,
  usage: Usage,
  slices: UsageSlices | undefined,
  price: Price | undefined,
  model: string | undefined,
): Exact {
  if (!price) {
    throw new PriceError(model ? `the model "${model}" has no price` : 'the model has no price');
  }
  const chosen = ratesFor(price, promptTokens(usage), at);
  applied.push(chosen);
  const first = charges.length;
  chargeTokens(charges, usage, slices ?? NO_SLICES, chosen.rates, model);
  return multiplied(sumFrom(charges, first), chosen);
}

function statusOf(report: UsageReport, price: Price | undefined, exact: Exact): CostStatus {
  if (report.incomplete?.length) return 'lower_bound';
  if (exact.numerator === 0n && price?.zeroMeans) return price.zeroMeans;
  return 'exact';
}

function sumFrom(charges: readonly Charge[], first: number): bigint {
  let sum = 0n;
  for (let index = first; index < charges.length; index++) {
    const { count, picoUsdEach } = charges[index] as Charge;
    sum += BigInt(count) * picoUsdEach;
  }
  return sum;
}

function multiplied(picoUsd: bigint, { multipliers }: Applied): Exact {
  let numerator = picoUsd;
  let denominator = 1n;
  for (const { perMille } of multipliers) {
    numerator *= BigInt(perMille);
    denominator *= 1000n;
  }
  return new Exact(numerator, denominator);
}

const NO_SLICES: UsageSlices = {};

/** Every bucket that holds anything, its slices apart from the rest of it. */
function chargeTokens(
  charges: Charge[],
  usage: Usage,
  slices: UsageSlices,
  rates: Rates,
  model: string | undefined,
): void {
  const add = (item: string, count: number, picoUsdEach: bigint | undefined) => {
    if (count === 0) return;
    if (picoUsdEach === undefined) throw new PriceError(`${item} tokens have no price`);
    charges.push({ item, count, picoUsdEach, model, multiplied: true });
  };
  const { inputPicoUsd: input, outputPicoUsd: output } = rates;
  const cacheRead = rates.cacheReadPicoUsd ?? input;
  const write = rates.cacheWrite5mPicoUsd ?? input;
  const { inputAudioTokens: inputAudio = 0, inputImageTokens: inputImage = 0 } = slices;
  const { cacheReadAudioTokens: cacheReadAudio = 0 } = slices;
  const { outputAudioTokens: outputAudio = 0, outputImageTokens: outputImage = 0 } = slices;
  add('input', usage.inputTokens - inputAudio - inputImage, input);
  add('inputAudio', inputAudio, rates.inputAudioPicoUsd ?? input);
  add('inputImage', inputImage, rates.inputImagePicoUsd ?? input);
  add('cacheRead', usage.cacheReadTokens - cacheReadAudio, cacheRead);
  add('cacheReadAudio', cacheReadAudio, rates.cacheReadAudioPicoUsd ?? cacheRead);
  add('cacheWrite5m', usage.cacheWrite5mTokens, write);
  add('cacheWrite1h', usage.cacheWrite1hTokens, rates.cacheWrite1hPicoUsd ?? write);
  add('cacheWriteOther', usage.cacheWriteOtherTokens, rates.cacheWriteOtherPicoUsd ?? write);
  add('output', usage.outputTokens - outputAudio - outputImage, output);
  add('outputAudio', outputAudio, rates.outputAudioPicoUsd ?? output);
  add('outputImage', outputImage, rates.outputImagePicoUsd ?? output);
}

function addFees(
  { charges }: Bill,
  fees: NonNullable<UsageReport['fees']>,
  price: Price | undefined,
): Exact {
  const first = charges.length;
  const listed = price?.fees ?? {};
  for (const [item, count] of Object.entries(fees)) {
    if (!count) continue;
    // Gemini's older models charge a grounded prompt once, however many queries it took; usage tells of queries only.
    if (item === 'web_search_query' && listed[item] === undefined && listed.grounded_prompt) {
      charges.push(fee('grounded_prompt', 1, listed.grounded_prompt));
      continue;
    }
    const picoUsdEach = listed[item as keyof typeof fees];
    if (picoUsdEach === undefined) throw new PriceError(`the fee "${item}" has no price`);
    charges.push(fee(item, count, picoUsdEach));
  }
  return new Exact(sumFrom(charges, first));
}

function fee(item: string, count: number, picoUsdEach: bigint): Charge {
  return { item, count, picoUsdEach, multiplied: false };
}

const MICROS_PER_HOUR = 3_600_000_000n;

/**
 * What was used of hardware that is paid by the hour, whatever came of it: time x USD an hour x GPUs. The sum over calls is
 * the time during which anything was in flight, at that price. It is rounded where it ends and where it begins: booked
 * costs of calls that ended one after another add up to the rounded cost of their time together.
 */
function gpuCost({ gpuTime }: UsageReport, price: Price): Cost {
  if (!gpuTime) throw new PriceError('the time on the GPU is not known');
  const before = BigInt(gpuTime.beforeMicros);
  const after = before + BigInt(gpuTime.micros);
  return {
    picoUsd: gpuCostOf(after, price).rounded() - gpuCostOf(before, price).rounded(),
    exact: gpuCostOf(BigInt(gpuTime.micros), price),
    status: 'amortised',
    charges: [],
    applied: [],
  };
}

/** A share of hardware that is paid by the hour; `gpuMicros` is its time in microseconds. */
export function gpuCostOf(gpuMicros: bigint, price: Price): Exact {
  if (!price.gpu) throw new PriceError('the model has no price per GPU-hour');
  const { picoUsdPerGpuHour, gpus } = price.gpu;
  return new Exact(gpuMicros * picoUsdPerGpuHour * BigInt(gpus), MICROS_PER_HOUR);
}

/**
 * What the same tokens would have cost at another model's price. That model's cache would have held other things, so
 * the whole prompt counts as uncached; null when that price does not cover them.
 */
export function counterfactualOf(usage: Usage, price: Price, at: Circumstances): bigint | null {
  const chosen = ratesFor(price, promptTokens(usage), at);
  const { inputPicoUsd: input, outputPicoUsd: output } = chosen.rates;
  if (input === undefined || output === undefined) return null;
  const tokens = BigInt(promptTokens(usage)) * input + BigInt(usage.outputTokens) * output;
  return multiplied(tokens, chosen).rounded();
}

/** What a request may come to. */
export interface Bounds {
  readonly inputTokens: number;
  readonly maxOutputTokens: number;
  /** How long it may take, for hardware that is paid for by its time. */
  readonly withinMs: number;
  /** The tier that it asks for. */
  readonly serviceTier?: string | undefined;
}

/**
 * The most that a request can cost: its whole prompt at the dearest input rate and every allowed output token, in the
 * dearest hours, under every multiplier; or all of the hardware for as long as it may take. A tier is among them if it can
 * be reached: by this prompt's length, or by what the request asks for.
 */
export function worstCaseOf(bounds: Bounds, price: Price): bigint {
  const { inputTokens, maxOutputTokens, withinMs, serviceTier } = bounds;
  if (price.gpu) {
    const { numerator, denominator } = gpuCostOf(BigInt(Math.ceil(withinMs)) * 1000n, price);
    // One more for the rounding of what came before.
    return numerator / denominator + 1n;
  }
  const tiers = price.serviceTiers ?? {};
  const asked =
    serviceTier !== undefined && Object.hasOwn(tiers, serviceTier) ? tiers[serviceTier] : undefined;
  let worst = 0n;
  for (const base of [price, ...(price.timeBands ?? []), ...(asked ? [asked] : [])]) {
    for (const rates of [base, ...(base.contextTiers ?? [])]) {
      if (isBeyond(rates, inputTokens)) continue;
      const cost =
        BigInt(inputTokens) * dearestInput(rates) +
        BigInt(maxOutputTokens) *
          max(rates.outputPicoUsd, rates.outputAudioPicoUsd, rates.outputImagePicoUsd);
      if (cost > worst) worst = cost;
    }
  }
  for (const perMille of worstMultipliers(price)) worst = (worst * perMille + 999n) / 1000n;
  return worst;
}

/** The largest of those that exclude each other: only one value of a condition can hold. */
function worstMultipliers({ multipliers = [] }: Price): bigint[] {
  const largest = new Map<string, number>();
  for (const { when, perMille } of multipliers) {
    const names = Object.keys(when).sort().join();
    largest.set(names, Math.max(1000, perMille, largest.get(names) ?? 0));
  }
  return [...largest.values()].map(BigInt);
}

function isBeyond(
  rates: Rates & { readonly thresholdTokens?: number },
  inputTokens: number,
): boolean {
  return rates.thresholdTokens !== undefined && inputTokens < rates.thresholdTokens;
}

function dearestInput(rates: Rates): bigint {
  return max(
    rates.inputPicoUsd,
    rates.cacheReadPicoUsd,
    rates.cacheWrite5mPicoUsd,
    rates.cacheWrite1hPicoUsd,
    rates.cacheWriteOtherPicoUsd,
    rates.inputAudioPicoUsd,
    rates.inputImagePicoUsd,
    rates.cacheReadAudioPicoUsd,
  );
}

function max(...rates: readonly (bigint | undefined)[]): bigint {
  let most = 0n;
  for (const rate of rates) if (rate !== undefined && rate > most) most = rate;
  return most;
}
