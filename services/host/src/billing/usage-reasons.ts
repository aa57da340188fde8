import type { UsageReport } from '@weir/core';
import { usageReport } from '@weir/providers';
import { figuresOf } from './usage-figures.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One figure that the two readings do not agree on, or a refusal of ours. */
export interface Difference {
  readonly reader: string;
  readonly figure: string;
  readonly ours: number | string;
  readonly theirs: number | undefined;
  readonly payload: Fields;
  readonly report: UsageReport | undefined;
}

/** Figures that some of their readers have no name for. */
const UNNAMED = new Set([
  'cache read',
  'cache write',
  'reasoning',
  'input audio',
  'input image',
  'output audio',
  'output image',
  'searches',
]);

/** Why two readings of a payload differ. What none of these explains is an error, of theirs or of ours. */
export const REASONS: Readonly<Record<string, (seen: Difference) => boolean>> = {
  'their reader has no name for a figure that the payload states': ({ figure, theirs, ...seen }) =>
    UNNAMED.has(figure) && theirs === undefined && countsIn(seen.payload).includes(seen.ours),
  'they always add reasoning (and citations) to the output, though here the total has it inside': (
    seen,
  ) => seen.figure === 'output' && addedBy(seen).includes((seen.theirs ?? 0) - Number(seen.ours)),
  'they leave out the reasoning that xAI counts beside the completion, as the total says': (seen) =>
    seen.figure === 'output' &&
    seen.theirs === seen.payload['completion_tokens'] &&
    seen.theirs === Number(seen.ours) - (seen.report?.usage.reasoningTokens ?? 0) &&
    seen.payload['total_tokens'] === Number(seen.payload['prompt_tokens']) + Number(seen.ours),
  'they leave out passes that Anthropic bills beside the message (compaction, an adviser)': (
    seen,
  ) => seen.report?.parts !== undefined && figureWithoutPasses(seen) === (seen.theirs ?? 0),
  'they do not know for how long Anthropic writes where it does not say; that is five minutes': (
    seen,
  ) =>
    seen.figure === 'cache write 5m' &&
    seen.theirs === undefined &&
    fieldsOf(seen.payload['cache_creation'])['ephemeral_5m_input_tokens'] === undefined &&
    seen.ours === seen.payload['cache_creation_input_tokens'],
  'they count Cohere’s tokens and what it cached of them; it bills other units': (seen) =>
    seen.reader === 'cohere tokens' && (seen.theirs ?? 0) === unbilledByCohere(seen),
  'they count Cohere’s tokens where it says nothing of the units that it bills': (seen) =>
    seen.reader === 'cohere tokens' &&
    seen.ours === 'usage_missing' &&
    (seen.payload['billed_units'] ?? undefined) === undefined,
  'they count documents as images': (seen) =>
    seen.figure === 'input image' &&
    documentsIn(seen.payload) > 0 &&
    (seen.theirs ?? 0) - documentsIn(seen.payload) ===
      Number(seen.ours) + (cachedImages(seen) ?? 0),
  'they count images that were in a cache, which cost there what text does': (seen) =>
    seen.figure === 'input image' &&
    (cachedImages(seen) ?? 0) > 0 &&
    (seen.theirs === undefined ||
      seen.theirs - documentsIn(seen.payload) === Number(seen.ours) + (cachedImages(seen) ?? 0)),
  'they count Perplexity’s searches, which are charged by the cost that it reports': (seen) =>
    seen.figure === 'searches' && seen.theirs === seen.payload['num_search_queries'],
  'they read no answer of Gemini’s live wire, which calls it another thing': (seen) =>
    seen.figure === 'output' &&
    Number(seen.ours) - (seen.theirs ?? 0) === seen.payload['responseTokenCount'],
  'they read Anthropic’s payload as a Responses one, whose input would include the cache': (seen) =>
    seen.reader.endsWith(' responses') &&
    seen.ours === 'usage_inconsistent' &&
    ['cache_read_input_tokens', 'cache_creation_input_tokens'].some((name) => seen.payload[name]),
  'they read the reply to an embedding, which has neither an answer nor a total': (seen) =>
    seen.reader === 'google default' &&
    seen.ours === 'usage_missing' &&
    seen.payload['promptTokenCount'] !== undefined &&
    ['candidates', 'response', 'thoughts', 'total'].every(
      (name) => (seen.payload[`${name}TokenCount`] ?? undefined) === undefined,
    ),
};

function countsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap(countsIn);
}

/** What their readers of xAI and Perplexity put on top of the output. */
function addedBy({ reader, payload, report }: Difference): number[] {
  if (reader === 'x-ai chat') return [report?.usage.reasoningTokens ?? 0];
  const reasoning = Number(payload['reasoning_tokens'] ?? 0);
  const citations = Number(payload['citation_tokens'] ?? 0);
  if (reader === 'x-ai default') return [reasoning];
  return reader === 'perplexity default' ? [reasoning + citations, citations] : [];
}

/** The same figure by the counts of the message alone. */
function figureWithoutPasses({ figure, payload }: Difference): number | undefined {
  const { iterations: _passes, ...message } = payload;
  return figuresOf(usageReport('anthropic', 'messages', message))[figure];
}

function unbilledByCohere({ figure, payload }: Difference): unknown {
  const { input_tokens: input, output_tokens: output } = fieldsOf(payload['tokens']);
  if (figure === 'input') return input ?? 0;
  if (figure === 'output') return output ?? 0;
  return figure === 'cache read' ? (payload['cached_tokens'] ?? 0) : undefined;
}

function documentsIn(payload: Fields): number {
  return (
    tokensOf(payload['promptTokensDetails'], 'DOCUMENT') +
    tokensOf(payload['toolUsePromptTokensDetails'], 'DOCUMENT')
  );
}

/**
 * How many of the images were cached: as it is told, or else what is missing of them where the cache could hold it.
 * Undefined where no image was.
 */
function cachedImages({ payload, report, ours }: Difference): number | undefined {
  const cached = payload['cacheTokensDetails'];
  const details =
    payload['prompt_tokens_details'] ??
    payload['input_tokens_details'] ??
    payload['input_token_details'];
  const ofCache = fieldsOf(fieldsOf(details)['cached_tokens_details'])['image_tokens'];
  const told = Array.isArray(cached) ? tokensOf(cached, 'IMAGE') : ofCache;
  if (typeof told === 'number') return told;
  const images =
    tokensOf(payload['promptTokensDetails'], 'IMAGE') +
    tokensOf(payload['toolUsePromptTokensDetails'], 'IMAGE') +
    Number(fieldsOf(details)['image_tokens'] ?? 0);
  const missing = images - Number(ours);
  return missing > 0 && missing <= (report?.usage.cacheReadTokens ?? 0) ? missing : undefined;
}

function tokensOf(details: unknown, modality: string): number {
  if (!Array.isArray(details)) return 0;
  return details
    .map(fieldsOf)
    .filter((detail) => detail['modality'] === modality)
    .reduce((sum, { tokenCount }) => sum + Number(tokenCount ?? 0), 0);
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
