import type { UsageReport } from '@weir/core';
import { tierOf, type UsageContext } from './context.ts';
import {
  countOf,
  fieldOf,
  inconsistent,
  isWire,
  neededCountOf,
  partsOf,
  sound,
  usageWire,
  type Wire,
  wordOf,
} from './counts.ts';

/** `usage` of Bedrock's Converse. The input excludes all cache traffic, the total includes it. */
export function bedrockReport(payload: unknown, context?: UsageContext): UsageReport {
  const wire = usageWire(payload);
  const input = neededCountOf(wire, 'inputTokens');
  const output = neededCountOf(wire, 'outputTokens');
  const cacheRead = twiceNamed(wire, 'cacheReadInputTokens', 'cacheReadInputTokenCount');
  const written = writtenOf(wire);
  const total = countOf(wire, 'totalTokens');
  const sum = input + cacheRead + written.in5m + written.in1h + written.other + output;
  if (total !== undefined && total !== sum) {
    throw inconsistent(`A total of ${total} is not the ${sum} tokens that make it up`);
  }
  return {
    usage: sound({
      inputTokens: input,
      cacheReadTokens: cacheRead,
      cacheWrite5mTokens: written.in5m,
      cacheWrite1hTokens: written.in1h,
      cacheWriteOtherTokens: written.other,
      outputTokens: output,
      reasoningTokens: 0,
    }),
    serviceTier: tierOf(wire, 'serviceTier', context),
    conditions: context?.conditions,
  };
}

/** Written tokens by their time to live; those about which nothing is said have the default one. */
function writtenOf(wire: Wire) {
  const written = { in5m: 0, in1h: 0, other: 0 };
  for (const detail of partsOf(wire, 'cacheDetails')) {
    const tokens = countOf(detail, 'inputTokens') ?? 0;
    const ttl = wordOf(detail, 'ttl');
    if (ttl === '1h') written.in1h += tokens;
    else if (ttl === '5m' || ttl === undefined) written.in5m += tokens;
    else written.other += tokens;
  }
  const split = written.in5m + written.in1h + written.other;
  const all = countOf(wire, 'cacheWriteInputTokens') ?? countOf(wire, 'cacheWriteInputTokenCount');
  if (all === undefined) return written;
  if (split > all) throw inconsistent(`${split} tokens are written for a time, and ${all} at all`);
  return { ...written, in5m: written.in5m + all - split };
}

/** The JSON has some counts under two names; a token is still one token. */
function twiceNamed(wire: Wire, name: string, alias: string): number {
  return countOf(wire, name) ?? countOf(wire, alias) ?? 0;
}

/** The usage is in the `metadata` event, after the message has ended. */
export function bedrockStreamReport(
  events: readonly unknown[],
  context?: UsageContext,
): UsageReport {
  return bedrockReport(
    events.map(usageIn).findLast((usage) => usage !== undefined),
    context,
  );
}

/** The SDK puts an event's content under the event's name; its type is a header where it is read raw. */
function usageIn(event: unknown): unknown {
  if (!isWire(event)) return undefined;
  const metadata = fieldOf(event, 'metadata');
  return fieldOf(isWire(metadata) ? metadata : event, 'usage');
}
