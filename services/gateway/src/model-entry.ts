import type { Modality, Retirement } from '@weir/core';
import type { PriceHistory } from '@weir/pricing';

/** What is known of a route or a model that can be asked for. */
export interface ModelEntry {
  /** As callers say it: a route's name, or `provider/model`. */
  readonly id: string;
  readonly kind: 'route' | 'model';
  /** Of a route: what the most capable of its models takes, since what one has no room or word for goes to the next. */
  readonly contextTokens: number | undefined;
  readonly maxOutputTokens: number;
  readonly input: readonly Modality[] | undefined;
  readonly output: readonly Modality[] | undefined;
  /** Of a route: the end of the last of its models, if each has one. */
  readonly retirement: Retirement | undefined;
  /** By time. A route has none of its own: its models do. */
  readonly prices: PriceHistory;
  /** What a route asks: its draft, where it has one, then its tiers in their order. */
  readonly parts: readonly RoutePart[];
}

export interface RoutePart {
  readonly role: 'draft' | 'escalation';
  /** `draft`, or the name of a tier: what `x-weir-served-by` says. */
  readonly tier: string;
  /** The id of an entry. */
  readonly model: string;
}
