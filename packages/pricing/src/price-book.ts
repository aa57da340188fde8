import type { Price } from './price.ts';

/** A price for as long as it holds: from one instant on, up to another. */
export interface DatedPrice {
  readonly fromMs: number;
  /** Exclusive. */
  readonly untilMs: number;
  readonly price: Price;
  /** Said of this very name by whoever pays: it holds whatever a reply calls the model. */
  readonly own?: true | undefined;
}

/** What a model costs, by time; without gaps being free: between two prices it has none. */
export type PriceHistory = readonly DatedPrice[];

/** A price that has always held and always will, as far as anybody said. */
export function timeless(price: Price): PriceHistory {
  return [{ fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY, price }];
}

/** The price of an instant; undefined is "not known", never "nothing". */
export function priceIn(history: PriceHistory, atMs: number): Price | undefined {
  for (const { fromMs, untilMs, price } of history) {
    if (fromMs <= atMs && atMs < untilMs) return price;
  }
  return undefined;
}

/** Every price that holds at some time from an instant on, up to another and including it. */
export function pricesBetween(history: PriceHistory, firstMs: number, lastMs: number): Price[] {
  return history
    .filter(({ fromMs, untilMs }) => fromMs <= lastMs && firstMs < untilMs)
    .map(({ price }) => price);
}

/** Every price that Weir knows, fixed for the life of the process. Its hash goes on every event. */
export class PriceBook {
  /** By `provider/model`. */
  readonly prices: ReadonlyMap<string, PriceHistory>;
  readonly hash: string;

  /** `hash` names this content (see `formatPrices`). */
  constructor(prices: ReadonlyMap<string, PriceHistory>, hash: string) {
    this.prices = prices;
    this.hash = hash;
  }

  /** All that is known of what a model costs; empty when that is nothing. */
  historyOf(provider: string, requested: string, served = ''): PriceHistory {
    const asked = this.prices.get(`${provider}/${requested}`);
    const told = served === '' ? undefined : this.prices.get(`${provider}/${served}`);
    if (asked && isOwn(asked) && !(told && isOwn(told))) return asked;
    return told ?? asked ?? NONE;
  }

  /**
   * The price of what was served, when it was. A provider may answer under another name than it was asked for (a dated
   * alias of the same model, a local file's name): a name the book does not know is priced as the model that was asked for.
   */
  priceOf(provider: string, requested: string, atMs: number, served = ''): Price | undefined {
    return priceIn(this.historyOf(provider, requested, served), atMs);
  }
}

const NONE: PriceHistory = [];

/** No rows at all are own too: of that name it is known that nobody knows. */
function isOwn(history: PriceHistory): boolean {
  return history.every(({ own }) => own);
}

/**
 * The canonical text of a set of prices, to be hashed and kept: the same prices in any order give the same text, and
 * nothing else does.
 */
export function formatPrices(prices: ReadonlyMap<string, PriceHistory>): string {
  return [...prices]
    .map(([model, history]) => `${JSON.stringify(model)} ${canonical(history)}`)
    .sort()
    .join('\n');
}

/**
 * JSON with sorted names; absent and undefined are the same. A bigint is a list of one text, as no other list here is, and
 * infinity is null.
 */
function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `["${value}"]`;
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const texts = fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${texts.sort().join()}}`;
}

/** Reads the canonical text again. Only for texts that `formatPrices` wrote: nothing of it is checked. */
export function parsePrices(text: string): Map<string, PriceHistory> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(lines.map(lineFrom));
}

function lineFrom(line: string): [string, PriceHistory] {
  const [, model = '', history = ''] = /^("(?:[^"\\]|\\.)*") (.*)$/.exec(line) ?? [];
  return [JSON.parse(model) as string, JSON.parse(history, revived) as PriceHistory];
}

function revived(name: string, value: unknown): unknown {
  if (Array.isArray(value) && typeof value[0] === 'string') return BigInt(value[0]);
  if (value === null && name === 'fromMs') return Number.NEGATIVE_INFINITY;
  if (value === null && name === 'untilMs') return Number.POSITIVE_INFINITY;
  return value;
}
