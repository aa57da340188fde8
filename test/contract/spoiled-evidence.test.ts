import { decide, freeTokens, logprobEvidence, type MissingEvidence } from '@weir/cascade';
import type { ChatReply, ChatRequest } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { DIALECTS, type DialectName } from '../../packages/providers/src/index.ts';
import { type Answer, capturePaths, fileAt, hasCaptures, replyIn } from './captures.ts';

/** No verdict rests on log-probabilities that an engine spoiled, by the way that real replies go: through its adapter. */

const LLAMA = DIALECTS['llama.cpp'].adapter;

/** What would accept anything that has evidence. */
const CREDULOUS = { signal: 'mean', threshold: 0, withoutEvidence: 'escalate' } as const;

interface WireToken {
  readonly token?: string;
  readonly logprob?: number;
  readonly top_logprobs?: readonly unknown[];
}

interface WireChoice {
  readonly delta?: { readonly content?: string | null };
  readonly logprobs?: { readonly content?: readonly WireToken[] | null } | null;
}

interface Recorded {
  readonly request: {
    readonly path: string;
    readonly body: Readonly<Record<string, unknown>> | null;
  };
  readonly response: Answer;
}

/** Whether any token of an answer is spoiled, by the bytes alone: none of our code but this has looked at them. */
function isSpoiled({ json, sse_lines }: Answer): boolean {
  const isFilled = ({ token, logprob, top_logprobs }: WireToken) =>
    token !== '' && (logprob === undefined || (logprob === 0 && top_logprobs?.length === 0));
  if (json !== undefined) {
    const { choices = [] } = json as { choices?: readonly WireChoice[] };
    return choices[0]?.logprobs?.content?.some(isFilled) ?? true;
  }
  return (sse_lines ?? []).some(({ line }) => {
    if (!line.startsWith('data: {')) return false;
    const { choices } = JSON.parse(line.slice('data: '.length)) as { choices: WireChoice[] };
    const [choice] = choices;
    if (!choice?.delta?.content) return false;
    return !choice.logprobs?.content || choice.logprobs.content.some(isFilled);
  });
}

function askedIn(body: Readonly<Record<string, unknown>>): ChatRequest {
  const { top_logprobs, temperature, grammar } = body;
  return {
    messages: [],
    topLogprobs: Number(top_logprobs),
    temperature: Number(temperature),
    ...(typeof grammar === 'string' && { passthrough: { grammar } }),
  };
}

describe.skipIf(!hasCaptures)('of every answer that was captured with log-probabilities', () => {
  const recorded = capturePaths()
    .filter((path) => path.startsWith('llama-server/'))
    .map((path) => [path, fileAt(path) as Recorded] as const)
    .filter(([, { request }]) => request?.path === '/v1/chat/completions')
    .filter(([, { request }]) => request.body?.['logprobs'] === true);
  const rows = recorded.map(
    ([path, { request, response }]) =>
      [path, isSpoiled(response), askedIn(request.body ?? {}), response] as const,
  );

  test('there are spoiled and sound ones, whole and streamed', () => {
    const kinds = rows.map(([, spoiled, , { sse_lines }]) => `${spoiled} ${Boolean(sse_lines)}`);
    expect(new Set(kinds).size).toBe(4);
    const speculative = rows.filter(([path]) => /spec-(?!none)/.test(path));
    expect(speculative).toHaveLength(14);
    expect(speculative.filter(([, spoiled]) => !spoiled)).toEqual([]);
  });

  test.each(rows)('%s is evidence unless it is spoiled (%s)', (_path, spoiled, chat, response) => {
    const reply = replyIn(LLAMA, response);
    const verdict = decide(CREDULOUS, chat, reply, []);
    expect(verdict).toMatchObject(
      spoiled
        ? { decision: 'escalate', confidence: null, evidence: 'none' }
        : { decision: 'accept', evidence: 'logprobs' },
    );
  });

  test('of one under a grammar the end that was forced on it does not count', () => {
    const path = 'llama-server/chat-grammar-logprobs.json';
    const row = rows.find(([name]) => name === path);
    const evidence = row && logprobEvidence(row[2], replyIn(LLAMA, row[3]));
    expect(evidence?.kind === 'logprobs' && freeTokens(evidence)).toMatchObject([
      { token: 'positive' },
    ]);
  });
});

