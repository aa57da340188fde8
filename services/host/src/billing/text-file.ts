import { createReadStream, readFileSync } from 'node:fs';

/** What a file starts with when an editor marked it as UTF-8. */
const BYTE_ORDER_MARK = /^\uFEFF/;

/** All of a file, or of standard input for `-`. */
export function textOfFile(file: string): string {
  return readFileSync(file === '-' ? 0 : file, 'utf8').replace(BYTE_ORDER_MARK, '');
}

/** The lines of a file, one after another. JSON may hold every other character that ends a line elsewhere. */
export async function* linesOfFile(file: string): AsyncGenerator<string> {
  let rest = '';
  let isFirst = true;
  for await (const chunk of createReadStream(file, 'utf8')) {
    const text = isFirst ? String(chunk).replace(BYTE_ORDER_MARK, '') : chunk;
    isFirst = false;
    // A last "\r" waits for what follows: it may be half of an ending.
    const lines = `${rest}${text}`.split(/\r?\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
