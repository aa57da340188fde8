import type { Price } from './price.ts';

/** Every price that Weir knows, fixed for the life of the process. Its hash goes on every event. */
export class PriceBook {
  readonly #prices: ReadonlyMap<string, Price>;
  readonly hash: string;

  /** `prices` by `provider/model`; `hash` names this content (see `formatPrices`). */
  constructor(prices: ReadonlyMap<string, Price>, hash: string) {
    this.#prices = prices;
    this.hash = hash;
  }

  /**
   * The price of what was served. A provider may answer under another name than it was asked for (a dated alias of
   * the same model, a local file's name): a name the book does not know is priced as the model that was asked for.
   */
  priceOf(provider: string, requested: string, served = ''): Price | undefined {
    return (
      this.#prices.get(`${provider}/${served}`) ?? this.#prices.get(`${provider}/${requested}`)
    );
  }
}

/** The canonical text of a set of prices, to be hashed: the same prices in any order give the same text, and nothing else does. */
export function formatPrices(prices: ReadonlyMap<string, Price>): string {
  return [...prices]
    .map(([model, price]) => `${model} ${canonical(price)}`)
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
