import { createHash } from 'node:crypto';
import { type Config, type PriceConfigRow, priceRows } from '@weir/config';
import { parseUsd } from '@weir/core';
import {
  type Book,
  type BookModel,
  formatPrices,
  PriceBook,
  type PriceHistory,
  priceHistory,
  toPrice,
} from '@weir/pricing';
import { type Endpoint, endpointOf, vendorsNameOf } from './endpoints.ts';
import { BOOK_FILE, readBook } from './files.ts';

type ProviderSettings = Config['providers'][string];
type ModelConfig = ProviderSettings['models'][string];

/**
 * Every price that this configuration can need: its own, and at a vendor's own address the shipped book's for what the
 * configuration says nothing about. The book is read only if somebody needs it.
 */
export function priceBook(config: Config, read: () => Book = () => readBook(BOOK_FILE)): PriceBook {
  const prices = new Map<string, PriceHistory>();
  let shipped: Book | undefined;
  for (const [provider, settings] of Object.entries(config.providers)) {
    const endpoint = endpointOf(settings);
    if (endpoint && Object.values(settings.models).some(({ price }) => !price)) {
      shipped ??= read();
      const found = shippedAt(endpoint, shipped, settings);
      for (const [name, history] of found) prices.set(`${provider}/${name}`, history);
    }
    for (const [name, model] of Object.entries(settings.models)) {
      if (!model.price) continue;
      prices.set(`${provider}/${model.id ?? name}`, ownHistory(model.price));
    }
  }
  const hash = createHash('sha256').update(formatPrices(prices)).digest('hex').slice(0, 16);
  return new PriceBook(prices, hash);
}

/**
 * What the book has for an address, by the names in calls and replies: all of the vendor's models there, since it may
 * serve another than was asked for, and what is configured under names of its owner's.
 */
function shippedAt(
  endpoint: Endpoint,
  book: Book,
  { models }: ProviderSettings,
): Map<string, PriceHistory> {
  const rows = rowsAt(endpoint, book);
  const found = new Map(endpoint.namedByOwner ? [] : rows);
  for (const [name, model] of Object.entries(models)) {
    if (model.price) continue;
    const history = rows.get(vendorsNameOf(endpoint, name, model));
    // None at all keeps a reply's name from being taken for what it is billed as.
    const unknown = endpoint.namedByOwner || model.baseModel ? [] : undefined;
    const known = history ?? unknown;
    if (known) found.set(model.id ?? name, known);
  }
  return found;
}

/** The rows that hold at an address, by the vendor's names for their models there. */
function rowsAt(endpoint: Endpoint, { models }: Book): Map<string, PriceHistory> {
  const found = new Map<string, PriceHistory>();
  const own = models.filter(({ provider }) => provider === endpoint.vendor);
  const histories = own.map((model) => historyAt(endpoint, model));
  for (const [row, called] of endpoint.rows) {
    for (const [index, { model, aliases = [] }] of own.entries()) {
      const history = histories[index] ?? [];
      // What is gone and has no price must not hide the price of what was asked for.
      if (history.length === 0) continue;
      for (const name of [model, ...aliases]) {
        if (row.test(name)) found.set(name.replace(row, called), history);
      }
    }
  }
  return found;
}

function historyAt({ rowsTell }: Endpoint, model: BookModel): PriceHistory {
  const history = priceHistory(model);
  if (rowsTell === undefined) return history;
  return history.filter(({ price }) =>
    price.multipliers?.some(({ when }) => Object.hasOwn(when, rowsTell)),
  );
}

function ownHistory(price: NonNullable<ModelConfig['price']>): PriceHistory {
  return priceRows(price).map((row) => ({
    fromMs: row.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(row.from),
    untilMs: row.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(row.until),
    price: 'gpuUsdPerHour' in row ? { gpu: gpuPrice(row) } : toPrice(row),
    own: true,
  }));
}

function gpuPrice({ gpuUsdPerHour, gpus }: Extract<PriceConfigRow, { gpuUsdPerHour: string }>) {
  return { picoUsdPerGpuHour: parseUsd(gpuUsdPerHour), gpus };
}

/** Models of the configuration, as `provider/model`, whose calls will cost nobody knows what. */
export function unpricedModels(config: Config, book: PriceBook, atMs: number): string[] {
  return Object.entries(config.providers).flatMap(([provider, { models }]) =>
    Object.entries(models)
      .filter(([name, { id }]) => !book.priceOf(provider, id ?? name, atMs))
      .map(([name]) => `${provider}/${name}`),
  );
}

/** What to do about one of them. */
export function unpricedHint(model: string, { providers }: Config): string {
  const slash = model.indexOf('/');
  const provider = model.slice(0, slash);
  const setting = `providers.${provider}.models.${model.slice(slash + 1)}.price`;
  const settings = providers[provider];
  const advice = settings && endpointOf(settings)?.advice;
  return `no price is known for now: set ${setting}, or what its calls cost stays unknown and budgets hold nothing for them${advice ? ` (${advice})` : ''}`;
}

/** Conditions of the configuration that move no price of their provider, as their settings: slips, most likely. */
export function idleConditions({ providers }: Config, { prices }: PriceBook): string[] {
  return Object.entries(providers).flatMap(([provider, settings]) => {
    const endpoint = endpointOf(settings);
    const isMoved = (name: string, value: string) =>
      (name === endpoint?.asks && endpoint.rows.length > 0) ||
      [...prices].some(([key, history]) => {
        if (!key.startsWith(`${provider}/`)) return false;
        return history.some(({ price }) =>
          price.multipliers?.some(({ when }) => when[name] === value),
        );
      });
    return Object.entries(settings.conditions)
      .filter(([name, value]) => !isMoved(name, value))
      .map(([name, value]) => `providers.${provider}.conditions.${name}: ${value}`);
  });
}
