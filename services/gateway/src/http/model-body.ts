import { dayOf, isRetired, type Retirement } from '@weir/core';
import { priceIn } from '@weir/pricing';
import type { ModelEntry } from '../model-entry.ts';
import { priceBody } from './price-body.ts';

export interface ModelView {
  /** Everything that can be asked for, by its id. */
  readonly models: ReadonlyMap<string, ModelEntry>;
  readonly nowMs: number;
  /** Whether whoever looks may ask for a model by its own name. */
  readonly mayUse: (model: string) => boolean;
}

/**
 * OpenAI's model object, its `shutdown_date` included, and under `weir` what OpenAI has no field for. What is not known is
 * null. Of a route's models only those are named that one may ask for oneself.
 */
export function modelBody(entry: ModelEntry, { models, nowMs, mayUse }: ModelView) {
  const { id, kind, contextTokens, maxOutputTokens, input, output, retirement, parts } = entry;
  const price = priceIn(entry.prices, nowMs);
  const living = parts.filter(({ model }) => !isRetired(models.get(model)?.retirement, nowMs));
  const retirementDate = dayIn(retirement, 'retiresAtMs');
  return {
    id,
    object: 'model',
    created: 0,
    owned_by: 'weir',
    shutdown_date: retirementDate,
    weir: {
      kind,
      context_window: contextTokens ?? null,
      max_output_tokens: maxOutputTokens,
      modalities: { input: input ?? null, output: output ?? null },
      prices: price ? priceBody(price) : null,
      deprecation_date: dayIn(retirement, 'deprecatedAtMs'),
      retirement_date: retirementDate,
      retired: isRetired(retirement, nowMs),
      successor: retirement?.successor ?? null,
      ...(kind === 'route' && {
        parts: living.map(({ tier, model }) => ({ tier, model: mayUse(model) ? model : null })),
      }),
    },
  };
}

function dayIn(
  retirement: Retirement | undefined,
  name: 'deprecatedAtMs' | 'retiresAtMs',
): string | null {
  const atMs = retirement?.[name];
  return atMs === undefined ? null : dayOf(atMs);
}
