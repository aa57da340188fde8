import type { Config } from '@weir/config';
import { dayOf, isRetired, isRetiring, type Retirement } from '@weir/core';
import { DIALECTS, type Dialect } from '@weir/providers';
import { modelFacts } from './models/model-facts.ts';
import { endpointOf } from './prices/endpoints.ts';
import { shippedBook } from './prices/files.ts';
import { idleConditions, priceBook, unpricedHint, unpricedModels } from './prices/price-book.ts';
import { vainSettings } from './scorers/vain-settings.ts';
import { pricesByName } from './settings.ts';

/** What is worth knowing of a configuration that can be used: most likely it is not what was meant. */
export interface Remark {
  readonly kind:
    | 'unpriced'
    | 'retired'
    | 'retiring'
    | 'keyless'
    | 'idle_condition'
    | 'vain_setting';
  /** A model as `provider/model`, or a setting. */
  readonly about: string;
  /** What is the matter, and what to do. */
  readonly detail: string;
}

export function remarksOn(config: Config, atMs: number, shipped = shippedBook()): Remark[] {
  const prices = priceBook(config, shipped);
  const facts = modelFacts(config, shipped);
  const endings = [...facts].flatMap(([model, { retirement }]) => ending(model, retirement, atMs));
  const retired = new Set(endings.flatMap(({ kind, about }) => (kind === 'retired' ? about : [])));
  return [
    ...keyless(config),
    ...endings,
    ...unpricedModels(config, prices, atMs)
      // Nobody is charged for what is not there any more.
      .filter((model) => !retired.has(model))
      .map((about): Remark => ({ kind: 'unpriced', about, detail: unpricedHint(about, config) })),
    ...idleConditions(config, prices).map((about): Remark => {
      return { kind: 'idle_condition', about, detail: 'moves no price' };
    }),
    ...vainSettings(config, pricesByName(config, prices), atMs).map(({ about, detail }): Remark => {
      return { kind: 'vain_setting', about, detail };
    }),
  ];
}

/** Without a key a vendor's own address answers nobody, unless its cloud has credentials of another kind. */
function keyless({ providers }: Config): Remark[] {
  return Object.entries(providers).flatMap(([name, provider]): Remark[] => {
    const { credentials }: Dialect = DIALECTS[provider.dialect];
    if (provider.apiKey !== undefined || credentials || !endpointOf(provider)) return [];
    const { host } = new URL(provider.baseUrl);
    const detail = `is not set, and ${host} answers nobody without a key; name the variable that holds it: env:NAME`;
    return [{ kind: 'keyless', about: `providers.${name}.apiKey`, detail }];
  });
}

function ending(model: string, retirement: Retirement | undefined, atMs: number): Remark[] {
  const { retiresAtMs, successor } = retirement ?? {};
  if (retiresAtMs === undefined) return [];
  const instead = successor === undefined ? '' : `; in its place there is ${successor}`;
  if (isRetired(retirement, atMs)) {
    const detail = `was retired on ${dayOf(retiresAtMs)}: routes pass it over, and calls of it are refused${instead}`;
    return [{ kind: 'retired', about: model, detail }];
  }
  if (!isRetiring(retirement, atMs)) return [];
  return [{ kind: 'retiring', about: model, detail: `retires on ${dayOf(retiresAtMs)}${instead}` }];
}
