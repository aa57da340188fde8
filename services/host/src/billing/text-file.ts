import { createReadStream, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../command.ts';

/** What a file starts with when an editor marked it as UTF-8. */
const BYTE_ORDER_MARK = /^\uFEFF/;

/** A line that is longer is none, and memory has an end. */
const MAX_LINE_CHARACTERS = 64 * 1024 * 1024;

/** All of a file, or of standard input for `-`. */
export function textOfFile(file: string): string {
  return readFileSync(file === '-' ? 0 : file, 'utf8').replace(BYTE_ORDER_MARK, '');
}

/** The lines of a file, gzipped or not, one after another. JSON may hold every other character that ends a line elsewhere. */
export async function* linesOfFile(file: string): AsyncGenerator<string> {
  let rest = '';
  let isFirst = true;
  for await (const chunk of textOf(file)) {
    const text = isFirst ? String(chunk).replace(BYTE_ORDER_MARK, '') : chunk;
    isFirst = false;
    // A last "\r" waits for what follows: it may be half of an ending.
    const lines = `${rest}${text}`.split(/\r?\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARACTERS) {
      throw new UsageError(`${file} has a line of more than ${MAX_LINE_CHARACTERS} characters`);
    }
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function textOf(file: string): NodeJS.ReadableStream {
  if (!file.endsWith('.gz')) return createReadStream(file, 'utf8');
  // Whoever reads the end is told what went wrong before it.
  return pipeline(createReadStream(file), createGunzip(), () => {}).setEncoding('utf8');
}
