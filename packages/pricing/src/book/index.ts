export { bookText } from './book-text.ts';
export {
  type BookChange,
  changesBetween,
  type Difference,
  type ExplainedChange,
  type Stretch,
  stretchesBetween,
  unexplainedChanges,
} from './difference.ts';
export { findModels, nameOf, namesOf, nearNames } from './find-model.ts';
export { parseNumbersAsText } from './number-text.ts';
export { BookError, type BookProblem, overlaps, parseBook, rowProblems } from './parse-book.ts';
export { priceAt, priceHistory, rowAt, toPrice } from './price-at.ts';
export { priceFields, validity } from './price-row.ts';
export {
  type Book,
  type BookModel,
  type PriceRow,
  RATE_NAMES,
  type RateName,
  type RowTieredRates,
} from './schema.ts';
export * from './sync/index.ts';
