import { NO_USAGE, promptTokens, type Usage, UsageError } from '@weir/core';

/** An object off the wire, about whose fields nothing is known yet. */
export type Wire = Readonly<Record<string, unknown>>;

/** What a provider sent as usage. Throws where it sent none, or something that has no fields. */
export function usageWire(payload: unknown): Wire {
  if (payload === undefined || payload === null) {
    throw new UsageError('usage_missing', 'The provider reported no usage.');
  }
  if (!isWire(payload)) {
    throw new UsageError('usage_invalid_type', `The usage is ${nounOf(payload)}, not an object.`);
  }
  return payload;
}

export function isWire(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A field of the object itself, never of its prototype. Null is absence: that is what every provider means by it. Most
 * fields are absent most of the time, so that is asked first.
 */
export function fieldOf(wire: Wire, name: string): unknown {
  const value = wire[name];
  if (value === undefined || value === null) return undefined;
  return Object.hasOwn(wire, name) ? value : undefined;
}

/** A number of tokens or pieces, exactly as it was sent; undefined where it was not. */
export function countOf(wire: Wire, name: string): number | undefined {
  const value = fieldOf(wire, name);
  if (value === undefined) return undefined;
  // Zero is added because JSON knows a negative one.
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value + 0;
  throw invalidCount(name, value);
}

/** A count without which nothing can be billed: absent is unknown, and unknown is not zero. */
export function neededCountOf(wire: Wire, name: string): number {
  const count = countOf(wire, name);
  if (count !== undefined) return count;
  throw new UsageError('usage_missing', `The usage has no ${name}.`);
}

/** A part of the usage that has fields of its own. */
export function partOf(wire: Wire, name: string): Wire | undefined {
  const value = fieldOf(wire, name);
  if (value === undefined || isWire(value)) return value;
  throw new UsageError('usage_invalid_type', `${name} is ${nounOf(value)}, not an object.`);
}

/** A list of such parts; empty where there is none. */
export function partsOf(wire: Wire, name: string): readonly Wire[] {
  const value = fieldOf(wire, name);
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    throw new UsageError('usage_invalid_type', `${name} is ${nounOf(value)}, not a list.`);
  }
  const list: readonly unknown[] = value;
  if (list.every(isWire)) return list;
  throw new UsageError('usage_invalid_type', `${name} holds something that is not an object.`);
}

/**
 * A name that a machine gave, or undefined. Whatever else stands there stays out, since it could be prose and prose
 * could be a prompt.
 */
export function wordOf(wire: Wire, name: string): string | undefined {
  const value = fieldOf(wire, name);
  return typeof value === 'string' && /^[\w.:/@-]{1,200}$/.test(value) ? value : undefined;
}

/** Figures that cannot all be true. */
export function inconsistent(what: string): UsageError {
  return new UsageError('usage_inconsistent', `${what}.`);
}

/** The usage itself, once nothing in it contradicts anything and all of it can be added without loss. */
export function sound(usage: Usage): Usage {
  const { reasoningTokens, outputTokens } = usage;
  if (reasoningTokens > outputTokens) {
    throw inconsistent(`${reasoningTokens} reasoning tokens are not among ${outputTokens}`);
  }
  if (!Number.isSafeInteger(promptTokens(usage) + outputTokens)) {
    throw new UsageError('usage_invalid_unsafe_integer', 'The counts add up beyond exactness.');
  }
  return usage;
}

export function sumOf(usages: readonly Usage[]): Usage {
  const sum = { ...NO_USAGE };
  for (const usage of usages) {
    sum.inputTokens += usage.inputTokens;
    sum.cacheReadTokens += usage.cacheReadTokens;
    sum.cacheWrite5mTokens += usage.cacheWrite5mTokens;
    sum.cacheWrite1hTokens += usage.cacheWrite1hTokens;
    sum.cacheWriteOtherTokens += usage.cacheWriteOtherTokens;
    sum.outputTokens += usage.outputTokens;
    sum.reasoningTokens += usage.reasoningTokens;
  }
  return sound(sum);
}

/** Says which field it was and what was in it: a number as it is, of anything else only the kind. */
export function invalidCount(name: string, value: unknown): UsageError {
  if (typeof value !== 'number') {
    return new UsageError('usage_invalid_type', `${name} is ${nounOf(value)}, not a number.`);
  }
  if (!Number.isFinite(value)) {
    return new UsageError('usage_invalid_non_finite', `${name} is ${value}, not a finite number.`);
  }
  if (!Number.isInteger(value)) {
    return new UsageError('usage_invalid_non_integer', `${name} is ${value}, not a whole number.`);
  }
  if (value < 0) {
    return new UsageError('usage_invalid_negative', `${name} is ${value}, less than nothing.`);
  }
  return new UsageError('usage_invalid_unsafe_integer', `${name} is ${value}, beyond exactness.`);
}

function nounOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
