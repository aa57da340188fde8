import { existsSync } from 'node:fs';
import {
  type Book,
  type BookChange,
  bookText,
  buildBook,
  changesBetween,
  type SyncReport,
  unexplainedChanges,
} from '@weir/pricing';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { CATALOG_URLS, readCatalog } from './catalogs.ts';
import { counts, formatChange } from './changes.ts';
import { BOOK_FILE, OVERLAY_FILE, readBook, readOverlay, replaceFile, today } from './files.ts';

/** More than this share of the models gone is a broken catalog rather than the market. */
const MAX_REMOVED_SHARE = 0.2;

export const sync: Command = {
  name: 'prices sync',
  summary: 'build the price book anew from public catalogs',
  usage: '',
  details:
    'Reads the catalogs of LiteLLM, genai-prices and models.dev and what is kept by hand, which wins, and writes the\n' +
    'book. Says what changed. Leaves the old book as it is when a catalog cannot be read, when a pinned model would\n' +
    'change without a reason given by hand (exit status 1), or when a fifth of all models would be gone.',
  options: {
    litellm: { type: 'string', value: 'FILE|URL', help: `default ${CATALOG_URLS.litellm}` },
    genai: { type: 'string', value: 'FILE|URL', help: `default ${CATALOG_URLS['genai-prices']}` },
    'models-dev': {
      type: 'string',
      value: 'FILE|URL',
      help: `default ${CATALOG_URLS['models.dev']}`,
    },
    overlay: {
      type: 'string',
      value: 'FILE',
      help: 'what is kept by hand (default prices/overlay.json)',
    },
    out: { type: 'string', value: 'FILE', help: 'the book (default prices/book.json)' },
    force: { type: 'boolean', help: 'write the book whatever is gone or changed in it' },
  },
  async run(context) {
    if (context.words.length > 0) throw new UsageError(`what is "${context.words.join(' ')}"?`);
    const overlay = readOverlay(context.text('overlay') ?? OVERLAY_FILE);
    const out = context.text('out') ?? BOOK_FILE;
    const read = (name: keyof typeof CATALOG_URLS, option: string) => {
      const place = context.text(option) ?? CATALOG_URLS[name];
      context.note(`reading ${place}`);
      return readCatalog(name, place, overlay.free);
    };
    const [litellm, genaiPrices, modelsDev] = await Promise.all([
      read('litellm', 'litellm'),
      read('genai-prices', 'genai'),
      read('models.dev', 'models-dev'),
    ]);
    const input = { litellm, genaiPrices, modelsDev, overlay, builtOn: today() };
    const { book, report } = buildBook(input);
    const before = oldBook(out, context);
    const changes = before ? changesBetween(before, book) : [];
    const unexplained = unexplainedChanges(changes, overlay.pinned, overlay.changes);
    const refusal = before && refusalOf(before, changes, unexplained);
    const isWritten = refusal === undefined || context.flag('force');
    if (isWritten) replaceFile(out, bookText(book));
    print(context, { out, book, report, changes, unexplained, isWritten });
    if (!isWritten) context.note(`${out} is left as it was: ${refusal}`);
    return isWritten ? 0 : 1;
  },
};

/** The book there is; one that cannot be used is as good as none. */
function oldBook(file: string, { note }: CommandContext): Book | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return readBook(file);
  } catch (error) {
    note(`${(error as Error).message}\nIt is taken for none.`);
    return undefined;
  }
}

function refusalOf(
  before: Book,
  changes: readonly BookChange[],
  unexplained: readonly BookChange[],
): string | undefined {
  const removed = changes.filter(({ what }) => what === 'removed').length;
  if (removed > before.models.length * MAX_REMOVED_SHARE) return `${removed} models would be gone`;
  if (unexplained.length === 0) return undefined;
  const names = unexplained.map(({ model }) => model).join(', ');
  return `pinned models would change, and the overlay's "changes" do not say why: ${names}`;
}

interface Outcome {
  readonly out: string;
  readonly book: Book;
  readonly report: SyncReport;
  readonly changes: readonly BookChange[];
  readonly unexplained: readonly BookChange[];
  readonly isWritten: boolean;
}

function print({ json, print: say }: CommandContext, outcome: Outcome): void {
  const { out, book, report, changes, unexplained, isWritten } = outcome;
  const summary = {
    written: isWritten,
    models: book.models.length,
    providers: counts(book.models.map(({ provider }) => provider)),
    changes: counts(changes.map(({ what }) => what)),
    rejected: report.rejected.length,
    passedOver: counts(report.passedOver.map(({ catalog, why }) => `${catalog}: ${why}`)),
    disagreements: counts(report.disagreements.map(({ kind }) => kind)),
    overruled: counts(report.overruled.map(({ kind }) => kind)),
    unconfirmed: report.unconfirmed.length,
    announced: report.announced.length,
  };
  if (json) {
    const { rejected, disagreements, overruled } = report;
    say(
      JSON.stringify({
        ...summary,
        details: { changes, unexplained, rejected, disagreements, overruled },
      }),
    );
    return;
  }
  const lists = (record: Readonly<Record<string, number>>) =>
    Object.entries(record)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none';
  for (const { catalog, model, field, value, why } of report.rejected) {
    say(`rejected ${catalog} ${model} ${field}: ${value} ${why}`);
  }
  for (const change of changes) for (const line of formatChange(change)) say(line);
  say(
    `${isWritten ? 'wrote' : 'did not write'} ${out}: ${summary.models} models of ${Object.keys(summary.providers).length} providers`,
  );
  say(`changes: ${lists(summary.changes)}`);
  say(`rejected figures: ${summary.rejected}`);
  say(`passed over: ${lists(summary.passedOver)}`);
  say(
    `catalogs disagree: ${lists(summary.disagreements)}; overruled by hand: ${lists(summary.overruled)}`,
  );
}
