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

/** The canonical text of a set of prices, to be hashed: the same prices in any order give the same text. */
export function formatPrices(prices: ReadonlyMap<string, Price>): string {
  const lines = [...prices].map(([model, price]) => {
    const fields = [
      price.inputPicoUsd,
      price.outputPicoUsd,
      price.cacheReadPicoUsd,
      price.cacheWrite5mPicoUsd,
      price.cacheWrite1hPicoUsd,
    ];
    return `${model} ${fields.map((field) => field?.toString() ?? '-').join(' ')}`;
  });
  return lines.sort().join('\n');
}
