import { Fault, UsageError, type UsageErrorCode, type UsageReport } from '@weir/core';

/** How replies are looked at, whoever sent them: everything off the wire is unknown until then. */
export type Wire = Readonly<Record<string, unknown>>;

const NOTHING: Wire = {};

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function record(value: unknown): Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Wire)
    : NOTHING;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The object that this is. `what` is it, for the complaint if it is none: `a reply`, `an event`. */
export function parse(json: string, what: string): Wire {
  let wire: unknown;
  try {
    wire = JSON.parse(json);
  } catch (cause) {
    throw invalid(`${what} that is not JSON`, cause);
  }
  if (typeof wire !== 'object' || wire === null || Array.isArray(wire)) {
    throw invalid(`${what} that is not an object`);
  }
  return wire as Wire;
}

/** The same where nothing depends on it: nothing, if it is none. */
export function parsedOr(json: string): Wire {
  try {
    return record(JSON.parse(json));
  } catch {
    return NOTHING;
  }
}

/** What was used, or why it cannot be billed from what is said of it. */
export function believed<T = UsageReport>(read: () => T): T | UsageErrorCode {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) return error.code;
    throw error;
  }
}

/** The same for those who often say half of it, or nothing, and mean nothing by that. */
export function believedIfTold<T = UsageReport>(read: () => T): T | UsageErrorCode | undefined {
  const told = believed(read);
  return told === 'usage_missing' ? undefined : told;
}

export function invalid(what: string, cause?: unknown): Fault {
  return new Fault('upstream_invalid', `The provider sent ${what}.`, { cause });
}
