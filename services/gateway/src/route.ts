import type { WhenExhausted } from '@weir/cascade';
import type { Price } from '@weir/pricing';

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
  /** Output tokens counted on when the caller names no limit; for holds. */
  readonly maxOutputTokens: number;
  /** Of the first tier; absent when it has no price. */
  readonly frontierPrice?: Price | undefined;
  /** The first tier's name: what it served is its own counterfactual. */
  readonly frontierTier: string;
  /** Every price that one request may have to pay, for its worst case. */
  readonly prices: readonly Price[];
}
