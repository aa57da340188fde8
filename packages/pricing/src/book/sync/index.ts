export {
  CATALOG_NAMES,
  type Catalog,
  type CatalogName,
  type Origin,
  type PassedOver,
  type ReadOptions,
  type Rejected,
} from './catalog.ts';
export { type Disagreement, differencesFrom } from './compare.ts';
export { readGenaiPrices } from './genai-prices.ts';
export { readLitellm } from './litellm.ts';
export { buildBook, type SyncInput, type SyncReport } from './merge.ts';
export { readModelsDev } from './models-dev.ts';
export { type Overlay, parseOverlay } from './overlay.ts';
export { PROVIDERS } from './providers.ts';
