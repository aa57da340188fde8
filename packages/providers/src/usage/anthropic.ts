import { promptTokens, type Usage, type UsageReport } from '@weir/core';
import { anthropicUsageOf } from './anthropic-counts.ts';
import { passesOf } from './anthropic-passes.ts';
import { conditionsOf, tierOf, type UsageContext } from './context.ts';
import { countOf, fieldOf, isWire, partOf, usageWire, type Wire } from './counts.ts';

/** `usage` of an Anthropic message, folded where it was streamed. `isCut`: the stream ended before its last count. */
export function anthropicReport(
  payload: unknown,
  context?: UsageContext,
  isCut = false,
): UsageReport {
  const wire = usageWire(payload);
  const top = anthropicUsageOf(wire, isCut);
  const passes = passesOf(wire, top);
  return {
    usage: passes?.usage ?? top,
    parts: passes?.parts,
    fees: feesOf(wire),
    serviceTier: tierOf(wire, 'service_tier', context),
    conditions: conditionsOf(wire, ['speed', 'inference_geo'], context),
    incomplete: isCut ? cutBucketsOf(top) : undefined,
  };
}

/** Compatible gateways report an empty prompt until the end; no prompt is empty. */
function cutBucketsOf(usage: Usage): readonly (keyof Usage)[] {
  return promptTokens(usage) === 0 ? ['inputTokens', 'outputTokens'] : ['outputTokens'];
}

function feesOf(wire: Wire): UsageReport['fees'] {
  const tools = partOf(wire, 'server_tool_use');
  if (!tools) return undefined;
  const searches = countOf(tools, 'web_search_requests') ?? 0;
  const fetches = countOf(tools, 'web_fetch_requests') ?? 0;
  if (searches + fetches === 0) return undefined;
  return {
    ...(searches > 0 && { web_search: searches }),
    ...(fetches > 0 && { web_fetch: fetches }),
  };
}

const FIELDS = [
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cache_creation',
  'output_tokens_details',
  'server_tool_use',
  'service_tier',
  'speed',
  'inference_geo',
  'iterations',
] as const;

/**
 * What a stream has told so far, and then the next event's usage. Counts are cumulative, so each field that is not null
 * takes the place of the earlier one: adding them up would bill twice. Start from undefined.
 */
export function foldAnthropicUsage(previous: Wire | undefined, next: unknown): Wire | undefined {
  if (next === undefined || next === null) return previous;
  const wire = usageWire(next);
  const folded: Record<string, unknown> = {};
  for (const name of FIELDS) {
    const value = fieldOf(wire, name) ?? (previous && fieldOf(previous, name));
    if (value !== undefined) folded[name] = value;
  }
  if (previous && fieldOf(wire, 'cache_creation') === undefined) settleSplit(folded, previous);
  return folded;
}

/**
 * Later events count what was written to the cache, but not for how long. What came since the first (by server tools)
 * has the time to live of the rest: an hour where all of it had, the default where not.
 */
function settleSplit(folded: Record<string, unknown>, previous: Wire): void {
  const split = partOf(folded, 'cache_creation');
  const written = countOf(folded, 'cache_creation_input_tokens');
  if (!split || written === undefined) return;
  const in1h = countOf(split, 'ephemeral_1h_input_tokens') ?? 0;
  const in5m = countOf(split, 'ephemeral_5m_input_tokens') ?? 0;
  const wasSound = in1h + in5m === countOf(previous, 'cache_creation_input_tokens');
  if (!wasSound || written <= in1h + in5m) return;
  folded['cache_creation'] =
    in1h > 0 && in5m === 0
      ? { ephemeral_1h_input_tokens: written }
      : { ephemeral_1h_input_tokens: in1h, ephemeral_5m_input_tokens: written - in1h };
}

/** A whole stream's events. `isAborted`: it was broken off, by whomever. */
export function anthropicStreamReport(
  events: readonly unknown[],
  context?: UsageContext,
  isAborted = false,
): UsageReport {
  let folded: Wire | undefined;
  let isCut = true;
  for (const event of events) {
    if (!isWire(event)) continue;
    const type = fieldOf(event, 'type');
    if (type === 'message_start') {
      const message = fieldOf(event, 'message');
      if (isWire(message)) folded = foldAnthropicUsage(folded, fieldOf(message, 'usage'));
    } else if (type === 'message_delta') {
      const usage = fieldOf(event, 'usage');
      folded = foldAnthropicUsage(folded, usage);
      isCut &&= usage === undefined;
    }
  }
  return anthropicReport(folded, context, isCut || isAborted);
}
