import { createHash } from 'node:crypto';
import type { Config } from '@weir/config';
import { parseUsdPerMTok } from '@weir/core';
import {
  type Book,
  formatPrices,
  namesOf,
  type Price,
  PriceBook,
  type PriceHistory,
  priceHistory,
  timeless,
} from '@weir/pricing';
import { BOOK_FILE, readBook } from './files.ts';

type ModelConfig = Config['providers'][string]['models'][string];

/**
 * Whose prices hold at an address. It is the address that decides and not the dialect: a proxy or a reseller that speaks
 * OpenAI's has prices of its own.
 */
const VENDORS: ReadonlyMap<string, string> = new Map([
  ['api.openai.com', 'openai'],
  ['api.anthropic.com', 'anthropic'],
  ['generativelanguage.googleapis.com', 'gemini'],
  ['api.mistral.ai', 'mistral'],
  ['api.deepseek.com', 'deepseek'],
  ['dashscope.aliyuncs.com', 'qwen'],
  ['dashscope-intl.aliyuncs.com', 'qwen'],
  ['api.x.ai', 'xai'],
  ['api.groq.com', 'groq'],
  ['api.together.xyz', 'together'],
  ['api.together.ai', 'together'],
  ['api.fireworks.ai', 'fireworks'],
  ['api.cohere.com', 'cohere'],
  ['api.perplexity.ai', 'perplexity'],
  ['openrouter.ai', 'openrouter'],
  ['api.cerebras.ai', 'cerebras'],
  ['api.moonshot.ai', 'moonshot'],
  ['api.minimax.io', 'minimax'],
]);

/**
 * Every price that this configuration can need: its own, and at a vendor's own address the shipped book's for what the
 * configuration says nothing about. The book is read only if somebody needs it.
 */
export function priceBook(config: Config, read: () => Book = () => readBook(BOOK_FILE)): PriceBook {
  const prices = new Map<string, PriceHistory>();
  let shipped: Book | undefined;
  for (const [provider, { baseUrl, models }] of Object.entries(config.providers)) {
    const vendor = VENDORS.get(new URL(baseUrl).host);
    if (vendor !== undefined && Object.values(models).some(({ price }) => !price)) {
      shipped ??= read();
      addShipped(prices, shipped, vendor, provider);
    }
    for (const [name, model] of Object.entries(models)) {
      const price = ownPrice(model);
      if (price) prices.set(`${provider}/${model.id ?? name}`, timeless(price));
    }
  }
  const hash = createHash('sha256').update(formatPrices(prices)).digest('hex').slice(0, 16);
  return new PriceBook(prices, hash);
}

/** All of the vendor's models, not only those that are configured: it may serve another than was asked for. */
function addShipped(
  prices: Map<string, PriceHistory>,
  { models }: Book,
  vendor: string,
  provider: string,
): void {
  for (const model of models) {
    if (model.provider !== vendor) continue;
    const history = priceHistory(model);
    for (const name of namesOf(model)) {
      prices.set(`${provider}/${name.slice(vendor.length + 1)}`, history);
    }
  }
}

function ownPrice(model: ModelConfig): Price | undefined {
  if (!model.price) return undefined;
  const optional = (text: string | undefined) =>
    text === undefined ? undefined : parseUsdPerMTok(text);
  const { price } = model;
  return {
    inputPicoUsd: parseUsdPerMTok(price.inputUsdPerMTok),
    outputPicoUsd: parseUsdPerMTok(price.outputUsdPerMTok),
    cacheReadPicoUsd: optional(price.cacheReadUsdPerMTok),
    cacheWrite5mPicoUsd: optional(price.cacheWrite5mUsdPerMTok),
    cacheWrite1hPicoUsd: optional(price.cacheWrite1hUsdPerMTok),
  };
}
