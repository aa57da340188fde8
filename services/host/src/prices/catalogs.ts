import {
  type Catalog,
  type CatalogName,
  type ReadOptions,
  readGenaiPrices,
  readLitellm,
  readModelsDev,
} from '@weir/pricing';
import { type Document, isUrl, readDocument, today, UnreadableError } from './files.ts';

const READERS: Readonly<Record<CatalogName, (json: unknown, options: ReadOptions) => Catalog>> = {
  litellm: readLitellm,
  'genai-prices': readGenaiPrices,
  'models.dev': readModelsDev,
};

/** Where each catalog is published. */
export const CATALOG_URLS: Readonly<Record<CatalogName, string>> = {
  litellm:
    'https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json',
  'genai-prices':
    'https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/new_data/v2/data.json',
  'models.dev': 'https://models.dev/api.json',
};

export async function readCatalog(
  name: CatalogName,
  place: string,
  free: readonly string[],
): Promise<Catalog> {
  return catalogOf(name, await readDocument(place), free);
}

/** One that has nothing to tell is not that catalog. A copy of it is cited as what it is a copy of. */
export function catalogOf(
  name: CatalogName,
  { place, json, checkedOn }: Document,
  free: readonly string[],
): Catalog {
  const source = isUrl(place) ? place : CATALOG_URLS[name];
  const catalog = READERS[name](json, { source, checkedOn, today: today(), free: new Set(free) });
  if (catalog.models.size === 0) throw new UnreadableError(`${place} has no model of ${name}`);
  return catalog;
}

/** Which catalog a document is, by its shape. */
export function catalogNameOf(json: unknown): CatalogName | undefined {
  if (Array.isArray(json)) return 'genai-prices';
  if (typeof json !== 'object' || json === null) return undefined;
  const entries = Object.values(json);
  const has = (field: string) =>
    entries.some((entry) => typeof entry === 'object' && entry !== null && field in entry);
  if (has('litellm_provider')) return 'litellm';
  return has('models') ? 'models.dev' : undefined;
}
