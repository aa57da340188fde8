import type { Json } from '@weir/core';
import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
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

  /** Whether `value` satisfies `schema`. A schema that ajv or RE2 does not take is satisfied by nothing. */
  accepts(schema: Json, value: unknown): boolean {
    try {
      return this.#validateOf(schema)(value) === true;
    } catch {
      return false;
    }
  }

  #validateOf(schema: Json): ValidateFunction {
    const text = JSON.stringify(schema);
    let validate = this.#compiled.get(text);
    if (!validate) {
      validate = this.#ajvFor(schema).compile(schema as boolean | Record<string, unknown>);
      this.#compiled.set(text, validate);
    }
    return validate;
  }

  /**
   * A fresh instance per schema: ajv keeps every schema it was given, and refuses two with one `$id`. A schema that
   * does not say which draft it is written in is read as the newest: the older would pass over its new words.
   */
  #ajvFor(schema: Json): Ajv | Ajv2020 {
    const dialect = typeof schema === 'object' && schema !== null && '$schema' in schema;
    const isOlder = dialect && /draft-0\d/.test(String(schema['$schema']));
    return isOlder ? new Ajv(this.#options()) : new Ajv2020(this.#options());
  }

  #options(): Options {
    const matches = (pattern: string) => ({
      test: (text: string) => this.#patterns.matches(pattern, text),
      // By this ajv tells patterns apart.
      toString: () => pattern,
    });
    return {
      strict: false,
      validateFormats: false,
      code: { regExp: Object.assign(matches, { code: 'regExp' }) },
    };
  }
}
