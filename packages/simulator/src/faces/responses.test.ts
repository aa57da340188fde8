import { describe, expect, test } from 'vitest';
import type { Reply } from './face.ts';
import { responses } from './responses.ts';

const NO_QUERY = new URLSearchParams();
const REPLY: Reply = {
  identity: { id: 'sim-1', model: 'strong', createdS: 1 },
  promptTokens: 12,
  includeUsage: true,
  logprobs: false,
};
const TOKENS = [
  { text: 'One', logprob: -0.5, top: [{ token: 'One', logprob: -0.5 }] },
  { text: ' two', logprob: -1, top: [] },
];
const END = { finish: 'stop', completionTokens: 3 } as const;

function asked(body: object) {
  return responses.readerAt('v1/responses', NO_QUERY)?.(JSON.stringify(body));
}

describe('a request for a response', () => {
  test('has its instructions apart, and text in parts of items', () => {
    const wire = {
      model: 'strong',
      instructions: 'Be brief.',
      input: [
        { role: 'developer', content: 'In French.' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: 'rain' },
      ],
      max_output_tokens: 16,
      temperature: 0.5,
      top_logprobs: 3,
      include: ['message.output_text.logprobs'],
      store: false,
      stream: true,
    };
    expect(asked(wire)).toEqual({
      request: {
        model: 'strong',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'developer', content: 'In French.' },
          { role: 'user', content: 'Hi' },
          { role: 'tool', content: 'rain' },
        ],
        maxTokens: 16,
        temperature: 0.5,
        seed: 0,
        stop: [],
        topLogprobs: 3,
      },
      stream: 'events',
      includeUsage: true,
    });
  });

  test('may be a text alone, and wants log-probabilities only where it includes them', () => {
    expect(asked({ input: 'Hi', top_logprobs: 3 })?.request).toMatchObject({
      messages: [{ role: 'user', content: 'Hi' }],
      topLogprobs: -1,
    });
    const include = ['message.output_text.logprobs'];
    expect(asked({ input: 'Hi', include })?.request.topLogprobs).toBe(0);
  });

  test.each([
    ['without input', { model: 'strong' }],
    ['with a limit below sixteen', { input: 'Hi', max_output_tokens: 15 }],
    ['with a word of chat completions', { input: 'Hi', stop: ['END'] }],
    ['with messages', { input: 'Hi', messages: [] }],
  ])('is none %s', (_what, wire) => {
    expect(asked(wire)).toBeUndefined();
  });

  test('is none as no JSON or elsewhere', () => {
    expect(responses.readerAt('v1/responses', NO_QUERY)?.('{"inp')).toBeUndefined();
    expect(responses.readerAt('v1/responses/resp_1', NO_QUERY)).toBeUndefined();
  });
});

test('a response says how it ended', () => {
  const endOf = (end: Parameters<typeof responses.whole>[2]) => {
    const { status, incomplete_details } = JSON.parse(responses.whole(REPLY, TOKENS, end));
    return [status, incomplete_details];
  };
  expect(endOf(END)).toEqual(['completed', null]);
  expect(endOf({ ...END, finish: 'length' })).toEqual([
    'incomplete',
    { reason: 'max_output_tokens' },
  ]);
});

test('a stream is of numbered events, whose last holds what the whole response would be', () => {
  const pieces = [
    ...responses.head(REPLY),
    ...TOKENS.map((token, at) => responses.token(REPLY, token, at)),
    ...responses.tail(REPLY, END, TOKENS),
  ];
  const data = pieces.map((piece) => JSON.parse(piece.data));
  expect(data.map(({ type }) => type)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ]);
  expect(pieces.map((piece) => piece.event)).toEqual(data.map(({ type }) => type));
  expect(data.map(({ sequence_number }) => sequence_number)).toEqual(data.map((_, at) => at));
  expect(data[4]).toMatchObject({ delta: 'One', logprobs: [], output_index: 0 });
  expect(data[9].response).toEqual(JSON.parse(responses.whole(REPLY, TOKENS, END)));
  expect(data[9].response.usage).toMatchObject({ input_tokens: 12, total_tokens: 15 });
  expect(data[0].response).toMatchObject({ status: 'in_progress', output: [], usage: null });
});

test('log-probabilities that nobody asked for are an empty list', () => {
  const partIn = (reply: Reply) =>
    JSON.parse(responses.whole(reply, TOKENS, END)).output[0].content[0];
  expect(partIn(REPLY).logprobs).toEqual([]);
  const entry = { token: 'One', bytes: [79, 110, 101], logprob: -0.5 };
  expect(partIn({ ...REPLY, logprobs: true }).logprobs[0]).toEqual({
    ...entry,
    top_logprobs: [entry],
  });
});

test('usage that is to be told nowhere is null', () => {
  const silent = { ...REPLY, includeUsage: false };
  const tail = responses.tail(silent, END, TOKENS).at(-1);
  expect(JSON.parse(tail?.data ?? '').response.usage).toBeNull();
  expect(JSON.parse(responses.whole(silent, TOKENS, END)).usage).toBeNull();
});
