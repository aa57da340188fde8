import { describe, expect, test } from 'vitest';
import { anthropic } from './anthropic.ts';
import type { Reply } from './face.ts';

const NO_QUERY = new URLSearchParams();
const REPLY: Reply = {
  identity: { id: 'sim-1', model: 'strong', createdS: 1 },
  promptTokens: 12,
  includeUsage: true,
  logprobs: false,
};
const TOKENS = [
  { text: 'One', top: [] },
  { text: ' two', top: [] },
];
const END = { finish: 'stop', completionTokens: 3 } as const;

function asked(body: object) {
  return anthropic.readerAt('v1/messages', NO_QUERY)?.(JSON.stringify(body));
}

describe('a request for a message', () => {
  test('has its instructions apart, and text in blocks', () => {
    const wire = {
      model: 'strong',
      max_tokens: 9,
      system: [
        { type: 'text', text: 'Be ' },
        { type: 'text', text: 'brief.' },
      ],
      messages: [
        { role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'Hi' }] },
        { role: 'assistant', content: 'Yes?' },
      ],
      temperature: 0.5,
      stop_sequences: ['END'],
      stream: true,
    };
    expect(asked(wire)).toEqual({
      request: {
        model: 'strong',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Yes?' },
        ],
        maxTokens: 9,
        temperature: 0.5,
        seed: 0,
        stop: ['END'],
        topLogprobs: -1,
      },
      stream: 'events',
      includeUsage: true,
    });
  });

  test('is none without a limit, without messages, as no JSON or elsewhere', () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    expect(asked({ model: 'strong', messages })).toBeUndefined();
    expect(asked({ model: 'strong', max_tokens: 1, messages: [] })).toBeUndefined();
    expect(anthropic.readerAt('v1/messages', NO_QUERY)?.('{"mess')).toBeUndefined();
    expect(anthropic.readerAt('v1/messages/count_tokens', NO_QUERY)).toBeUndefined();
  });
});

describe('a message', () => {
  test('says how it ended', () => {
    const stopOf = (end: Parameters<typeof anthropic.whole>[2]) => {
      const { stop_reason, stop_sequence } = JSON.parse(anthropic.whole(REPLY, TOKENS, end));
      return [stop_reason, stop_sequence];
    };
    expect(stopOf(END)).toEqual(['end_turn', null]);
    expect(stopOf({ ...END, finish: 'length' })).toEqual(['max_tokens', null]);
    expect(stopOf({ ...END, stopWord: 'END' })).toEqual(['stop_sequence', 'END']);
  });

  test('is told as named events, with its prompt at the start and its answer at the end', () => {
    const pieces = [
      ...anthropic.head(REPLY),
      ...TOKENS.map((token, at) => anthropic.token(REPLY, token, at)),
      ...anthropic.tail(REPLY, END),
      anthropic.terminator,
    ];
    expect(pieces.map((piece) => piece?.event)).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    const data = pieces.map((piece) => JSON.parse(piece?.data ?? ''));
    expect(data.map(({ type }) => type)).toEqual(pieces.map((piece) => piece?.event));
    expect(data[0].message).toMatchObject({
      content: [],
      stop_reason: null,
      usage: { input_tokens: 12, output_tokens: 1 },
    });
    expect(data[3].delta).toEqual({ type: 'text_delta', text: 'One' });
    expect(data[6]).toMatchObject({
      delta: { stop_reason: 'end_turn' },
      usage: { output_tokens: 3 },
    });
  });

  test('tells no usage anywhere when it is to tell none', () => {
    const silent = { ...REPLY, includeUsage: false };
    const said = [...anthropic.head(silent), ...anthropic.tail(silent, END)];
    expect(JSON.stringify(said) + anthropic.whole(silent, TOKENS, END)).not.toContain('usage');
  });
});

test('an overload has a status of its own', () => {
  const reply = anthropic.error({ kind: 'overloaded', message: 'Overloaded' });
  expect(reply?.status).toBe(529);
  expect(JSON.parse(reply?.body ?? '')).toEqual({
    type: 'error',
    error: { type: 'overloaded_error', message: 'Overloaded' },
  });
});
