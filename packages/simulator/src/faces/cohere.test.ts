import { describe, expect, test } from 'vitest';
import { cohere } from './cohere.ts';
import type { Reply } from './face.ts';

const NO_QUERY = new URLSearchParams();
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
const HELLO = { model: 'strong', messages: [{ role: 'user', content: 'Hi' }] };

function asked(body: object) {
  return cohere.readerAt('v2/chat', NO_QUERY)?.(JSON.stringify(body));
}

describe('a request for a chat', () => {
  test('has its messages as texts or in parts', () => {
    const wire = {
      model: 'strong',
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'assistant', content: 'Yes?' },
        { role: 'user', content: [{ type: 'image_url' }, { type: 'text', text: 'Hi' }] },
      ],
      max_tokens: 9,
      temperature: 0.5,
      seed: 7,
      stop_sequences: ['END'],
      logprobs: true,
      stream: true,
    };
    expect(asked(wire)).toEqual({
      request: {
        model: 'strong',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'assistant', content: 'Yes?' },
          { role: 'user', content: 'Hi' },
        ],
        maxTokens: 9,
        temperature: 0.5,
        seed: 7,
        stop: ['END'],
        topLogprobs: 0,
      },
      stream: 'events',
      includeUsage: true,
    });
    expect(asked(HELLO)).toMatchObject({ request: { topLogprobs: -1 }, stream: undefined });
  });

  test.each([
    { model: undefined },
    { messages: [] },
    { messages: [...HELLO.messages, { role: 'assistant', content: 'Yes?' }] },
    { temperature: 1.5 },
    { p: 1 },
    { p: 0 },
    { frequency_penalty: -1 },
    { presence_penalty: 2 },
    { seed: -1 },
    { thinking: { type: 'enabled', token_budget: 0 } },
  ])('is none with %j', (wrong) => {
    expect(asked({ ...HELLO, ...wrong })).toBeUndefined();
  });

  test('is none as no JSON or elsewhere', () => {
    expect(cohere.readerAt('v2/chat', NO_QUERY)?.('{"mess')).toBeUndefined();
    expect(cohere.readerAt('v1/chat', NO_QUERY)).toBeUndefined();
  });
});

describe('a reply', () => {
  test('says how it ended', () => {
    const reasonOf = (end: Parameters<typeof cohere.whole>[2]) =>
      JSON.parse(cohere.whole(REPLY, TOKENS, end)).finish_reason;
    expect(reasonOf(END)).toBe('COMPLETE');
    expect(reasonOf({ ...END, finish: 'length' })).toBe('MAX_TOKENS');
    expect(reasonOf({ ...END, stopWord: 'END' })).toBe('STOP_SEQUENCE');
  });

  test('counts what is billed apart from what the model read', () => {
    expect(JSON.parse(cohere.whole(REPLY, TOKENS, END)).usage).toEqual({
      billed_units: { input_tokens: 12, output_tokens: 3 },
      tokens: { input_tokens: 218, output_tokens: 3 },
      cached_tokens: 0,
    });
  });

  test('is told as named events, the last of which says all of its end', () => {
    const pieces = [
      ...cohere.head(REPLY),
      ...TOKENS.map((token, at) => cohere.token(REPLY, token, at)),
      ...cohere.tail(REPLY, END),
    ];
    const data = pieces.map((piece) => JSON.parse(piece.data));
    expect(data.map(({ type }) => type)).toEqual([
      'message-start',
      'content-start',
      'content-delta',
      'content-delta',
      'content-end',
      'message-end',
    ]);
    expect(pieces.map(({ event }) => event)).toEqual(data.map(({ type }) => type));
    expect(data[0].id).toBe('sim-1');
    expect(data[3]).toMatchObject({
      delta: { message: { content: { text: ' two' } } },
      logprobs: { text: ' two', token_ids: [1], logprobs: [-1.5] },
    });
    expect(data[5].delta).toMatchObject({
      finish_reason: 'COMPLETE',
      usage: { billed_units: { output_tokens: 3 } },
    });
    expect(cohere.terminator).toBeUndefined();
  });

  test('tells no log-probabilities that were not asked for, and no usage when it is to tell none', () => {
    const silent = { ...REPLY, logprobs: false, includeUsage: false };
    const said = [
      ...TOKENS.map((token, at) => cohere.token(silent, token, at)),
      ...cohere.tail(silent, END),
    ];
    const all = JSON.stringify(said) + cohere.whole(silent, TOKENS, END);
    expect(all).not.toContain('logprobs');
    expect(all).not.toContain('usage');
  });
});

test('an error has a status and a sentence, and there is none for an overload', () => {
  const reply = cohere.error({ kind: 'context_overflow', promptTokens: 9, contextTokens: 8 });
  expect(reply?.status).toBe(400);
  expect(JSON.parse(reply?.body ?? '').message).toMatch(/^too many tokens: .* 8 - received 9\.$/);
  expect(cohere.error({ kind: 'quota', message: 'm' })?.status).toBe(402);
  expect(cohere.error({ kind: 'overloaded', message: 'm' })).toBeUndefined();
});
