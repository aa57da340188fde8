import { describe, expect, test } from 'vitest';
import type { Reply } from './face.ts';
import { openai } from './openai.ts';

const REPLY: Reply = {
  identity: { id: 'sim-1', model: 'strong', createdS: 1 },
  promptTokens: 12,
  includeUsage: true,
  logprobs: false,
};
const TOKEN = { text: 'One', logprob: -0.5, top: [] };
const END = { finish: 'stop', completionTokens: 2 } as const;

function asked(body: object) {
  const wire = { messages: [{ role: 'user', content: 'Hi' }], ...body };
  return openai.readerAt('v1/chat/completions', new URLSearchParams())?.(JSON.stringify(wire));
}

describe('a chat completion request', () => {
  test('may name its limit in either way, and one stop word alone', () => {
    expect(asked({ max_tokens: 3, stop: 'END' })?.request).toMatchObject({
      maxTokens: 3,
      stop: ['END'],
    });
    expect(asked({ max_completion_tokens: 4, max_tokens: 3 })?.request.maxTokens).toBe(4);
  });

  test('wants log-probabilities only where it says so, and none besides if it does not say how many', () => {
    expect(asked({ top_logprobs: 3 })?.request.topLogprobs).toBe(-1);
    expect(asked({ logprobs: true })?.request.topLogprobs).toBe(0);
    expect(asked({ logprobs: true, top_logprobs: 3 })?.request.topLogprobs).toBe(3);
  });

  test('has to ask for the usage of a stream', () => {
    expect(asked({})).toMatchObject({ stream: undefined, includeUsage: true });
    expect(asked({ stream: true })).toMatchObject({ stream: 'events', includeUsage: false });
    const options = { stream: true, stream_options: { include_usage: true } };
    expect(asked(options)).toMatchObject({ stream: 'events', includeUsage: true });
  });

  test('is none without messages', () => {
    expect(asked({ messages: [] })).toBeUndefined();
  });
});

test('a stream names its role once, ends once and tells its usage in a chunk without choices', () => {
  const data = [
    openai.token(REPLY, TOKEN, 0),
    openai.token(REPLY, TOKEN, 1),
    ...openai.tail(REPLY, END),
  ].map((piece) => JSON.parse(piece.data));
  expect(data.map(({ choices }) => choices)).toEqual([
    [{ index: 0, delta: { role: 'assistant', content: 'One' }, finish_reason: null }],
    [{ index: 0, delta: { content: 'One' }, finish_reason: null }],
    [{ index: 0, delta: {}, finish_reason: 'stop' }],
    [],
  ]);
  expect(data[3].usage).toEqual({ prompt_tokens: 12, completion_tokens: 2, total_tokens: 14 });
  expect(openai.terminator).toEqual({ data: '[DONE]' });
});

test('log-probabilities that nobody asked for are null in a whole answer', () => {
  expect(JSON.parse(openai.whole(REPLY, [TOKEN], END)).choices[0].logprobs).toBeNull();
  const [choice] = JSON.parse(openai.whole({ ...REPLY, logprobs: true }, [TOKEN], END)).choices;
  expect(choice.logprobs.content).toEqual([
    { token: 'One', bytes: [79, 110, 101], logprob: -0.5, top_logprobs: [] },
  ]);
});
