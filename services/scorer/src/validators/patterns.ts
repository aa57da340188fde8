import { Fault } from '@weir/core';
import { LRUCache } from 'lru-cache';
import { RE2JS } from 're2js';

/**
 * Regular expressions from callers, matched in linear time: a backtracking engine would let one request stop the
 * process. RE2 has no look-around and no back-references.
 */
export class Patterns {
  readonly #compiled: LRUCache<string, RE2JS>;

  constructor(maxCached: number) {
    this.#compiled = new LRUCache({ max: maxCached });
  }

  /** Whether the pattern matches somewhere in the text. A pattern that RE2 does not take is the caller's mistake. */
  matches(pattern: string, text: string): boolean {
    let compiled = this.#compiled.get(pattern);
    if (!compiled) {
      compiled = compile(pattern);
      this.#compiled.set(pattern, compiled);
    }
    return compiled.matcher(text).find();
  }
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(pattern));
  } catch (cause) {
    throw new Fault(
      'invalid_request',
      'The pattern is not a regular expression that RE2 accepts.',
      {
        param: 'weir.expect.pattern',
        cause,
      },
    );
  }
}
