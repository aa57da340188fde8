import { promptTokens, UsageError, type UsageReport } from '@weir/core';
import { usageReport } from '@weir/providers';
import { figuresOf, READ_ONLY_BY, THEIRS } from './usage-figures.ts';
import { type Difference, REASONS } from './usage-reasons.ts';

/**
 * Real usage payloads, each with what another project (pydantic/genai-prices) read in it. Ours has to be without loss,
 * and whatever differs from theirs has to be for a reason that is known. Not compared is what they add from elsewhere
 * (prices, which come with a catalog of theirs) and what has no rate of its own (tokens of text and of video).
 */

type Fields = Readonly<Record<string, unknown>>;

/** A payload that a provider sent, and every way in which the other project reads it. */
export interface Capture {
  readonly body: Fields;
  readonly extracted: readonly {
    readonly usage: Readonly<Record<string, number>>;
    readonly extractors: readonly { readonly provider_id: string; readonly api_flavor: string }[];
  }[];
}

/** The other project's readers by the wire that they read: by provider where the wire is its default. */
const WIRES: Readonly<Record<string, string>> = {
  responses: 'responses',
  anthropic: 'messages',
  images: 'images',
  realtime: 'realtime',
  'anthropic default': 'messages',
  'minimax default': 'messages',
  'google default': 'generateContent',
  'aws default': 'Converse',
  'cohere default': 'v2/chat',
  'cohere tokens': 'v2/chat',
};

/** No gateway's business here: they read chat payloads only because those also have a `prompt_tokens`. */
const UNSUPPORTED = new Set(['embeddings']);

/** The other project's readings of a capture that we support too, each beside ours. */
function* readingsOf({ body, extracted }: Capture) {
  const { usage, usageMetadata, response } = body;
  const sent = usage ?? usageMetadata ?? fieldsOf(response)['usage'];
  const payload = fieldsOf(sent);
  for (const { usage: theirs, extractors } of extracted) {
    for (const { provider_id: provider, api_flavor: flavor } of extractors) {
      if (UNSUPPORTED.has(flavor)) continue;
      const reader = `${provider} ${flavor}`;
      const api = WIRES[reader] ?? WIRES[flavor] ?? 'chat.completions';
      const ours = orRefusal(() => usageReport(provider, api, sent));
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
      const isNamed = READ_ONLY_BY[figure]?.includes(reader) ?? true;
      if (count === (their ?? 0) || (their === undefined && !isNamed)) continue;
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
  const problem = problemIn(capture);
  if (problem !== undefined) return { readings: 0, wrong: [problem], reasons: [] };
  const wrong: string[] = [];
  const reasons: string[] = [];
  let readings = 0;
  for (const { ours, payload, reader } of readingsOf(capture)) {
    readings++;
    if (typeof ours === 'string') continue;
    const total = payload['total_tokens'] ?? payload['totalTokenCount'] ?? payload['totalTokens'];
    const tokens = promptTokens(ours.usage) + ours.usage.outputTokens;
    if (total !== undefined && total !== null && total !== tokens) {
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

/** Why it is no capture, off a file in which anything may stand. */
function problemIn(capture: unknown): string | undefined {
  const { body, extracted } = fieldsOf(capture);
  if (!isObject(body)) return 'is no capture: it has no body';
  if (!Array.isArray(extracted)) return 'is no capture: it has no list of what was extracted';
  const isRead = extracted.every((reading) => {
    const { usage, extractors } = fieldsOf(reading);
    return isObject(usage) && Array.isArray(extractors) && extractors.every(isReader);
  });
  return isRead ? undefined : 'is no capture: a reading has no usage or no readers';
}

function isReader(value: unknown): boolean {
  const { provider_id: provider, api_flavor: flavor } = fieldsOf(value);
  return typeof provider === 'string' && typeof flavor === 'string';
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

/** Every reason that there is. */
export const KNOWN_REASONS: readonly string[] = Object.keys(REASONS);