/** As engines write a token and its alternatives. */
function wire(token: string, logprob: number, alternatives = 3): WireToken {
  const top = Array.from({ length: alternatives }, (_, rank) => ({
    token: rank === 0 ? token : `${token}${rank}`,
    logprob: rank === 0 ? logprob : logprob - 9 - rank - token.length / 10,
  }));
  return { token, logprob, top_logprobs: top };
}

const filled = (token: string): WireToken => ({ token, logprob: 0, top_logprobs: [] });

const SAID = [wire('The', -0.4), wire(' dam', -0.2), wire(' holds', -1.1), wire('.', -0.01)];
const TEXT = 'The dam holds.';

/** A whole answer of `TEXT`, with these for its log-probabilities. */
function whole(content: readonly unknown[] | null, more: object = {}): Answer {
  const message = { role: 'assistant', content: TEXT };
  const choice = { index: 0, message, finish_reason: 'stop', logprobs: content && { content } };
  return { json: { id: 'c', model: 'm', choices: [choice], ...more } };
}

/** The same streamed: what each chunk says, and what it tells of that. */
function streamed(...pieces: readonly (readonly [string, (readonly unknown[] | null)?])[]): Answer {
  const chunk = (choice: object) => `data: ${JSON.stringify({ id: 'c', choices: [choice] })}`;
  const chunks = pieces.map(([content, tokens]) => {
    const logprobs = tokens === undefined ? {} : { logprobs: tokens && { content: tokens } };
    return chunk({ index: 0, delta: { content }, ...logprobs });
  });
  return {
    sse: [...chunks, chunk({ index: 0, delta: {}, finish_reason: 'stop' }), 'data: [DONE]'],
  };
}

const [THE, DAM, HOLDS, STOP] = SAID as [WireToken, WireToken, WireToken, WireToken];

const CASES: readonly [string, DialectName, Answer, 'good' | MissingEvidence][] = [
  ['llama.cpp, nothing guessed', 'llama.cpp', whole([...SAID, wire('', -0.1)]), 'good'],
  [
    'llama.cpp, guessed tokens filled in',
    'llama.cpp',
    whole([THE, filled(' dam'), filled(' holds'), STOP, filled('')]),
    'zero_filled',
  ],
  [
    'llama.cpp, streamed, guessed tokens without the field',
    'llama.cpp',
    streamed(['The', [THE]], [' dam'], [' holds'], ['.', [STOP]]),
    'missing_on_some_tokens',
  ],
  [
    'llama.cpp, probabilities after sampling',
    'llama.cpp',
    whole([THE, DAM, HOLDS, STOP].map(({ token }) => ({ token, prob: 1, top_probs: [] }))),
    'missing_on_some_tokens',
  ],
  [
    'the same under the other name',
    'llama.cpp',
    whole(SAID.map(({ token }) => ({ token, logprob: 1, top_logprobs: [] }))),
    'impossible_logprob',
  ],
  ['SGLang, of the first token only', 'sglang', whole([THE]), 'tokens_do_not_cover_text'],
  [
    'SGLang, streamed, of the first token only',
    'sglang',
    streamed(['The', [THE]], [' dam holds.', null]),
    'missing_on_some_tokens',
  ],
  [
    'an empty list for a chunk that says something',
    'vllm',
    streamed(['The', [THE]], [' dam holds.', []]),
    'tokens_do_not_cover_text',
  ],
  [
    'vLLM, several tokens in one chunk',
    'vllm',
    streamed(['The', [THE]], [' dam holds.', [DAM, HOLDS, STOP]]),
    'good',
  ],
  [
    'vLLM, a token that was not kept',
    'vllm',
    whole([THE, { ...DAM, logprob: -9999 }, HOLDS, STOP]),
    'missing_on_some_tokens',
  ],
  ['TensorRT-LLM, left empty', 'tensorrt-llm', whole(null), 'no_logprobs'],
  ['TensorRT-LLM, an empty list', 'tensorrt-llm', whole([]), 'no_content_tokens'],
  [
    'alternatives that belong to their neighbours',
    'vllm',
    whole([THE, { ...DAM, top_logprobs: HOLDS.top_logprobs ?? [] }, HOLDS, STOP]),
    'contradictory_alternatives',
  ],
  [
    'log-probabilities that are null',
    'tabbyapi',
    whole(SAID.map((token) => ({ ...token, logprob: null }))),
    'missing_on_some_tokens',
  ],
  [
    'ids in the place of tokens',
    'vllm',
    whole(SAID.map((token, at) => ({ ...token, token: `token_id:${at}` }))),
    'tokens_do_not_cover_text',
  ],
];

