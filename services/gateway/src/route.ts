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
  /** Ask the scorer first whether a draft is worth its price and its time. */
  readonly planDraft: boolean;
  /**
   * A scorer model judges its drafts and learns: evidence about a draft may be bought, and the frontier asked behind the
   * caller's back. Where it is false neither is done, whatever a verdict says: nothing is held for it.
   */
  readonly learns: boolean;
  /** The model that gives its opinion of a draft where the scorer wants one; absent where there is none to ask. */
  readonly judge?: Judge | undefined;
  readonly whenExhausted: WhenExhausted;
  readonly maxAttempts: number;
  /** The end of its model, or of the last of its models; from then on it is refused. */
  readonly retirement?: Retirement | undefined;
  /** Output tokens counted on when the caller names no limit; for holds. */
  readonly maxOutputTokens: number;
  /** Its tiers in their order: the first that is still there is what a draft is compared with. */
  readonly frontiers: readonly Frontier[];
  /**
   * Of every model that one request may have to pay for, once for each time, for its worst case. A shadow call asks the
   * same tiers as an escalation, and no request has both.
   */
  readonly prices: readonly PriceHistory[];
}

export interface Judge {
  readonly prices: PriceHistory;
  readonly maxOutputTokens: number;
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
