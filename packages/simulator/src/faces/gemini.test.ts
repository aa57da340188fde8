import { describe, expect, test } from 'vitest';
import type { Reply } from './face.ts';
import { gemini } from './gemini.ts';

const REPLY: Reply = {
  identity: { id: 'sim-1', model: 'strong', createdS: 1 },
  promptTokens: 12,
  includeUsage: true,
  logprobs: true,
};
const TOKENS = [
  { text: 'One', logprob: -0.5, top: [{ token: 'One', logprob: -0.5 }] },
  { text: ' two', logprob: -1.5, top: [{ token: ' two', logprob: -1.5 }] },
];
const END = { finish: 'stop', completionTokens: 3 } as const;

function asked(path: string, body: object) {
  const [address = '', query] = path.split('?');
  return gemini.readerAt(address, new URLSearchParams(query))?.(JSON.stringify(body));
}

const HELLO = { contents: [{ parts: [{ text: 'Hi' }] }] };

describe('a request to generate content', () => {
  test('has its model in the address and its instructions apart', () => {
    const wire = {
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        { role: 'user', parts: [{ inlineData: {} }, { text: 'H' }, { text: 'i' }] },
        { role: 'model', parts: [{ text: 'Yes?' }] },
      ],
      generationConfig: {
        temperature: 0.5,
        maxOutputTokens: 9,
        seed: 7,
        stopSequences: ['END'],
        responseLogprobs: true,
        logprobs: 2,
      },
    };
    expect(asked('v1beta/models/a%2Fb:generateContent', wire)).toEqual({
      request: {
        model: 'a/b',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Yes?' },
        ],
        maxTokens: 9,
        temperature: 0.5,
        seed: 7,
        stop: ['END'],
        topLogprobs: 2,
      },
      stream: undefined,
      includeUsage: true,
    });
  });

  test('streams as its address says: whole, as events or as an array', () => {
    expect(asked('v1beta/models/m:generateContent', HELLO)?.stream).toBeUndefined();
    expect(asked('v1beta/models/m:streamGenerateContent?alt=sse', HELLO)?.stream).toBe('events');
    expect(asked('v1/models/m:streamGenerateContent', HELLO)?.stream).toBe('array');
  });

  test('is asked of Vertex below its publisher, which refuses ids of calls and takes labels', () => {
    const vertex = 'v1/projects/p/locations/l/publishers/google/models/m:generateContent';
    const express = 'v1/publishers/google/models/m:streamGenerateContent?alt=sse';
    const gemini = 'v1beta/models/m:generateContent';
    expect(asked(vertex, HELLO)?.request.model).toBe('m');
    expect(asked(express, HELLO)?.stream).toBe('events');
    const part = { functionCall: { id: 'a', name: 'f', args: {} } };
    const named = { contents: [...HELLO.contents, { role: 'model', parts: [part] }] };
    const labelled = { ...HELLO, labels: { team: 'a' } };
    expect([asked(vertex, named), asked(gemini, labelled)]).toEqual([undefined, undefined]);
    expect([asked(vertex, labelled), asked(gemini, named)]).not.toContain(undefined);
  });

  test('is none without contents or at another address', () => {
    expect(asked('v1beta/models/m:generateContent', {})).toBeUndefined();
    for (const path of ['v1beta/models/m', 'v1beta/models/m:countTokens', 'v1/messages']) {
      expect(gemini.readerAt(path, new URLSearchParams()), path).toBeUndefined();
    }
  });
});

describe('a reply', () => {
  test('counts what it has said so far in every piece, and ends in the last', () => {
    const pieces = [
      ...TOKENS.map((token, at) => gemini.token(REPLY, token, at)),
      ...gemini.tail(REPLY, END),
    ].map(({ data }) => JSON.parse(data));
    expect(pieces.map(({ usageMetadata }) => usageMetadata)).toEqual(
      [1, 2, 3].map((count) => ({
        promptTokenCount: 12,
        candidatesTokenCount: count,
        totalTokenCount: 12 + count,
        promptTokensDetails: [{ modality: 'TEXT', tokenCount: 12 }],
      })),
    );
    const reasons = pieces.map(({ candidates }) => candidates[0].finishReason);
    expect(reasons).toEqual([undefined, undefined, 'STOP']);
    const texts = pieces.map(({ candidates }) => candidates[0].content.parts[0].text);
    expect(texts).toEqual(['One', ' two', '']);
  });

  test('has log-probabilities where they are wanted and known', () => {
    const candidateOf = (reply: Reply, tokens: Parameters<typeof gemini.whole>[1]) =>
      JSON.parse(gemini.whole(reply, tokens, END)).candidates[0];
    expect(candidateOf(REPLY, TOKENS)).toMatchObject({
      avgLogprobs: -1,
      logprobsResult: {
        chosenCandidates: [
          { token: 'One', logProbability: -0.5 },
          { token: ' two', logProbability: -1.5 },
        ],
        topCandidates: [
          { candidates: [{ token: 'One', logProbability: -0.5 }] },
          { candidates: [{ token: ' two', logProbability: -1.5 }] },
        ],
      },
    });
    expect(candidateOf({ ...REPLY, logprobs: false }, TOKENS)).not.toHaveProperty('logprobsResult');
    const unknown = TOKENS.map(({ text }) => ({ text, top: [] }));
    expect(candidateOf(REPLY, unknown)).not.toHaveProperty('logprobsResult');
  });

  test('that was cut at its limit says so', () => {
    const wire = JSON.parse(gemini.whole(REPLY, TOKENS, { ...END, finish: 'length' }));
    expect(wire.candidates[0].finishReason).toBe('MAX_TOKENS');
  });
});

test('a wait is told in the body of the error, and an overload cannot be told', () => {
  const limited = gemini.error({ kind: 'rate_limit', message: 'slower' });
  expect(limited?.headers).toEqual({});
  expect(JSON.parse(limited?.body ?? '').error).toMatchObject({
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    details: [{ retryDelay: '0.050s' }],
  });
  expect(gemini.error({ kind: 'overloaded', message: 'x' })).toBeUndefined();
});
