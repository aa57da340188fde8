import type { ChatRequest } from '@weir/core';
import { expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { toCall } from './request.ts';

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const OLD_CLAUDE = 'us.anthropic.claude-3-7-sonnet-20250219-v1:0';
const NOVA = 'amazon.nova-pro-v1:0';
const PROFILE = 'arn:aws:bedrock:us-east-1:1:application-inference-profile/x';

const FOR_5M = { cachePoint: { type: 'default' } };
const FOR_1H = { cachePoint: { type: 'default', ttl: '1h' } };

const MARKED: ChatRequest = {
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'Rules', cache: '1h' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look' },
        { type: 'image', url: 'data:image/png;base64,AAAA', cache: '5m' },
        { type: 'text', text: ' ', cache: '5m' },
      ],
    },
    {
      role: 'assistant',
      content: [{ type: 'text', text: 'I shall.', cache: '5m' }],
      toolCalls: ['a', 'b'].map((id) => ({ id, name: 'f', arguments: '{}' })),
    },
    {
      role: 'tool',
      content: [
        { type: 'text', text: 'a cat', cache: '5m' },
        { type: 'text', text: 'a dog' },
      ],
      toolCallId: 'a',
    },
    { role: 'tool', content: 'a cow', toolCallId: 'b' },
    { role: 'user', content: 'And?' },
  ],
  tools: [{ name: 'f', cache: '5m' }, { name: 'g' }],
};

function call(request: ChatRequest, model: string) {
  const { body, dropped } = toCall(request, { model, dialect: DIALECTS.bedrock }, false);
  return { ...JSON.parse(body), dropped };
}

function pointsIn(value: unknown): number {
  return JSON.stringify(value).split('"cachePoint"').length - 1;
}

test('marks become points behind what they end, and behind a result for what is within it', () => {
  const { system, messages, toolConfig, dropped } = call(MARKED, CLAUDE);
  expect(system).toEqual([{ text: 'Rules' }, FOR_1H]);
  expect(messages).toMatchObject([
    { role: 'user', content: [{ text: 'Look' }, { image: {} }, FOR_5M] },
    {
      role: 'assistant',
      content: [{ text: 'I shall.' }, FOR_5M, { toolUse: {} }, { toolUse: {} }],
    },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'a', content: [{ text: 'a cat' }, { text: 'a dog' }] } },
        FOR_5M,
        { toolResult: { toolUseId: 'b' } },
        { text: 'And?' },
      ],
    },
  ]);
  expect(messages[0].content).toHaveLength(3);
  expect(toolConfig.tools).toMatchObject([
    { toolSpec: { name: 'f' } },
    FOR_5M,
    { toolSpec: { name: 'g' } },
  ]);
  expect(dropped).toEqual([]);
});

test('a mark is cut to what a model gives, and named', () => {
  const { system, dropped } = call(MARKED, OLD_CLAUDE);
  expect([system[1], dropped]).toEqual([FOR_5M, ['cache_control']]);
});

test('Nova has no points among its tools', () => {
  const { toolConfig, messages, dropped } = call(MARKED, NOVA);
  expect([pointsIn(toolConfig), pointsIn(messages)]).toEqual([0, 3]);
  expect(dropped).toEqual(['cache_control']);
});

test.each(['meta.llama3-3-70b-instruct-v1:0', 'anthropic.claude-3-haiku-20240307-v1:0'])(
  'a model that caches nothing gets no point: %s',
  (model) => {
    const body = call({ ...MARKED, promptCache: { ttl: '5m' } }, model);
    expect([pointsIn(body), body.dropped]).toEqual([0, ['cache_control']]);
  },
);

test('a profile of one’s own takes what the caller says', () => {
  const body = call(MARKED, PROFILE);
  expect([pointsIn(body), body.dropped]).toEqual([5, []]);
  expect(body.system[1]).toEqual(FOR_1H);
});

test('where the caller names no place, the point is behind the last of all', () => {
  const messages = [{ role: 'user', content: 'Hello' }] as const;
  const { messages: turns } = call({ messages, promptCache: { ttl: '1h' } }, CLAUDE);
  expect(turns).toEqual([{ role: 'user', content: [{ text: 'Hello' }, FOR_1H] }]);
});

test('a point that is there already is not doubled', () => {
  const content = [{ type: 'text', text: 'Hello', cache: '5m' }] as const;
  const { messages } = call(
    { messages: [{ role: 'user', content }], promptCache: { ttl: '1h' } },
    CLAUDE,
  );
  expect(messages[0].content).toEqual([{ text: 'Hello' }, FOR_5M]);
});
