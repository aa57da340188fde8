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
