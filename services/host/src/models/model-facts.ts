import type { Config } from '@weir/config';
import type { Modality, Retirement } from '@weir/core';
import { type Book, type BookModel, namesOf } from '@weir/pricing';
import { endpointOf, vendorsNameOf } from '../prices/endpoints.ts';

/** What is known of a configured model beside its price. */
export interface ModelFacts {
  readonly contextTokens: number | undefined;
  readonly maxOutputTokens: number;
  readonly input: readonly Modality[] | undefined;
  readonly output: readonly Modality[] | undefined;
  readonly retirement: Retirement | undefined;
}

/**
 * Every configured model by `provider/model`: what the configuration says of it, and at a vendor's own address what the
 * shipped book does. The book is read only if some model can be in it.
 */
export function modelFacts(config: Config, read: () => Book): Map<string, ModelFacts> {
  const facts = new Map<string, ModelFacts>();
  const shipped = new ShippedModels(read);
  for (const [provider, settings] of Object.entries(config.providers)) {
    const endpoint = endpointOf(settings);
    for (const [name, model] of Object.entries(settings.models)) {
      const known = endpoint && shipped.find(endpoint.vendor, vendorsNameOf(endpoint, name, model));
      facts.set(`${provider}/${name}`, {
        contextTokens: model.contextWindow ?? known?.contextTokens,
        maxOutputTokens: Math.min(model.maxOutputTokens, known?.maxOutputTokens ?? Infinity),
        input: model.inputModalities ?? known?.input,
        output: model.outputModalities ?? known?.output,
        retirement: retirementOf(model, known, config, shipped),
      });
    }
  }
  return facts;
}

/** The shipped book by the names of its models, read at the first question. */
class ShippedModels {
  readonly #read: () => Book;
  #models: ReadonlyMap<string, BookModel> | undefined;

  constructor(read: () => Book) {
    this.#read = read;
  }

  find(vendor: string, name: string): BookModel | undefined {
    this.#models ??= new Map(
      this.#read().models.flatMap((model) => namesOf(model).map((each) => [each, model])),
    );
    return this.#models.get(`${vendor}/${name}`);
  }
}

type ModelConfig = Config['providers'][string]['models'][string];

function retirementOf(
  own: ModelConfig,
  known: BookModel | undefined,
  config: Config,
  shipped: ShippedModels,
): Retirement | undefined {
  const deprecatedOn = own.deprecatedAt ?? known?.deprecatedOn;
  const retiresOn = own.retiresAt ?? known?.retiresOn;
  const successor = own.successor ?? hereAs(known?.successor, config, shipped);
  const retirement = {
    deprecatedAtMs: midnightOf(deprecatedOn),
    retiresAtMs: retiresOn === 'never' ? undefined : midnightOf(retiresOn),
    successor,
  };
  return Object.values(retirement).some((said) => said !== undefined) ? retirement : undefined;
}

function midnightOf(day: string | undefined): number | undefined {
  return day === undefined ? undefined : Date.parse(`${day}T00:00:00Z`);
}

/** The vendor's name of a model as callers of this configuration say it; as the vendor does, where it is not configured. */
function hereAs(
  successor: string | undefined,
  config: Config,
  shipped: ShippedModels,
): string | undefined {
  if (successor === undefined) return undefined;
  const slash = successor.indexOf('/');
  const vendor = successor.slice(0, slash);
  const name = successor.slice(slash + 1);
  const meant = shipped.find(vendor, name);
  for (const [provider, settings] of Object.entries(config.providers)) {
    const endpoint = endpointOf(settings);
    if (endpoint?.vendor !== vendor) continue;
    for (const [here, model] of Object.entries(settings.models)) {
      const id = vendorsNameOf(endpoint, here, model);
      if (id === name || (meant && shipped.find(vendor, id) === meant))
        return `${provider}/${here}`;
    }
  }
  return successor;
}
