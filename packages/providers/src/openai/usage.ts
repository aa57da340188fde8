import {
  type SpeculatedTokens,
  UsageError,
  type UsageErrorCode,
  type UsageReport,
} from '@weir/core';
import { llamaTimingsReport } from '../usage/llama-timings.ts';
import { openaiChatReport } from '../usage/openai-chat.ts';
import { record, type Wire } from '../wire.ts';
import type { Path, Speculation } from './compatible.ts';
import type { Words } from './words.ts';

/** What a stream told before its usage, and belongs to it. */
export interface ToldBefore {
  tier?: string | undefined;
  speculation?: SpeculatedTokens | undefined;
}

/**
 * What a reply or an event says about what the call consumed, at the places of its dialect: a report, or why figures
 * that cannot all be true are none. Unknown is never taken for zero. What it tells beside is kept in `told`.
 */
export function usageIn(
  wire: Wire,
  { usage: { at }, speculation: where }: Pick<Words, 'usage' | 'speculation'>,
  told: ToldBefore = {},
): UsageReport | UsageErrorCode | undefined {
  told.tier = tierIn(wire) ?? told.tier;
  told.speculation = speculationIn(wire, where) ?? told.speculation;
  for (const path of at) {
    const usage = valueAt(wire, path);
    // Most chunks of a stream have none, and an error costs more than a question.
    if (usage === undefined || usage === null) continue;
    return reportFrom(usage, path, told);
  }
  return undefined;
}

function reportFrom(
  usage: unknown,
  path: Path,
  { tier, speculation }: ToldBefore,
): UsageReport | UsageErrorCode {
  try {
    const report =
      path[0] === 'timings'
        ? llamaTimingsReport(usage)
        : openaiChatReport(usage, tier ? { servedTier: tier } : undefined);
    return speculation ? { ...report, speculation } : report;
  } catch (error) {
    if (error instanceof UsageError) return error.code;
    throw error;
  }
}

/** Nothing that moves a price. */
const ORDINARY_TIERS = new Set(['default', 'auto', 'on_demand', 'standard']);

/** The tier that served, which OpenAI tells beside the usage and not in it; in a machine's word, or not at all. */
export function tierIn(wire: Wire): string | undefined {
  const tier = wire['service_tier'];
  if (typeof tier !== 'string' || ORDINARY_TIERS.has(tier)) return undefined;
  return /^\w{1,60}$/.test(tier) ? tier : undefined;
}

/** How many tokens were guessed ahead, and how many of them held; absent where none were, or where it cannot be so. */
export function speculationIn(
  wire: Wire,
  { at, accepted, guessed, rejected }: Speculation,
): SpeculatedTokens | undefined {
  const found = valueAt(wire, at);
  if (found === undefined || found === null) return undefined;
  const counts = record(found);
  const held = countIn(counts, accepted);
  const vain = countIn(counts, rejected);
  const all = vain === undefined || held === undefined ? countIn(counts, guessed) : held + vain;
  if (held === undefined || !all || held > all) return undefined;
  return { guessed: all, accepted: held };
}

function countIn(wire: Wire, name: string | undefined): number | undefined {
  const value = name === undefined ? undefined : wire[name];
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function valueAt(wire: Wire, path: Path): unknown {
  let value: unknown = wire;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Wire)[name];
  }
  return value;
}
