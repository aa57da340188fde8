import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type Book,
  type Overlay,
  parseBook,
  parseNumbersAsText,
  parseOverlay,
} from '@weir/pricing';
import { systemClock } from '@weir/runtime';

const PRICES = join(import.meta.dirname, '../../../../prices');

/** The book that comes with Weir, and what is kept by hand beside it. */
export const BOOK_FILE = join(PRICES, 'book.json');
export const OVERLAY_FILE = join(PRICES, 'overlay.json');

const MAX_CATALOG_BYTES = 64 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 60_000;

export function readBook(file: string): Book {
  return parseBook(readJson(file));
}

/** The shipped book, read when somebody first asks for it and never again. */
export function shippedBook(): () => Book {
  let book: Book | undefined;
  return () => {
    book ??= readBook(BOOK_FILE);
    return book;
  };
}

export function readOverlay(file: string): Overlay {
  return parseOverlay(readJson(file));
}

/** What was to be read cannot be, or is not what it should be. The message says all that there is to say. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

function readJson(file: string): unknown {
  return parsed(file, readText(file), JSON.parse);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UnreadableError((error as Error).message);
  }
}

function parsed(place: string, text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new UnreadableError(`${place} is no JSON: ${(error as Error).message}`);
  }
}

/** Writes all of a file or nothing of it. */
export function replaceFile(file: string, text: string): void {
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}

/** A document from elsewhere. */
export interface Document {
  readonly place: string;
  readonly text: string;
  /** With its numbers as text. */
  readonly json: unknown;
  /** The day that it is of. */
  readonly checkedOn: string;
}

/** Reads a file or a URL. A file is of the day in its name, or of that on which it was last written. */
export async function readDocument(place: string): Promise<Document> {
  const text = isUrl(place) ? await fetched(place) : readText(place);
  const checkedOn = isUrl(place) ? today() : dayOf(place);
  return { place, text, json: parsed(place, text, parseNumbersAsText), checkedOn };
}

export function isUrl(place: string): boolean {
  return /^https?:\/\//.test(place);
}

async function fetched(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) }).catch(
    (error: Error) => {
      throw new UnreadableError(`${url} cannot be fetched: ${describe(error)}`);
    },
  );
  if (!response.ok) throw new UnreadableError(`${url} answers with ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_CATALOG_BYTES) throw new UnreadableError(`${url} is larger than any catalog`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `fetch` hides what happened in the cause. */
function describe({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

function dayOf(file: string): string {
  const [day] = /\d{4}-\d{2}-\d{2}/.exec(basename(file)) ?? [];
  return day ?? statSync(file).mtime.toISOString().slice(0, 10);
}

export function today(): string {
  return new Date(systemClock.nowMs()).toISOString().slice(0, 10);
}