const ASKED: ChatRequest = { messages: [], topLogprobs: 3 };

test.each(CASES)('no verdict rests on what was spoiled: %s (%s)', (_what, ...row) => {
  const [dialect, answer, worth] = row;
  const reply = replyIn(DIALECTS[dialect].adapter, answer);
  expect(reply.text).toBe(TEXT);
  const evidence = logprobEvidence(ASKED, reply);
  expect(evidence.kind === 'missing' ? evidence.reason : 'good').toBe(worth);
  const { decision } = decide(CREDULOUS, ASKED, reply, []);
  expect(decision).toBe(worth === 'good' ? 'accept' : 'escalate');
});

/** The same answer by protocols of their own. */
const NATIVE: Readonly<Record<string, (tokens: readonly WireToken[]) => ChatReply>> = {
  ollama: (tokens) => {
    const message = { role: 'assistant', content: TEXT };
    const reply = { model: 'm', message, done: true, done_reason: 'stop', logprobs: tokens };
    return DIALECTS.ollama.adapter.fromBody(JSON.stringify(reply)).reply;
  },
  'openai-responses': (tokens) => {
    const part = { type: 'output_text', text: TEXT, annotations: [], logprobs: tokens };
    const item = { type: 'message', role: 'assistant', status: 'completed', content: [part] };
    const reply = { id: 'r', object: 'response', status: 'completed', model: 'm', output: [item] };
    return DIALECTS['openai-responses'].adapter.fromBody(JSON.stringify(reply)).reply;
  },
  vertex: (tokens) => {
    const own = ({ token, logprob }: WireToken) => ({ token, logProbability: logprob });
    const candidate = {
      content: { role: 'model', parts: [{ text: TEXT }] },
      finishReason: 'STOP',
      logprobsResult: {
        chosenCandidates: tokens.map(own),
        topCandidates: tokens.map(({ top_logprobs = [] }) => ({
          candidates: (top_logprobs as readonly WireToken[]).map(own),
        })),
      },
    };
    return DIALECTS.vertex.adapter.fromBody(JSON.stringify({ candidates: [candidate] })).reply;
  },
};

test.each(Object.entries(NATIVE))('%s: sound and spoiled are told apart', (_dialect, said) => {
  const sound = logprobEvidence(ASKED, said(SAID));
  expect(sound).toMatchObject({ kind: 'logprobs', tokens: { length: 4 } });
  const spoiled = logprobEvidence(ASKED, said([THE, filled(' dam'), HOLDS, STOP]));
  expect(spoiled).toEqual({ kind: 'missing', reason: 'zero_filled' });
  const cut = logprobEvidence(ASKED, said([THE, DAM, HOLDS]));
  expect(cut.kind).toBe('missing');
});
