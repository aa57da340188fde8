import {
  type Book,
  type BookModel,
  findModels,
  nameOf,
  nearNames,
  type PriceRow,
  RATE_NAMES,
  type RowTieredRates,
  rowAt,
} from '@weir/pricing';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { instantOf } from '../instant.ts';
import { formatInstant } from './changes.ts';
import { BOOK_FILE, readBook } from './files.ts';

export const show: Command = {
  name: 'prices show',
  summary: 'print what a model costs, since when, and who says so',
  usage: 'MODEL',
  details:
    'MODEL is provider/model or any other name of it. Prints the price at a day or an instant, in US dollars per million\n' +
    'tokens, with its tiers. Exits with 1 when the book has no such model, or no price for it then.',
  options: {
    at: {
      type: 'string',
      value: 'DATE',
      help: 'a day, or an instant like 2026-08-21T16:00:00Z (default: now)',
    },
    book: { type: 'string', value: 'FILE', help: 'default prices/book.json' },
  },
  async run(context) {
    const [name, ...rest] = context.words;
    if (name === undefined || rest.length > 0) throw new UsageError('which model?');
    const atMs = instantOf('at', context.text('at'));
    const book = readBook(context.text('book') ?? BOOK_FILE);
    const [model, ...others] = findModels(book, name);
    if (!model) return notFound(context, book, name);
    if (others.length > 0) return ambiguous(context, name, [model, ...others]);
    const row = rowAt(model, atMs);
    const { prices, ...about } = model;
    if (context.json) {
      context.print(
        JSON.stringify({ ...about, at: new Date(atMs).toISOString(), price: row ?? null }),
      );
    } else {
      context.print(formatModel(model));
      context.print(row ? formatRow(row) : `no price at ${formatInstant(atMs)}`);
    }
    return row ? 0 : 1;
  },
};

function notFound({ json, print }: CommandContext, book: Book, name: string): number {
  const near = nearNames(book, name);
  if (json) print(JSON.stringify({ model: null, near }));
  else {
    const hint = near.length > 0 ? `; near it: ${near.join(', ')}` : '';
    print(`the book has no model "${name}"${hint}`);
  }
  return 1;
}

function ambiguous({ json, print }: CommandContext, name: string, models: BookModel[]): number {
  const names = models.map(nameOf);
  if (json) print(JSON.stringify({ model: null, sellers: names }));
  else print(`"${name}" is sold by several; say one of ${names.join(', ')}`);
  return 1;
}

function formatModel(model: BookModel): string {
  const { aliases, contextTokens, maxOutputTokens, retiresOn, successor } = model;
  const facts = [
    aliases && `also ${aliases.join(', ')}`,
    contextTokens && `context ${contextTokens} tokens`,
    maxOutputTokens && `output up to ${maxOutputTokens}`,
    retiresOn && `retires on ${retiresOn}`,
    successor && `then ${successor}`,
  ].filter((fact) => typeof fact === 'string');
  return `${nameOf(model)}${facts.length > 0 ? `: ${facts.join('; ')}` : ''}`;
}

function formatRow(row: PriceRow): string {
  const from = row.from ? `from ${formatInstant(Date.parse(row.from))}` : 'since ever';
  const until = row.until ? ` until ${formatInstant(Date.parse(row.until))}` : '';
  return [
    `${from}${until}, by ${row.source}, checked ${row.checkedOn}`,
    ...formatRates('standard', row),
    ...Object.entries(row.serviceTiers ?? {}).flatMap(([name, tier]) => formatRates(name, tier)),
    ...(row.timeBands ?? []).flatMap((band) => {
      const hours = band.windows.map(
        ({ weekdays, from: start, until: end }) => `${daysOf(weekdays)} ${start}-${end}`,
      );
      const except = band.exceptOn ? `, not on ${band.exceptOn.join(' ')}` : '';
      return formatRates(`${band.name} (${hours.join(', ')} UTC${except})`, band);
    }),
    ...(row.multipliers ?? []).map(({ when, factor }) => {
      const conditions = Object.entries(when).map(([name, value]) => `${name} ${value}`);
      return `  times ${factor} for ${conditions.join(' and ')}`;
    }),
    ...Object.entries(row.feesUsd ?? {}).map(([fee, usd]) => `  ${fee} ${usd} apiece`),
    ...(row.zeroMeans ? [`  zero means ${row.zeroMeans}`] : []),
  ].join('\n');
}

function formatRates(name: string, rates: RowTieredRates): string[] {
  const line = (title: string, own: Omit<RowTieredRates, 'contextTiers'>) => {
    const texts = RATE_NAMES.flatMap((rate) =>
      own[rate] === undefined ? [] : [`${rate.replace('UsdPerMTok', '')} ${own[rate]}`],
    );
    return `  ${title}: ${texts.join(', ')}`;
  };
  return [
    line(name, rates),
    ...(rates.contextTiers ?? []).map((tier) => {
      const sign = tier.operator === 'gt' ? '>' : '>=';
      return line(`${name}, prompt ${sign} ${tier.thresholdTokens}`, tier);
    }),
  ];
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function daysOf(weekdays: readonly number[]): string {
  if (weekdays.length === DAYS.length) return 'daily';
  return weekdays.map((day) => DAYS[day] ?? '').join(' ');
}
