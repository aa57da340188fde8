import { describe, expect, test } from 'vitest';
import type { Reply } from './face.ts';
import { ollama } from './ollama.ts';

const NO_QUERY = new URLSearchParams();
const REPLY: Reply = {
  identity: { id: 'sim-1', model: 'strong', createdS: 1 },
  promptTokens: 12,
  includeUsage: true,
  logprobs: true,
};
const TOKENS = [
  { text: 'One', logprob: -0.5, top: [{ token: 'One', logprob: -0.5 }] },
  { text: ' two', logprob: -1.5, top: [] },
];
const END = { finish: 'stop', completionTokens: 3 } as const;

function asked(body: object) {
  return ollama.readerAt('api/chat', NO_QUERY)?.(JSON.stringify(body));
}

describe('a request for a chat', () => {
  test('has its sampling among the options', () => {
    const wire = {
      model: 'strong',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi', images: ['aGk='] },
      ],
      stream: false,
      logprobs: true,
      top_logprobs: 2,
      options: { num_predict: 9, temperature: 0.5, seed: 7, stop: ['END'] },
    };
    expect(asked(wire)).toEqual({
      request: {
        model: 'strong',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
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

  test('is for a stream unless it says otherwise', () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    expect(asked({ messages })?.stream).toBe('lines');
    expect(asked({ messages, stream: true })?.stream).toBe('lines');
  });

  test('is none without messages, as no JSON or elsewhere', () => {
    expect(asked({ model: 'strong', messages: [] })).toBeUndefined();
    expect(ollama.readerAt('api/chat', NO_QUERY)?.('{"mess')).toBeUndefined();
    expect(ollama.readerAt('api/generate', NO_QUERY)).toBeUndefined();
  });
});

describe('a reply', () => {
  test('is told in lines of its own shape, of which the last is done and counts', () => {
    const pieces = [
      ...TOKENS.map((token, at) => ollama.token(REPLY, token, at)),
      ...ollama.tail(REPLY, END),
    ].map(({ data }) => JSON.parse(data));
    expect(pieces.map(({ message }) => message.content)).toEqual(['One', ' two', '']);
    expect(pieces.map(({ done }) => done)).toEqual([false, false, true]);
    expect(pieces[2]).toMatchObject({
      created_at: '1970-01-01T00:00:01.000Z',
      done_reason: 'stop',
      prompt_eval_count: 12,
      eval_count: 3,
    });
    expect(pieces[0]).not.toHaveProperty('eval_count');
  });

  test('has log-probabilities where they are wanted and known', () => {
    const whole = (reply: Reply, tokens: Parameters<typeof ollama.whole>[1]) =>
      JSON.parse(ollama.whole(reply, tokens, END));
    const one = { token: 'One', logprob: -0.5, bytes: [79, 110, 101] };
    expect(whole(REPLY, TOKENS).logprobs).toEqual([
      { ...one, top_logprobs: [one] },
      { token: ' two', logprob: -1.5, bytes: [32, 116, 119, 111] },
    ]);
    expect(whole({ ...REPLY, logprobs: false }, TOKENS)).not.toHaveProperty('logprobs');
    const unknown = TOKENS.map(({ text }) => ({ text, top: [] }));
    expect(whole(REPLY, unknown)).not.toHaveProperty('logprobs');
  });

  test('that was cut at its limit says so, and tells no counts when it is to tell none', () => {
    const silent = { ...REPLY, includeUsage: false };
    const wire = JSON.parse(ollama.whole(silent, TOKENS, { ...END, finish: 'length' }));
    expect(wire.done_reason).toBe('length');
    expect(JSON.stringify(wire)).not.toContain('count');
  });
});

test('an error is one sentence, or its runner’s own in JSON within it', () => {
  const full = ollama.error({ kind: 'unavailable', message: 'server busy' });
  expect(full).toMatchObject({ status: 503, body: '{"error":"server busy"}' });
  const long = ollama.error({ kind: 'context_overflow', promptTokens: 9, contextTokens: 8 });
  expect(JSON.parse(JSON.parse(long?.body ?? '').error).error).toMatchObject({
    type: 'exceed_context_size_error',
    n_prompt_tokens: 9,
    n_ctx: 8,
  });
  expect(ollama.error({ kind: 'overloaded', message: 'x' })).toBeUndefined();
});
