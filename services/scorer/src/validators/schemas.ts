import type { Json } from '@weir/core';
import { Ajv, type ValidateFunction } from 'ajv';
import { LRUCache } from 'lru-cache';
import type { Patterns } from './patterns.ts';

/** JSON Schema of structured answers, by ajv; compiled once per schema text. */
export class Schemas {
  readonly #compiled: LRUCache<string, ValidateFunction>;
  readonly #patterns: Patterns;

  constructor(maxCached: number, patterns: Patterns) {
    this.#compiled = new LRUCache({ max: maxCached });
    this.#patterns = patterns;
  }

  /** Whether `value` satisfies `schema`. A schema that ajv cannot compile is satisfied by nothing. */
  accepts(schema: Json, value: unknown): boolean {
    const text = JSON.stringify(schema);
    let validate = this.#compiled.get(text);
    if (!validate) {
      try {
        validate = this.#ajv().compile(schema as boolean | Record<string, unknown>);
      } catch {
        return false;
      }
      this.#compiled.set(text, validate);
    }
    return validate(value) === true;
  }

  /** A fresh instance per schema: ajv keeps every schema it was given, and refuses two with one `$id`. */
  #ajv(): Ajv {
    const matches = (pattern: string) => ({
      test: (text: string) => this.#patterns.matches(pattern, text),
    });
    return new Ajv({
      strict: false,
      validateFormats: false,
      code: { regExp: Object.assign(matches, { code: 'regExp' }) },
    });
  }
}
