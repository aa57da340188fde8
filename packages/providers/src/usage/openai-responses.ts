import { type Fee, SLICES, type UsageReport, type UsageSlices } from '@weir/core';
import { tierOf, type UsageContext } from './context.ts';
import {
  countOf,
  fieldOf,
  inconsistent,
  isWire,
  neededCountOf,
  partOf,
  sumOf,
  usageWire,
  type Wire,
} from './counts.ts';
import { cachedOf, inclusiveUsage, writtenOf } from './inclusive.ts';
import { reportedCostOf } from './reported-cost.ts';
import { slicesFrom } from './slices.ts';

/** Names that differ between two wires of one shape. */
interface Names {
  readonly input: string;
  readonly output: string;
}

const RESPONSES: Names = { input: 'input_tokens_details', output: 'output_tokens_details' };
const REALTIME: Names = { input: 'input_token_details', output: 'output_token_details' };

/** `response.usage` of OpenAI's Responses API, Azure's, xAI's and Perplexity's. */
export function openaiResponsesReport(payload: unknown, context?: UsageContext): UsageReport {
  const wire = usageWire(payload);
  refuseAnthropic(wire);
  return { ...reportFrom(wire, RESPONSES, context), fees: feesOf(context?.outputItemTypes) };
}

/** `response.usage` of a Realtime `response.done`. */
export function openaiRealtimeReport(payload: unknown, context?: UsageContext): UsageReport {
  return reportFrom(usageWire(payload), REALTIME, context);
}

function reportFrom(wire: Wire, names: Names, context?: UsageContext): UsageReport {
  const prompt = neededCountOf(wire, 'input_tokens');
  const completion = neededCountOf(wire, 'output_tokens');
  const input = partOf(wire, names.input);
  const output = partOf(wire, names.output);
  const usage = inclusiveUsage(
    prompt,
    completion,
    (input && cachedOf(input)) ?? 0,
    (input && writtenOf(input)) ?? 0,
    (output && countOf(output, 'reasoning_tokens')) ?? 0,
    countOf(wire, 'total_tokens'),
  );
  return {
    usage,
    slices: slicesFrom(usage, input, output, input && partOf(input, 'cached_tokens_details')),
    serviceTier: tierOf(wire, 'service_tier', context),
    conditions: context?.conditions,
    ...reportedCostOf(wire),
  };
}

/** Anthropic's counts have the same first names, but leave the cache out of them. */
function refuseAnthropic(wire: Wire): void {
  for (const name of ['cache_read_input_tokens', 'cache_creation_input_tokens']) {
    if (countOf(wire, name))
      throw inconsistent(`${name} is beside the input, which includes it here`);
  }
}

/** Items of a reply that are charged by the piece; usage does not mention them. */
const FEE_OF_ITEM: ReadonlyMap<string, Fee> = new Map([
  ['web_search_call', 'web_search'],
  ['file_search_call', 'file_search'],
  ['code_interpreter_call', 'code_interpreter_session'],
]);

function feesOf(itemTypes: readonly string[] | undefined): UsageReport['fees'] {
  let fees: Partial<Record<Fee, number>> | undefined;
  for (const type of itemTypes ?? []) {
    const fee = FEE_OF_ITEM.get(type);
    if (fee) fees = { ...fees, [fee]: (fees?.[fee] ?? 0) + 1 };
  }
  return fees;
}

/** The usage is in whichever event ends the response: completed, incomplete or failed. Earlier ones have none. */
export function openaiResponsesStreamReport(
  events: readonly unknown[],
  context?: UsageContext,
): UsageReport {
  for (const event of events.toReversed()) {
    const usage = usageIn(event);
    if (usage !== undefined) return openaiResponsesReport(usage, context);
  }
  return openaiResponsesReport(undefined);
}

/** A session reports each response by itself. */
export function openaiRealtimeStreamReport(
  events: readonly unknown[],
  context?: UsageContext,
): UsageReport {
  let sum: UsageReport | undefined;
  for (const event of events) {
    const usage = usageIn(event);
    if (usage === undefined) continue;
    const report = openaiRealtimeReport(usage, context);
    sum = sum ? added(sum, report) : report;
  }
  return sum ?? openaiRealtimeReport(undefined);
}

function usageIn(event: unknown): unknown {
  const response = isWire(event) ? fieldOf(event, 'response') : undefined;
  return isWire(response) ? fieldOf(response, 'usage') : undefined;
}

function added(one: UsageReport, other: UsageReport): UsageReport {
  let slices: UsageSlices | undefined = one.slices;
  for (const name of SLICES) {
    const more = other.slices?.[name];
    if (more !== undefined) slices = { ...slices, [name]: (slices?.[name] ?? 0) + more };
  }
  return { ...one, usage: sumOf([one.usage, other.usage]), slices };
}
