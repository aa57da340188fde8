/**
 * Tokens of one attempt in exclusive buckets: no token is counted in two of them, so cost is a plain sum.
 * `reasoningTokens` alone is a memo: those tokens are already inside `outputTokens`.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly cacheWriteOtherTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

/** Tokens with rates of their own; each lies inside the bucket it is named after. */
export const SLICES = [
  'inputAudioTokens',
  'inputImageTokens',
  'cacheReadAudioTokens',
  'outputAudioTokens',
  'outputImageTokens',
] as const;
/** Absent is none. */
export type UsageSlices = Readonly<Partial<Record<(typeof SLICES)[number], number | undefined>>>;

/** What some providers charge by the piece, beside tokens. */
export const FEES = [
  'request',
  'web_search',
  'web_search_query',
  'web_fetch',
  'grounded_prompt',
  'file_search',
  'code_interpreter_session',
] as const;
export type Fee = (typeof FEES)[number];

/** One pass of a call that ran several: it is priced by itself, at its own model's price where it names one. */
export interface UsagePart {
  /** Absent: the model that was asked. */
  readonly model?: string | undefined;
  readonly usage: Usage;
}

/**
 * A call's share of the hardware that answered it, in microseconds: each moment belongs in equal parts to the calls that
 * were in flight there. `beforeMicros` is what the calls that ended there earlier came to since the process began, so
 * that costs that are rounded from one sum to the next lose nothing together.
 */
export interface GpuTime {
  readonly micros: number;
  readonly beforeMicros: number;
}

/** All that a provider said about what one call consumed, taken out of its dialect. */
export interface UsageReport {
  /** Every token of the call, whichever model it was spent on. */
  readonly usage: Usage;
  readonly slices?: UsageSlices | undefined;
  /** Where there was more than one pass; together they are `usage`. */
  readonly parts?: readonly UsagePart[] | undefined;
  readonly fees?: Readonly<Partial<Record<Fee, number | undefined>>> | undefined;
  /** The tier that served the call, in the provider's word; what was asked for does not count. */
  readonly serviceTier?: string | undefined;
  /** What else moves the price, in the provider's words: `speed` is `fast`, `inference_geo` is `us`. */
  readonly conditions?: Readonly<Record<string, string>> | undefined;
  /** What the provider itself says the call costs. */
  readonly reportedPicoUsd?: bigint | undefined;
  /** The same as it said it, where that goes below a picodollar. Nothing is booked from it. */
  readonly reportedUsd?: string | undefined;
  /** Buckets that hold only a part of what was spent: a stream was cut off before its last count. */
  readonly incomplete?: readonly (keyof Usage)[] | undefined;
  /** Where hardware is paid for by its time. No provider says it: it is our own clock's. */
  readonly gpuTime?: GpuTime | undefined;
  /** Where an engine guessed ahead, by a small model or by what it was told to expect. Moves no price by itself. */
  readonly speculation?: SpeculatedTokens | undefined;
}

/** Tokens that an engine guessed, and how many of them were what its model says. More can hold than were answered with. */
export interface SpeculatedTokens {
  readonly guessed: number;
  readonly accepted: number;
}

/** What a report says beside the tokens: with those, all that a cost can be computed again from. */
export type Metering = Omit<UsageReport, 'usage' | 'speculation' | 'reportedUsd'>;

/** Null when there was nothing but tokens, as in most calls. */
export function meteringOf(report: UsageReport): Metering | null {
  const { slices, parts, fees, serviceTier, conditions, reportedPicoUsd, incomplete } = report;
  const { gpuTime } = report;
  const told =
    slices ?? parts ?? fees ?? serviceTier ?? conditions ?? reportedPicoUsd ?? incomplete;
  if ((told ?? gpuTime) === undefined) return null;
  return { slices, parts, fees, serviceTier, conditions, reportedPicoUsd, incomplete, gpuTime };
}

export type UsageErrorCode =
  | 'usage_missing'
  | 'usage_invalid_json'
  | 'usage_invalid_type'
  | 'usage_invalid_negative'
  | 'usage_invalid_non_integer'
  | 'usage_invalid_non_finite'
  | 'usage_invalid_unsafe_integer'
  | 'usage_inconsistent';

/** Usage that cannot be billed from: absent, no numbers, or numbers that cannot all be true. Never taken for zero. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code: UsageErrorCode;

  constructor(code: UsageErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * How a figure is known. `reported`: the provider said so. `computed`: follows from a rule (an error reply is
 * not billed). `estimated`: our own count. `lower_bound`: at least this much. `unknown`: not even that.
 */
export type Provenance = 'reported' | 'computed' | 'estimated' | 'lower_bound' | 'unknown';

export const NO_USAGE: Usage = Object.freeze({
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheWriteOtherTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
});

/** Everything the model read: uncached, read from cache and written to it. */
export function promptTokens(usage: Usage): number {
  return (
    usage.inputTokens +
    usage.cacheReadTokens +
    usage.cacheWrite5mTokens +
    usage.cacheWrite1hTokens +
    usage.cacheWriteOtherTokens
  );
}
