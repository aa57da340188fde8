import {
  type Book,
  type BookChange,
  BookError,
  type Catalog,
  changesBetween,
  type Disagreement,
  differencesFrom,
  type Overlay,
  parseBook,
  unexplainedChanges,
} from '@weir/pricing';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { catalogNameOf, catalogOf } from './catalogs.ts';
import { formatChange, formatDisagreement } from './changes.ts';
import {
  BOOK_FILE,
  type Document,
  OVERLAY_FILE,
  readBook,
  readDocument,
  readOverlay,
  today,
  UnreadableError,
} from './files.ts';

const OLD_AFTER_DAYS = 60;
const DAY_MS = 86_400_000;

export const check: Command = {
  name: 'prices check',
  summary: 'say what is wrong with the price book, and who disagrees with it',
  usage: '',
  details:
    'Reads the book and what is kept by hand. --against compares with a catalog (LiteLLM, genai-prices, models.dev: the\n' +
    'file says which), on the day that the catalog is of, or with an older book. Exits with 1 when the book is not\n' +
    `usable, or a pinned model differs without a reason given by hand; a book older than ${OLD_AFTER_DAYS} days only warns.`,
  options: {
    book: { type: 'string', value: 'FILE', help: 'default prices/book.json' },
    overlay: { type: 'string', value: 'FILE', help: 'default prices/overlay.json' },
    against: {
      type: 'string',
      multiple: true,
      value: 'FILE|URL',
      help: 'a catalog or an older book; may be repeated',
    },
  },
  async run(context) {
    if (context.words.length > 0) throw new UsageError(`what is "${context.words.join(' ')}"?`);
    const file = context.text('book') ?? BOOK_FILE;
    try {
      const book = readBook(file);
      const overlay = readOverlay(context.text('overlay') ?? OVERLAY_FILE);
      return print(context, file, book, await compared(context, book, overlay));
    } catch (error) {
      if (!(error instanceof BookError)) throw error;
      if (context.json) context.print(JSON.stringify({ usable: false, problems: error.problems }));
      else context.print(`${file}: ${error.message}`);
      return 1;
    }
  },
};

interface Found {
  readonly disagreements: Disagreement[];
  readonly changes: BookChange[];
  /** Models that are pinned and differ, and nobody says why. */
  readonly unexplained: string[];
}

async function compared(context: CommandContext, book: Book, overlay: Overlay): Promise<Found> {
  const found: Found = { disagreements: [], changes: [], unexplained: [] };
  for (const place of context.texts('against')) {
    context.note(`reading ${place}`);
    const document = await readDocument(place);
    const name = catalogNameOf(document.json);
    if (name === undefined) {
      const changes = changesBetween(olderBook(document), book);
      const unexplained = unexplainedChanges(changes, overlay.pinned, overlay.changes);
      found.changes.push(...changes);
      found.unexplained.push(...unexplained.map(({ model }) => model));
    } else {
      const catalog = catalogOf(name, document, overlay.free);
      const disagreements = differencesFrom('book', book.models, [catalog]);
      found.disagreements.push(...disagreements);
      found.unexplained.push(...unexplainedDisagreements(disagreements, catalog, overlay));
    }
  }
  return { ...found, unexplained: [...new Set(found.unexplained)].sort() };
}

function olderBook({ place, text, json }: Document): Book {
  if (typeof json !== 'object' || json === null || !('models' in json)) {
    throw new UnreadableError(`${place} is neither a catalog nor a price book`);
  }
  return parseBook(JSON.parse(text));
}

/** A change that took effect by the catalog's day explains that it has other figures. */
function unexplainedDisagreements(
  disagreements: readonly Disagreement[],
  { checkedOn }: Catalog,
  { pinned, changes }: Overlay,
): string[] {
  return disagreements
    .map(({ model }) => model)
    .filter((model) => pinned.includes(model))
    .filter((name) => !changes.some(({ model, from }) => model === name && from <= checkedOn));
}

function print(context: CommandContext, file: string, book: Book, found: Found): number {
  const ageDays = Math.floor((Date.parse(today()) - Date.parse(book.builtOn)) / DAY_MS);
  const isOld = ageDays > OLD_AFTER_DAYS;
  if (context.json) {
    const { builtOn, models } = book;
    const summary = { usable: true, builtOn, ageDays, isOld, models: models.length, ...found };
    context.print(JSON.stringify(summary));
  } else {
    for (const change of found.changes)
      for (const line of formatChange(change)) context.print(line);
    for (const disagreement of found.disagreements) context.print(formatDisagreement(disagreement));
    for (const model of found.unexplained) {
      context.print(`${model} is pinned and differs; the overlay's "changes" do not say why`);
    }
    const providers = new Set(book.models.map(({ provider }) => provider)).size;
    context.print(
      `${file} is usable: ${book.models.length} models of ${providers} providers, built on ${book.builtOn}`,
    );
  }
  if (isOld) context.note(`the book is ${ageDays} days old: "weir prices sync" builds it anew`);
  return found.unexplained.length > 0 ? 1 : 0;
}
