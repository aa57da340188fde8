/**
 * What a request may ask for, the same on every face. A wire's fields hold far more than a provider, or a hold on a
 * budget, can make sense of.
 */

/** The least and the most of each figure. */
export const CHAT_RANGES = {
  maxOutputTokens: [1, 10_000_000],
  temperature: [0, 2],
  topP: [0, 1],
  frequencyPenalty: [-2, 2],
  presencePenalty: [-2, 2],
  topLogprobs: [0, 20],
  priority: [-100, 100],
  reasoningTokens: [1, 10_000_000],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

export const MAX_STOPS = 16;
/** Of one message; and as many calls of tools. */
export const MAX_PARTS = 1000;
export const MAX_CACHE_KEY_CHARACTERS = 512;
export const MAX_KEYWORDS = 100;
export const MAX_PATTERN_CHARACTERS = 1000;
/** What the ledger indexes. */
export const MAX_TAG_NAME_CHARACTERS = 256;
export const MAX_TAG_VALUE_CHARACTERS = 512;
/** Names that begin with it are Weir's own; a caller's may not, or it could label its requests for the scorer. */
export const RESERVED_TAG_PREFIX = 'weir.';
/** How deep JSON may nest where Weir does not look into it. */
export const MAX_JSON_DEPTH = 64;

/** What the operator sets. */
export interface RequestLimits {
  readonly maxMessages: number;
  readonly maxTools: number;
  readonly maxTags: number;
}

/** Whether JSON nests no deeper than `MAX_JSON_DEPTH`. */
export function isShallow(value: unknown, levels = MAX_JSON_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  return Object.values(value).every((inner) => isShallow(inner, levels - 1));
}
