import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '@weir/core';
import { PriceError } from '@weir/pricing';
import { billOf, type Computed } from './case-bill.ts';

/** One billing case: a raw usage payload, a price, and what the call must cost. */
export interface CostCase {
  readonly id: string;
  readonly provider: string;
  readonly api: string;
  readonly model: string;
  readonly usage_payload: unknown;
  /** The payload as text, where its JSON is what is tested. */
  readonly usage_payload_text?: string;
  /** Null where the model has none. */
  readonly price_entry?: unknown;
  readonly context?: Readonly<Record<string, unknown>> | null;
  readonly expected: Readonly<Record<string, unknown>>;
}

/** Every figure that differs from what the case expects, one line each; none when it passes. */
export function mismatches(given: CostCase): string[] {
  const problem = problemIn(given);
  if (problem !== undefined) return [problem];
  const { expected } = given;
  let computed: Computed;
  try {
    computed = billOf(given);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof PriceError)) throw error;
    // Of a call that cannot be billed there is nothing else to compare.
    if (isNothing(expected['error'])) {
      return [`error is "${error.code}", expected none: ${error.message}`];
    }
    computed = { error: error.code };
  }
  return Object.entries(expected).flatMap(([name, wanted]) => {
    const got = Object.hasOwn(computed, name) ? computed[name] : undefined;
    if (got === undefined && (isNothing(wanted) || REMARKS.has(name))) return [];
    if (isDeepStrictEqual(got, wanted) || (isNothing(got) && isNothing(wanted))) return [];
    return [`${name} is ${JSON.stringify(got) ?? 'absent'}, expected ${JSON.stringify(wanted)}`];
  });
}

/** Remarks in cases, which not every payload has figures for; compared where it has. */
const REMARKS = new Set(['raw_tokens', 'cache_write_split', 'split', 'shadow_price_model']);

/** The several ways in which JSON says that there is none of it. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Why it is no case, off a file in which anything may stand. */
function problemIn(given: unknown): string | undefined {
  if (!isObject(given)) return 'is no case: it is not an object';
  for (const name of ['provider', 'api'] as const) {
    if (typeof given[name] !== 'string') return `is no case: it has no ${name}`;
  }
  if (!isObject(given['expected'])) return 'is no case: it expects nothing';
  const { context } = given;
  if (isNothing(context) || isObject(context)) return undefined;
  return 'is no case: its context is not an object';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
