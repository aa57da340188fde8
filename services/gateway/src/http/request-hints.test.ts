import { Fault } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { completionRequest } from './chat-request.ts';

const LIMITS = { maxMessages: 4, maxTools: 2, maxChoices: 3, maxTags: 2 };

function read(fields: Record<string, unknown>) {
  const messages = [{ role: 'user', content: 'Hello' }];
  return completionRequest({ model: 'm', messages, ...fields }, LIMITS);
}

describe('how much the model may think', () => {
  test.each([
    ['as an effort', { reasoning_effort: 'high' }, { effort: 'high' }],
    ['as no effort at all', { reasoning_effort: 'none' }, { effort: 'none' }],
    [
      'as a budget',
      { thinking: { type: 'enabled', budget_tokens: 2048 } },
      { effort: undefined, maxTokens: 2048 },
    ],
    [
      'as both',
      { reasoning_effort: 'low', thinking: { type: 'enabled', budget_tokens: 9 } },
      {
        effort: 'low',
        maxTokens: 9,
      },
    ],
    ['as the model sees fit', { thinking: { type: 'adaptive' } }, {}],
    ['not at all', { thinking: { type: 'disabled' } }, { effort: 'none' }],
    ['not said', {}, undefined],
    ['not said by null', { reasoning_effort: null, thinking: null }, undefined],
  ])('%s', (_name, given, meant) => {
    const { chat, ignored } = read(given);
    expect(chat.reasoning).toEqual(meant);
    expect(ignored).toEqual([]);
  });
});

test('cache marks stand on parts, on tools, and on the request', () => {
  const { chat } = read({
    messages: [
      {
        role: 'system',
        content: [
          { type: 'text', text: 'Long rules', cache_control: { type: 'ephemeral', ttl: '1h' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Question' },
          {
            type: 'image_url',
            image_url: { url: 'https://x.test/a.png' },
            cache_control: { type: 'ephemeral' },
          },
        ],
      },
    ],
    tools: [
      { type: 'function', function: { name: 'f' }, cache_control: { type: 'ephemeral' } },
      { type: 'function', function: { name: 'g' } },
    ],
    cache_control: { type: 'ephemeral' },
    prompt_cache_key: 'tenant-7',
    prompt_cache_retention: '24h',
  });
  expect(chat.messages.map(({ content }) => content)).toMatchObject([
    [{ cache: '1h' }],
    [{ cache: undefined }, { cache: '5m' }],
  ]);
  expect(chat.tools?.map(({ cache }) => cache)).toEqual(['5m', undefined]);
  expect(chat.promptCache).toEqual({ key: 'tenant-7', retention: '24h', ttl: '5m' });
});

test('a prediction is text, whole or in parts', () => {
  expect(read({ prediction: { type: 'content', content: 'ab' } }).chat.prediction).toBe('ab');
  const content = [
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b' },
  ];
  expect(read({ prediction: { type: 'content', content } }).chat.prediction).toBe('ab');
});

test('tier and priority are read as they are', () => {
  const { chat } = read({ service_tier: 'flex', priority: -5 });
  expect(chat).toMatchObject({ serviceTier: 'flex', priority: -5 });
});

test('an earlier answer brings its thoughts back, under either name', () => {
  const answer = { role: 'assistant', content: 'yes', reasoning_state: 'anthropic:[]' };
  const { chat } = read({
    messages: [
      { ...answer, reasoning_content: 'hm' },
      { ...answer, reasoning: 'well' },
    ],
  });
  expect(chat.messages).toMatchObject([
    { reasoning: 'hm', reasoningState: 'anthropic:[]' },
    { reasoning: 'well' },
  ]);
});

describe('what is wrong is refused, and the parameter named', () => {
  const part = (fields: object) => ({
    messages: [{ role: 'user', content: [{ type: 'text', text: 'a', ...fields }] }],
  });
  test.each([
    ['an unknown effort', { reasoning_effort: 'extreme' }, 'reasoning_effort'],
    ['thought of no kind', { thinking: {} }, 'thinking.type'],
    [
      'a budget of nothing',
      { thinking: { type: 'enabled', budget_tokens: 0 } },
      'thinking.budget_tokens',
    ],
    ['thought off and on', { thinking: { type: 'disabled' }, reasoning_effort: 'low' }, 'thinking'],
    [
      'a cache mark of no kind',
      part({ cache_control: {} }),
      'messages.0.content.0.cache_control.type',
    ],
    [
      'a cache for a week',
      { cache_control: { type: 'ephemeral', ttl: '7d' } },
      'cache_control.ttl',
    ],
    ['a cache key without end', { prompt_cache_key: 'k'.repeat(513) }, 'prompt_cache_key'],
    ['an unknown retention', { prompt_cache_retention: 'ever' }, 'prompt_cache_retention'],
    ['a prediction of no kind', { prediction: { content: 'a' } }, 'prediction.type'],
    [
      'a prediction of numbers',
      { prediction: { type: 'content', content: 7 } },
      'prediction.content',
    ],
    [
      'a prediction of null parts',
      { prediction: { type: 'content', content: [null] } },
      'prediction.content',
    ],
    ['an unknown tier', { service_tier: 'first-class' }, 'service_tier'],
    ['a priority beyond all', { priority: 101 }, 'priority'],
    ['half a priority', { priority: 0.5 }, 'priority'],
  ])('%s', (_name, given, param) => {
    let thrown: unknown;
    try {
      read(given);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Fault);
    expect((thrown as Fault).kind).toBe('invalid_request');
    expect((thrown as Fault).param).toBe(param);
  });
});
