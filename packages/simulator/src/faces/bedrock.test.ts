import { describe, expect, test } from 'vitest';
import { bedrock } from './bedrock.ts';
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

function asked(path: string, body: object) {
  return bedrock.readerAt(path, NO_QUERY)?.(JSON.stringify(body));
}

describe('a request of Converse', () => {
  const wire = {
    system: [{ text: 'Be ' }, { cachePoint: { type: 'default' } }, { text: 'brief.' }],
    messages: [
      { role: 'user', content: [{ image: {} }, { text: 'Hi' }] },
      { role: 'assistant', content: [{ text: 'Yes?' }] },
    ],
    inferenceConfig: { maxTokens: 9, temperature: 0.5, stopSequences: ['END'] },
  };

  test('has its model in the address and its text in blocks', () => {
    const model = 'arn:aws:bedrock:us-east-1::inference-profile/us.strong-v1:0';
    const path = `model/${encodeURIComponent(model)}/converse`;
    expect(asked(path, wire)).toEqual({
      request: {
        model,
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
      stream: undefined,
      includeUsage: true,
    });
    expect(asked(`${path}-stream`, wire)?.stream).toBe('frames');
  });

  test('is none without messages, as no JSON or elsewhere', () => {
    expect(asked('model/strong/converse', { messages: [] })).toBeUndefined();
    expect(bedrock.readerAt('model/strong/converse', NO_QUERY)?.('{"mess')).toBeUndefined();
    expect(asked('model/strong/invoke', wire)).toBeUndefined();
    expect(asked('model/a/b/converse', wire)).toBeUndefined();
  });
});

describe('an answer', () => {
  test('says how it ended', () => {
    const stopOf = (end: Parameters<typeof bedrock.whole>[2]) =>
      JSON.parse(bedrock.whole(REPLY, TOKENS, end)).stopReason;
    expect(stopOf(END)).toBe('end_turn');
    expect(stopOf({ ...END, finish: 'length' })).toBe('max_tokens');
    expect(stopOf({ ...END, stopWord: 'END' })).toBe('stop_sequence');
  });

  test('is told as events, with what it used after its end', () => {
    const pieces = [
      ...bedrock.head(REPLY),
      ...TOKENS.map((token, at) => bedrock.token(REPLY, token, at)),
      ...bedrock.tail(REPLY, END),
    ];
    expect(pieces.map(({ event }) => event)).toEqual([
      'messageStart',
      'contentBlockDelta',
      'contentBlockDelta',
      'contentBlockStop',
      'messageStop',
      'metadata',
    ]);
    const data = pieces.map((piece) => JSON.parse(piece.data));
    expect(data[1]).toEqual({ contentBlockIndex: 0, delta: { text: 'One' }, p: 'a' });
    expect(data[4]).toEqual({ stopReason: 'end_turn' });
    expect(data[5].usage).toMatchObject({ inputTokens: 12, outputTokens: 3, totalTokens: 15 });
  });

  test('tells no usage anywhere when it is to tell none', () => {
    const silent = { ...REPLY, includeUsage: false };
    const said = bedrock.tail(silent, END);
    expect(JSON.stringify(said) + bedrock.whole(silent, TOKENS, END)).not.toContain('usage');
  });

  test('names its model only where that is not the one that was asked', () => {
    expect(bedrock.whole(REPLY, TOKENS, END)).not.toContain('strong');
    const other = { ...REPLY, identity: { ...REPLY.identity, model: 'other', isOther: true } };
    expect(JSON.parse(bedrock.whole(other, TOKENS, END)).trace).toEqual({
      promptRouter: { invokedModelId: 'other' },
    });
  });
});

test('the type of an error is told in a header, and there is none for an overload', () => {
  expect(bedrock.error({ kind: 'rate_limit', message: 'Slow down' })).toEqual({
    status: 429,
    headers: { 'x-amzn-errortype': 'ThrottlingException' },
    body: '{"message":"Slow down"}',
  });
  expect(bedrock.error({ kind: 'overloaded', message: 'm' })).toBeUndefined();
});
