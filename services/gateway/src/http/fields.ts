import { Fault, isShallow, type Json, MAX_JSON_DEPTH } from '@weir/core';

/**
 * One JSON object off the wire, read field by field. Every complaint names the field by its path, as OpenAI does;
 * `null` is the same as absent, because SDKs send it for optional fields.
 */
export class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #path: string;

  private constructor(object: Readonly<Record<string, unknown>>, path: string) {
    this.#object = object;
    this.#path = path;
  }

  /** `path` is empty for the body itself. */
  static of(value: unknown, path: string): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalid(path, `${path ? `"${path}"` : 'The body'} must be a JSON object.`);
    }
    return new Fields(value as Record<string, unknown>, path);
  }

  names(): string[] {
    return Object.keys(this.#object);
  }

  pathOf(name: string): string {
    return this.#path ? `${this.#path}.${name}` : name;
  }

  /** The raw value; undefined when absent or null. Own properties only. */
  raw(name: string): unknown {
    if (!Object.hasOwn(this.#object, name)) return undefined;
    return this.#object[name] ?? undefined;
  }

  string(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'string') return value;
    throw this.fault(name, 'must be a string');
  }

  requiredString(name: string): string {
    const value = this.string(name);
    if (value === undefined || value === '') throw this.fault(name, 'is required');
    return value;
  }

  boolean(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.fault(name, 'must be true or false');
  }

  number(name: string, min: number, max: number): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw this.fault(name, 'must be a number');
    if (value < min || value > max) throw this.fault(name, `must be between ${min} and ${max}`);
    return value;
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.number(name, min, max);
    if (value !== undefined && !Number.isInteger(value))
      throw this.fault(name, 'must be a whole number');
    return value;
  }

  array(name: string, maxLength: number): readonly unknown[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.fault(name, 'must be an array');
    if (value.length > maxLength) throw this.fault(name, `must have at most ${maxLength} elements`);
    return value;
  }

  strings(name: string, maxLength: number): readonly string[] | undefined {
    const values = this.array(name, maxLength);
    if (values && !values.every((value) => typeof value === 'string')) {
      throw this.fault(name, 'must be an array of strings');
    }
    return values as readonly string[] | undefined;
  }

  fields(name: string): Fields | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : Fields.of(value, this.pathOf(name));
  }

  /** Any JSON, bounded in depth, for what is handed on unread. */
  json(name: string): Json | undefined {
    const value = this.raw(name);
    if (value !== undefined && !isShallow(value)) {
      throw this.fault(name, `must not nest deeper than ${MAX_JSON_DEPTH} levels`);
    }
    return value as Json | undefined;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.string(name);
    if (value === undefined || values.includes(value as T)) return value as T | undefined;
    throw this.fault(name, `must be one of ${values.join(', ')}`);
  }

  fault(name: string, complaint: string): Fault {
    const path = this.pathOf(name);
    return invalid(path, `"${path}" ${complaint}.`);
  }
}

function invalid(path: string, message: string): Fault {
  return new Fault('invalid_request', message, { param: path || undefined });
}
