import type { z } from 'zod';
import {
  type Book,
  type BookModel,
  bookSchema,
  modelSchema,
  type PriceRow,
  RATE_NAMES,
  type RowContextTier,
  type RowPrice,
  type RowRates,
  type RowTieredRates,
  type RowTimeBand,
} from './schema.ts';

export interface BookProblem {
  /** Where in the file: `models[3].prices[0].inputUsdPerMTok`. */
  readonly path: string;
  readonly message: string;
}

/** A price book, or what it is built from, that cannot be relied on. Every problem is said, not only the first. */
export class BookError extends Error {
  override readonly name = 'BookError';
  readonly problems: readonly BookProblem[];

  constructor(what: string, problems: readonly BookProblem[]) {
    const lines = problems.map(({ path, message }) => `  ${path ? `${path}: ` : ''}${message}`);
    super(`${what} is not usable:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/** Checks everything that a price relies on. Throws `BookError`. */
export function parseBook(json: unknown): Book {
  const book = checked('The price book', bookSchema, json);
  const problems = problemsIn(book.models);
  if (problems.length > 0) throw new BookError('The price book', problems);
  return book;
}

/** What is wrong with models beyond their shape. */
export function problemsIn(models: readonly BookModel[]): BookProblem[] {
  return [
    ...nameProblems(models),
    ...models.flatMap((model, index) => {
      const found = model.prices.flatMap((row, at) => [
        ...rowProblems(row, `prices[${at}]`),
        ...zeroProblems(row, `prices[${at}]`),
      ]);
      return [...found, ...overlaps(model.prices, 'prices')].map(({ path, message }) => ({
        path: `models[${index}].${path}`,
        message: `${message} (${model.provider}/${model.model})`,
      }));
    }),
  ];
}

/** Reads a value by a schema; `what` is the subject of the error message. */
export function checked<Schema extends z.ZodType>(
  what: string,
  schema: Schema,
  json: unknown,
): z.output<Schema> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new BookError(what, result.error.issues.flatMap(problemsOf));
}

/** One model by itself, as the catalogs' readers make them; undefined where it is none. */
export function usableModel(json: unknown): BookModel | undefined {
  const result = modelSchema.safeParse(json);
  return result.success && problemsIn([result.data]).length === 0 ? result.data : undefined;
}

function problemsOf(issue: z.core.$ZodIssue): BookProblem[] {
  if (issue.code !== 'unrecognized_keys') {
    return [{ path: pathText(issue.path), message: issue.message }];
  }
  return issue.keys.map((key) => ({
    path: pathText([...issue.path, key]),
    message: 'is not known here',
  }));
}

function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += `${text ? '.' : ''}${String(step)}`;
  }
  return text;
}

/** Two models under one name would make a price a matter of luck. */
function nameProblems(models: readonly BookModel[]): BookProblem[] {
  const seen = new Set<string>();
  const problems: BookProblem[] = [];
  for (const [index, { provider, model, aliases = [] }] of models.entries()) {
    for (const name of [model, ...aliases]) {
      const key = `${provider}/${name}`;
      if (seen.has(key)) {
        problems.push({ path: `models[${index}]`, message: `the name "${key}" is taken twice` });
      }
      seen.add(key);
    }
  }
  return problems;
}

/** What is wrong with one price beyond its shape. */
export function rowProblems(row: RowPrice, path: string): BookProblem[] {
  const problems: BookProblem[] = [];
  const say = (at: string, message: string) => problems.push({ path: `${path}${at}`, message });
  if (row.from && row.until && Date.parse(row.from) >= Date.parse(row.until)) {
    say('.until', 'must be after "from"');
  }
  for (const [at, rates] of tieredRatesOf(row)) {
    if (!isAscending(rates.contextTiers ?? [])) {
      say(`${at}.contextTiers`, 'must have ascending thresholds');
    }
  }
  for (const [index, { when }] of (row.multipliers ?? []).entries()) {
    if (Object.keys(when).length === 0) {
      say(`.multipliers[${index}].when`, 'must have a condition');
    }
  }
  return [...problems, ...bandProblems(row.timeBands ?? [], `${path}.timeBands`)];
}

/** Nobody knows of a zero in a catalog whether it is a price or a gap. */
function zeroProblems(row: RowPrice, path: string): BookProblem[] {
  if (row.zeroMeans !== undefined) return [];
  return ratesOf(row).flatMap(([at, rates]) =>
    RATE_NAMES.filter((name) => rates[name] === '0').map((name) => ({
      path: `${path}${at}.${name}`,
      message: 'is zero, and "zeroMeans" does not say why',
    })),
  );
}

/** Every set of rates in a row that can have context tiers, with its place in the row. */
export function tieredRatesOf(row: RowPrice): [path: string, rates: RowTieredRates][] {
  return [
    ['', row],
    ...Object.entries(row.serviceTiers ?? {}).map(([name, tier]): [string, RowTieredRates] => [
      `.serviceTiers.${name}`,
      tier,
    ]),
    ...(row.timeBands ?? []).map((band, index): [string, RowTieredRates] => [
      `.timeBands[${index}]`,
      band,
    ]),
  ];
}

/** Every set of rates in a row, with its place in the row. */
export function ratesOf(row: RowPrice): [path: string, rates: RowRates][] {
  return tieredRatesOf(row).flatMap(([path, rates]): [string, RowRates][] => [
    [path, rates],
    ...(rates.contextTiers ?? []).map((tier, index): [string, RowRates] => [
      `${path}.contextTiers[${index}]`,
      tier,
    ]),
  ]);
}

function isAscending(tiers: readonly RowContextTier[]): boolean {
  return tiers.every((tier, index) => {
    const before = tiers[index - 1];
    return !before || before.thresholdTokens < tier.thresholdTokens;
  });
}

/** Hours in two bands would have two prices. */
function bandProblems(bands: readonly RowTimeBand[], path: string): BookProblem[] {
  const problems: BookProblem[] = [];
  const taken = new Map<number, [from: string, until: string][]>();
  for (const [index, { windows }] of bands.entries()) {
    for (const [at, { weekdays, from, until }] of windows.entries()) {
      const place = `${path}[${index}].windows[${at}]`;
      if (from >= until) problems.push({ path: place, message: 'must begin before it ends' });
      for (const day of weekdays) {
        const others = taken.get(day) ?? [];
        if (others.some(([start, end]) => from < end && start < until)) {
          problems.push({ path: place, message: 'overlaps another window' });
        }
        taken.set(day, [...others, [from, until]]);
      }
    }
  }
  return problems;
}

type Validity = Pick<PriceRow, 'from' | 'until'>;

/** At no time has a model two prices. `name` is that of the list. */
export function overlaps(rows: readonly Validity[], name: string): BookProblem[] {
  return rows.flatMap((row, index) => {
    const other = rows.findIndex((before, at) => at < index && meet(before, row));
    if (other < 0) return [];
    const message = `is valid at the same time as ${name}[${other}]`;
    return [{ path: `${name}[${index}]`, message }];
  });
}

function meet(a: Validity, b: Validity): boolean {
  return startOf(a) < endOf(b) && startOf(b) < endOf(a);
}

/** When a row begins to be valid, in milliseconds; minus infinity for "since ever". */
export function startOf({ from }: Pick<Validity, 'from'>): number {
  return from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from);
}

/** When a row ceases to be valid; exclusive. */
export function endOf({ until }: Pick<Validity, 'until'>): number {
  return until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
}
