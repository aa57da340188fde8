import type { Usage, UsageReport, UsageSlices } from '@weir/core';
import { NO_USAGE } from '@weir/core';
import type { UsageContext } from './context.ts';
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
import { slicesOf } from './slices.ts';

/** `usageMetadata` of Gemini and Vertex. Thoughts are beside the candidates, and what tools read beside the prompt. */
export function geminiReport(payload: unknown, context?: UsageContext): UsageReport {
  const wire = usageWire(payload);
  const usage = usageFrom(wire);
  return {
    usage,
    slices: slicesFrom(wire, usage),
    fees: feesOf(context),
    serviceTier: context?.servedTier ?? wordOf(wire, 'serviceTier') ?? tierOfTraffic(wire),
    conditions: context?.conditions,
  };
}

function usageFrom(wire: Wire): Usage {
  const total = countOf(wire, 'totalTokenCount');
  const thoughts = countOf(wire, 'thoughtsTokenCount') ?? 0;
  const toolPrompt = countOf(wire, 'toolUsePromptTokenCount') ?? 0;
  const cached = countOf(wire, 'cachedContentTokenCount') ?? 0;
  // Protobuf leaves zeros out. Only the total tells one of those from a count that is not known.
  const told = total === undefined ? neededCountOf : countOf;
  const prompt = told(wire, 'promptTokenCount') ?? 0;
  // The live wire calls it the response.
  const candidates = countOf(wire, 'responseTokenCount') ?? told(wire, 'candidatesTokenCount') ?? 0;
  if (total !== undefined && total !== prompt + candidates + thoughts + toolPrompt) {
    throw inconsistent(
      `A total of ${total} is not ${prompt} + ${candidates} + ${thoughts} + ${toolPrompt}`,
    );
  }
  if (cached > prompt) throw inconsistent(`${cached} cached tokens are not among ${prompt}`);
  return sound({
    inputTokens: prompt - cached + toolPrompt,
    cacheReadTokens: cached,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    cacheWriteOtherTokens: 0,
    outputTokens: candidates + thoughts,
    reasoningTokens: thoughts,
  });
}

function slicesFrom(wire: Wire, usage: Usage): UsageSlices | undefined {
  const prompt = partsOf(wire, 'promptTokensDetails');
  const toolPrompt = partsOf(wire, 'toolUsePromptTokensDetails');
  const cached = partsOf(wire, 'cacheTokensDetails');
  const candidates = [
    ...partsOf(wire, 'candidatesTokensDetails'),
    ...partsOf(wire, 'responseTokensDetails'),
  ];
  const isCachedTold = cached.length > 0 || usage.cacheReadTokens === 0;
  return slicesOf(usage, {
    inputAudio: tokensOf(prompt, 'AUDIO') + tokensOf(toolPrompt, 'AUDIO'),
    inputImage: tokensOf(prompt, 'IMAGE') + tokensOf(toolPrompt, 'IMAGE'),
    cachedAudio: isCachedTold ? tokensOf(cached, 'AUDIO') : undefined,
    cachedImage: isCachedTold ? tokensOf(cached, 'IMAGE') : undefined,
    outputAudio: tokensOf(candidates, 'AUDIO'),
    outputImage: tokensOf(candidates, 'IMAGE'),
  });
}

function tokensOf(details: readonly Wire[], modality: string): number {
  let sum = 0;
  for (const detail of details) {
    if (fieldOf(detail, 'modality') === modality) sum += countOf(detail, 'tokenCount') ?? 0;
  }
  return sum;
}

/** Google charges for each query once, however often the model repeated it; an empty one was never sent. */
function feesOf({ webSearchQueries, grounded }: UsageContext = {}): UsageReport['fees'] {
  const unique = new Set(webSearchQueries?.filter((query) => query.trim() !== ''));
  if (unique.size > 0) return { web_search_query: unique.size };
  return grounded ? { grounded_prompt: 1 } : undefined;
}

/** Vertex names the kind of traffic instead of a tier. On demand is no tier; bought capacity is called what it is. */
const TIER_OF_TRAFFIC: ReadonlyMap<string, string> = new Map([
  ['ON_DEMAND_PRIORITY', 'priority'],
  ['ON_DEMAND_FLEX', 'flex'],
  ['PROVISIONED_THROUGHPUT', 'PROVISIONED_THROUGHPUT'],
]);

function tierOfTraffic(wire: Wire): string | undefined {
  return TIER_OF_TRAFFIC.get(wordOf(wire, 'trafficType') ?? '');
}

/**
 * A stream's usage: the last one sent, since each is cumulative. Vertex sends some that hold only the kind of traffic.
 * `isAborted`: Google goes on without us, and what it then wrote is not counted here.
 */
export function geminiStreamReport(
  chunks: readonly unknown[],
  context?: UsageContext,
  isAborted = false,
): UsageReport {
  const last = chunks
    .map((chunk) => (isWire(chunk) ? fieldOf(chunk, 'usageMetadata') : undefined))
    .findLast((usage) => usage !== undefined && hasCounts(usage));
  const report = geminiReport(last, context);
  return isAborted ? { ...report, incomplete: ['outputTokens'] } : report;
}

const COUNTS = [
  'totalTokenCount',
  'promptTokenCount',
  'candidatesTokenCount',
  'responseTokenCount',
];

/** A chunk whose counts are junk is not passed over: it would be no usage then, or that of an earlier chunk. */
function hasCounts(usage: unknown): boolean {
  if (!isWire(usage)) return true;
  return COUNTS.some((name) => fieldOf(usage, name) !== undefined);
}

/**
 * A cache that was filled ahead of its use spends no tokens: what is charged for it is the time it is kept. The count
 * is read all the same, since one that cannot be true must not pass for free.
 */
export function geminiCachedContentReport(payload: unknown): UsageReport {
  geminiCachedTokens(payload);
  return { usage: NO_USAGE };
}

/** How many tokens such a cache holds. */
export function geminiCachedTokens(payload: unknown): number {
  return neededCountOf(usageWire(payload), 'totalTokenCount');
}
