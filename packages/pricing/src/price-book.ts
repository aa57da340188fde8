import type { Price } from './price.ts';

/** A price for as long as it holds: from one instant on, up to another. */
export interface DatedPrice {
  readonly fromMs: number;
  /** Exclusive. */
  readonly untilMs: number;
  readonly price: Price;
}

/** What a model costs, by time; without gaps being free: between two prices it has none. */
export type PriceHistory = readonly DatedPrice[];

/** A price that has always held and always will, as far as anybody said. */
export function timeless(price: Price): PriceHistory {
  return [{ fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY, price }];
}

/** Every price that Weir knows, fixed for the life of the process. Its hash goes on every event. */
export class PriceBook {
  readonly #prices: ReadonlyMap<string, PriceHistory>;
  readonly hash: string;

  /** `prices` by `provider/model`; `hash` names this content (see `formatPrices`). */
  constructor(prices: ReadonlyMap<string, PriceHistory>, hash: string) {
    this.#prices = prices;
    this.hash = hash;
  }

  /**
   * The price of what was served, when it was. A provider may answer under another name than it was asked for (a dated
   * alias of the same model, a local file's name): a name the book does not know is priced as the model that was asked for.
   */
  priceOf(provider: string, requested: string, atMs: number, served = ''): Price | undefined {
    const history =
      (served === '' ? undefined : this.#prices.get(`${provider}/${served}`)) ??
      this.#prices.get(`${provider}/${requested}`);
    for (const { fromMs, untilMs, price } of history ?? NONE) {
      if (fromMs <= atMs && atMs < untilMs) return price;
    }
    return undefined;
  }
}

const NONE: PriceHistory = [];

/** The canonical text of a set of prices, to be hashed: the same prices in any order give the same text, and nothing else does. */
export function formatPrices(prices: ReadonlyMap<string, PriceHistory>): string {
  return [...prices]
    .map(([model, history]) => `${model} ${canonical(history)}`)
    .sort()
    .join('\n');
}

/** JSON with sorted names and bigints as themselves; absent and undefined are the same. */
function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const texts = fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${texts.sort().join()}}`;
}
