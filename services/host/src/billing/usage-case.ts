import { promptTokens, UsageError, type UsageReport } from '@weir/core';
import { usageReport } from '@weir/providers';

/**
 * Real usage payloads, each with what another project (pydantic/genai-prices) read in it. Ours has to be without loss,
 * and whatever differs from theirs has to be for a reason that is known.
 */

type Fields = Readonly<Record<string, unknown>>;

/** A payload that a provider sent, and every way in which the other project reads it. */
export interface Capture {
  readonly body: { readonly usage?: Fields; readonly usageMetadata?: Fields };
  readonly extracted: readonly {
    readonly usage: Readonly<Record<string, number>>;
    readonly extractors: readonly { readonly provider_id: string; readonly api_flavor: string }[];
  }[];
}

/** The other project's readers by the wire that they read; all of the rest are of chat completions. */
const WIRES: Readonly<Record<string, string>> = {
  'anthropic default': 'messages',
  'aws anthropic': 'messages',
  'azure anthropic': 'messages',
  'google anthropic': 'messages',
  'minimax default': 'messages',
  'google default': 'generateContent',
  'aws default': 'Converse',
  'cohere default': 'v2/chat',
  'cohere tokens': 'v2/chat',
};

/** No gateway's business here: they read chat payloads only because those also have a `prompt_tokens`. */
const UNSUPPORTED = new Set(['embeddings']);

/** One figure that the two readings do not agree on, or a refusal of ours. */
interface Difference {
  readonly reader: string;
  readonly figure: string;
  readonly ours: number | string;
  readonly theirs: number | undefined;
  readonly payload: Fields;
  readonly report: UsageReport | undefined;
}

/** Why the readings differ. Whatever is not explained by one of these fails the test. */
const REASONS: Readonly<Record<string, (seen: Difference) => boolean>> = {
  'their reader has no name for a figure that the payload states': ({ figure, theirs, ...seen }) =>
    ['cache read', 'cache write', 'reasoning', 'input audio', 'searches'].includes(figure) &&
    theirs === undefined &&
    countsIn(seen.payload).includes(seen.ours),
  'they always add reasoning to xAI’s output, though here the total has it inside': (seen) =>
    seen.reader === 'x-ai chat' &&
    seen.figure === 'output' &&
    seen.theirs === Number(seen.ours) + (seen.report?.usage.reasoningTokens ?? 0),
  'they leave out passes that Anthropic bills beside the message (an adviser’s)': (seen) =>
    ['input', 'output'].includes(seen.figure) &&
    (seen.report?.parts ?? []).some(({ model }) => model !== undefined) &&
    Number(seen.ours) > (seen.theirs ?? 0),
  'they count Cohere’s tokens and what it cached of them; it bills other units': (seen) =>
    seen.reader === 'cohere tokens',
  'they count documents as images': (seen) =>
    seen.figure === 'input image' && JSON.stringify(seen.payload).includes('"DOCUMENT"'),
  'they read Anthropic’s payload as a Responses one, whose input would include the cache': (seen) =>
    seen.reader.endsWith(' responses') &&
    seen.ours === 'usage_inconsistent' &&
    Object.hasOwn(seen.payload, 'cache_read_input_tokens'),
  'they read the reply to an embedding, which has neither an answer nor a total': (seen) =>
    seen.reader === 'google default' &&
    seen.ours === 'usage_missing' &&
    Object.keys(seen.payload).every((name) => name.startsWith('prompt')),
};

function countsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap(countsIn);
}

function figuresOf({ usage, slices, fees }: UsageReport): Readonly<Record<string, number>> {
  return {
    input: promptTokens(usage),
    output: usage.outputTokens,
    'cache read': usage.cacheReadTokens,
    'cache write':
      usage.cacheWrite5mTokens + usage.cacheWrite1hTokens + usage.cacheWriteOtherTokens,
    'cache write 5m': usage.cacheWrite5mTokens,
    reasoning: usage.reasoningTokens,
    'input audio': (slices?.inputAudioTokens ?? 0) + (slices?.cacheReadAudioTokens ?? 0),
    'input image': slices?.inputImageTokens ?? 0,
    'output image': slices?.outputImageTokens ?? 0,
    searches: fees?.web_search ?? 0,
  };
}

/** Figures under the other project's names; its input includes the cache. */
const THEIRS: Readonly<Record<string, string>> = {
  input: 'input_tokens',
  output: 'output_tokens',
  'cache read': 'cache_read_tokens',
  'cache write': 'cache_write_tokens',
  'cache write 5m': 'cache_write_5m_tokens',
  reasoning: 'output_reasoning_tokens',
  'input audio': 'input_audio_tokens',
  'input image': 'input_image_tokens',
  'output image': 'output_image_tokens',
  searches: 'web_searches',
};

/** The other project's readings of a capture that we support too, each beside ours. */
function* readingsOf({ body, extracted }: Capture) {
  const payload = body.usage ?? body.usageMetadata ?? {};
  for (const { usage: theirs, extractors } of extracted) {
    for (const { provider_id: provider, api_flavor: flavor } of extractors) {
      if (UNSUPPORTED.has(flavor)) continue;
      const reader = `${provider} ${flavor}`;
      const api = flavor === 'responses' ? flavor : (WIRES[reader] ?? 'chat.completions');
      const ours = orRefusal(() => usageReport(provider, api, payload));
      yield { reader, payload, theirs, ours };
    }
  }
}

function* differencesIn(capture: Capture): Generator<Difference> {
  for (const { reader, payload, theirs, ours } of readingsOf(capture)) {
    if (typeof ours === 'string') {
      yield { reader, figure: 'all', ours, theirs: undefined, payload, report: undefined };
      continue;
    }
    for (const [figure, count] of Object.entries(figuresOf(ours))) {
      const their = theirs[THEIRS[figure] ?? ''];
      // Only some of their readers tell written tokens apart by their time to live.
      if (figure === 'cache write 5m' && their === undefined) continue;
      if (count === (their ?? 0)) continue;
      yield { reader, figure, ours: count, theirs: their, payload, report: ours };
    }
  }
}

function orRefusal(read: () => UsageReport): UsageReport | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) return error.code;
    throw error;
  }
}

/** What became of one payload. */
export interface Judged {
  /** Ways to read it that Weir supports too. */
  readonly readings: number;
  /** Where the buckets are not the provider's own total, or differ from the other reading for no known reason. */
  readonly wrong: readonly string[];
  /** Differences that are explained: the reason, once for each. */
  readonly reasons: readonly string[];
}

export function judgeCapture(capture: Capture): Judged {
  const wrong: string[] = [];
  const reasons: string[] = [];
  let readings = 0;
  for (const { ours, payload, reader } of readingsOf(capture)) {
    readings++;
    if (typeof ours === 'string') continue;
    const total = payload['total_tokens'] ?? payload['totalTokenCount'] ?? payload['totalTokens'];
    const tokens = promptTokens(ours.usage) + ours.usage.outputTokens;
    if (total !== undefined && total !== tokens) {
      wrong.push(`${reader}: buckets hold ${tokens} tokens, the provider says ${total}`);
    }
  }
  for (const seen of differencesIn(capture)) {
    const reason = Object.entries(REASONS).find(([, explains]) => explains(seen))?.[0];
    if (reason) reasons.push(reason);
    else {
      wrong.push(
        `${seen.reader}: ${seen.figure} is ${seen.ours}, the other reading ${seen.theirs ?? 'has none'}`,
      );
    }
  }
  return { readings, wrong, reasons };
}

/** Every reason that there is. */
export const KNOWN_REASONS: readonly string[] = Object.keys(REASONS);
