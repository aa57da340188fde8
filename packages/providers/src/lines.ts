import { Fault } from '@weir/core';
import type { StreamParser } from './adapter.ts';

/** Cuts newline-delimited JSON into its lines, whatever the chunk edges. Blank lines say nothing. */
export class LineParser implements StreamParser {
  readonly #decoder = new TextDecoder('utf-8');
  readonly #maxLineCharacters: number;
  #rest = '';

  constructor(maxLineCharacters: number) {
    this.#maxLineCharacters = maxLineCharacters;
  }

  push(chunk: Uint8Array): string[] {
    return this.#take(this.#decoder.decode(chunk, { stream: true }));
  }

  /** A last line may lack its newline. */
  end(): string[] {
    return this.#take(`${this.#decoder.decode()}\n`);
  }

  #take(text: string): string[] {
    // Only the new text can hold a line end: a long line is not searched twice.
    if (!text.includes('\n')) {
      this.#rest += text;
      this.#check(this.#rest);
      return [];
    }
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    this.#check(this.#rest);
    const kept = lines.filter((line) => line.trim() !== '');
    for (const line of kept) this.#check(line);
    return kept;
  }

  #check(line: string): void {
    if (line.length > this.#maxLineCharacters) {
      throw new Fault('upstream_invalid', 'The provider sent an event larger than the limit.');
    }
  }
}
