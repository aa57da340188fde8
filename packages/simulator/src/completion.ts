import type { MindRequest, MindToken } from './mind.ts';

/** OpenAI's dialect as llama-server speaks it: what is asked, and what is answered. */

export interface Asked {
  readonly request: MindRequest;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly logprobs: boolean;
}

interface WireRequest {
  model?: string;
  messages?: { role?: string; content?: unknown }[];
  max_tokens?: number;
  max_completion_tokens?: number;
  temperature?: number;
  seed?: number;
  stop?: string | string[];
  stream?: boolean;
  stream_options?: { include_usage?: boolean };
  logprobs?: boolean;
  top_logprobs?: number;
}

/** Undefined when the body is no chat completion request. */
export function asked(body: string): Asked | undefined {
  let wire: WireRequest;
  try {
    wire = JSON.parse(body) as WireRequest;
  } catch {
    return undefined;
  }
  if (!Array.isArray(wire.messages) || wire.messages.length === 0) return undefined;
  const logprobs = wire.logprobs === true;
  const { stop } = wire;
  return {
    request: {
      model: wire.model ?? '',
      messages: wire.messages.map(({ role, content }) => ({
        role: role ?? '',
        content: textOf(content),
      })),
      maxTokens: wire.max_completion_tokens ?? wire.max_tokens ?? 256,
      temperature: wire.temperature ?? 0,
      seed: wire.seed ?? 0,
      stop: stop === undefined ? [] : typeof stop === 'string' ? [stop] : stop,
      topLogprobs: logprobs ? (wire.top_logprobs ?? 0) : -1,
    },
    stream: wire.stream === true,
    includeUsage: wire.stream_options?.include_usage === true,
    logprobs,
  };
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: { text?: unknown }) => (typeof part?.text === 'string' ? part.text : ''))
    .join('');
}

export interface Identity {
  readonly id: string;
  readonly model: string;
  readonly createdS: number;
}

export interface Counts {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export function wireUsage({ promptTokens, completionTokens }: Counts) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

function wireToken(token: MindToken) {
  const entry = (text: string, logprob: number) => ({
    token: text,
    bytes: [...Buffer.from(text)],
    logprob,
  });
  return {
    ...entry(token.text, token.logprob ?? 0),
    top_logprobs: token.top.map((top) => entry(top.token, top.logprob)),
  };
}

/** Only real log-probabilities are written; a mind that has none gives none. */
function wireLogprobs(tokens: readonly MindToken[]) {
  if (tokens.some(({ logprob }) => logprob === undefined)) return null;
  return { content: tokens.map(wireToken) };
}

export function completionBody(
  identity: Identity,
  tokens: readonly MindToken[],
  finish: string,
  counts: Counts | undefined,
  logprobs: boolean,
): string {
  return JSON.stringify({
    id: identity.id,
    object: 'chat.completion',
    created: identity.createdS,
    model: identity.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: tokens.map(({ text }) => text).join('') },
        logprobs: logprobs ? wireLogprobs(tokens) : null,
        finish_reason: finish,
      },
    ],
    ...(counts && { usage: wireUsage(counts) }),
  });
}

export function chunk(identity: Identity, choice: object | undefined, usage?: Counts): string {
  return JSON.stringify({
    id: identity.id,
    object: 'chat.completion.chunk',
    created: identity.createdS,
    model: identity.model,
    choices: choice ? [choice] : [],
    ...(usage && { usage: wireUsage(usage) }),
  });
}

export function tokenChoice(token: MindToken, first: boolean, logprobs: boolean): object {
  const wire = logprobs ? wireLogprobs([token]) : null;
  return {
    index: 0,
    delta: { ...(first && { role: 'assistant' }), content: token.text },
    ...(wire && { logprobs: wire }),
    finish_reason: null,
  };
}

export function finishChoice(finish: string): object {
  return { index: 0, delta: {}, finish_reason: finish };
}
