import { type Book, type BookModel, bookSchema, modelSchema, RATE_NAMES } from './schema.ts';

/** Fields that a reader looks for first, in their order; the rest follow by name. */
const FIRST = [
  ...Object.keys(bookSchema.shape),
  ...Object.keys(modelSchema.shape),
  'name',
  'thresholdTokens',
  'operator',
  'windows',
  'weekdays',
  'when',
  'from',
  'until',
  'source',
  'checkedOn',
  ...RATE_NAMES,
];
const RANK = new Map(FIRST.map((name, index) => [name, index]));

/**
 * The canonical text of a book: the same prices give the same text, whatever order they came in, so that its hash names
 * them. One model a line, sorted by name, so that a change of a price is a change of a line.
 */
export function bookText({ version, builtOn, models }: Book): string {
  const lines = models.toSorted(byName).map((model) => JSON.stringify(ordered(inOrder(model))));
  const head = `{"version":${version},"builtOn":${JSON.stringify(builtOn)},"models":[`;
  return `${head}\n${lines.join(',\n')}\n]}\n`;
}

function byName(a: BookModel, b: BookModel): number {
  return compare(a.provider, b.provider) || compare(a.model, b.model);
}

/** By code point: `localeCompare` depends on the machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Lists whose order says nothing, sorted. */
function inOrder(model: BookModel): BookModel {
  const prices = model.prices.toSorted((a, b) => compare(a.from ?? '', b.from ?? ''));
  return { ...model, prices, ...(model.aliases && { aliases: model.aliases.toSorted() }) };
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const last = FIRST.length;
  const entries = Object.entries(value).toSorted(
    ([a], [b]) => (RANK.get(a) ?? last) - (RANK.get(b) ?? last) || compare(a, b),
  );
  return Object.fromEntries(entries.map(([name, field]) => [name, ordered(field)]));
}
