import type { WhenExhausted } from '@weir/cascade';
import type { Retirement } from '@weir/core';
import type { PriceHistory } from '@weir/pricing';

/** How the draft of a route is asked for its evidence, and what the frontier would have cost instead. */
export interface Route {
  readonly name: string;
  /** `cascade`: draft, score, escalate. `direct`: one model, no cascade. */
  readonly kind: 'cascade' | 'direct';
  readonly timeoutMs: number;
  /** What of the timeout is kept for an escalation: the draft is given up when only this much is left. */
  readonly escalationReserveMs: number;
  /** Alternatives asked of the draft per token, for the scorer. */
  readonly topLogprobs: number;
  readonly whenExhausted: WhenExhausted;
  readonly maxAttempts: number;
  /** The end of its model, or of the last of its models; from then on it is refused. */
  readonly retirement?: Retirement | undefined;
  /** Output tokens counted on when the caller names no limit; for holds. */
  readonly maxOutputTokens: number;
  /** Its tiers in their order: the first that is still there is what a draft is compared with. */
  readonly frontiers: readonly Frontier[];
  /** Of every model that one request may have to pay for, for its worst case. */
  readonly prices: readonly PriceHistory[];
}

export interface Frontier {
  /** What it served is its own counterfactual. */
  readonly tier: string;
  /** Empty when it has none. */
  readonly prices: PriceHistory;
  /** What moves the price of every call of it. */
  readonly conditions?: Readonly<Record<string, string>> | undefined;
  readonly retirement?: Retirement | undefined;
}
