import { createHash } from 'node:crypto';
import type { EngineFacts } from '@weir/providers';
import type { Deployment } from './deployment.ts';

/** Long enough that no two endpoints of anybody share one. */
const DIGITS = 20;

/**
 * Names an endpoint by everything that shapes its log-probabilities, as far as it tells: the same as long as nothing
 * changes, in every process and after every restart, and another one when anything does.
 */
export function fingerprintOf(
  { provider, model }: Deployment,
  servedModel: string,
  facts: EngineFacts,
): string {
  const all: Readonly<Record<string, unknown>> = { ...facts, provider, asked: model, servedModel };
  const known = Object.entries(all).filter(([, fact]) => fact !== undefined);
  const canonical = JSON.stringify(known.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(canonical).digest('hex').slice(0, DIGITS);
}
