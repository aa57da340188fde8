import type { ChatRequest } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { DIALECTS, type DialectName } from '../dialects.ts';

const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }] };

function called(request: ChatRequest, name: DialectName, stream = false) {
  const dialect = DIALECTS[name];
  return dialect.adapter.toCall(request, { model: 'm', dialect }, stream);
}

function sent(request: ChatRequest, dialect: DialectName = 'openai', stream = false) {
  return JSON.parse(called(request, dialect, stream).body) as Record<string, unknown>;
}

test('what the caller did not ask for is not sent: no default of ours, no null', () => {
  expect(sent(HELLO)).toEqual({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] });
});

test('a zero and a false are asked for, since absent is something else', () => {
  const body = sent({ ...HELLO, temperature: 0, seed: 0, topP: 0, parallelToolCalls: false });
  expect(body).toMatchObject({ temperature: 0, seed: 0, top_p: 0, parallel_tool_calls: false });
});

test('messages of every kind keep their parts, calls and answers', () => {
  const { messages } = sent({
    messages: [
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', url: 'https://example.com/a.png', detail: 'low' },
        ],
      },
      {
        role: 'assistant',
        content: null,
        toolCalls: [{ id: 'c1', name: 'look', arguments: '{}' }],
      },
      { role: 'tool', content: 'a cat', toolCallId: 'c1' },
    ],
  });
  expect(messages).toEqual([
    { role: 'developer', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }],
    },
    { role: 'tool', content: 'a cat', tool_call_id: 'c1' },
  ]);
});

test('tools, the choice of one, and a schema of the answer', () => {
  const schema = { type: 'object' };
  const body = sent({
    ...HELLO,
    tools: [{ name: 'look', parameters: schema, strict: true }],
    toolChoice: { name: 'look' },
    responseFormat: { type: 'json_schema', name: 'answer', schema },
  });
  expect(body['tools']).toEqual([
    { type: 'function', function: { name: 'look', parameters: schema, strict: true } },
  ]);
  expect(body['tool_choice']).toEqual({ type: 'function', function: { name: 'look' } });
  expect(body['response_format']).toEqual({
    type: 'json_schema',
    json_schema: { name: 'answer', schema },
  });
});

describe('each provider is sent what it understands', () => {
  const asked: ChatRequest = {
    ...HELLO,
    maxOutputTokens: 64,
    topLogprobs: 5,
    passthrough: { user: 'u1', service_tier: 'flex' },
  };

  test('the limit on output goes by its own name at OpenAI, and is never sent twice', () => {
    expect(sent(asked, 'openai')).toMatchObject({ max_completion_tokens: 64 });
    expect(sent(asked, 'openai')).not.toHaveProperty('max_tokens');
    expect(sent(asked, 'vllm')).toMatchObject({ max_tokens: 64 });
    expect(sent(asked, 'vllm')).not.toHaveProperty('max_completion_tokens');
  });

  test('log-probabilities without alternatives are asked for without a count of them', () => {
    const body = sent({ ...HELLO, topLogprobs: 0 });
    expect(body['logprobs']).toBe(true);
    expect(body).not.toHaveProperty('top_logprobs');
  });
});

test('a parameter that is passed on cannot take the place of one that Weir sets', () => {
  const passthrough = { model: 'other', messages: [], stream: true, temperature: 2 };
  expect(sent({ ...HELLO, passthrough })).toEqual({
    model: 'm',
    messages: [{ role: 'user', content: 'Hello' }],
  });
});

test('a parameter that is passed on cannot make a call cost more than was held for it', () => {
  const passthrough = { n: 8, best_of: 20, max_tokens: 100_000, max_completion_tokens: 100_000 };
  const body = sent({ ...HELLO, maxOutputTokens: 10, passthrough }, 'vllm');
  expect(body).not.toHaveProperty('n');
  expect(body).not.toHaveProperty('best_of');
  expect(body).not.toHaveProperty('max_completion_tokens');
  expect(body['max_tokens']).toBe(10);
});

test('a dialect that takes known fields only names what it leaves out, but for what was not set', () => {
  const passthrough = { user: 'u', logit_bias: null, top_k: 4, stream: true };
  const dropped = (dialect: DialectName) => called({ ...HELLO, passthrough }, dialect).dropped;
  expect(dropped('mistral')).toEqual(['user', 'top_k']);
  expect(dropped('litellm')).toEqual([]);
});

test('a parameter that Weir has a word for is said by that word, or named as left out', () => {
  const passthrough = { service_tier: 'flex', prompt_cache_key: 'k' };
  const call = called({ ...HELLO, passthrough }, 'litellm');
  expect(call.dropped).toEqual(['service_tier', 'prompt_cache_key']);
  expect(JSON.parse(call.body)).not.toHaveProperty('service_tier');
});

test('an engine that ignores what it does not know still gets what was meant for it', () => {
  const passthrough = { top_k: 4, metadata: { a: 'b' }, logit_bias: { 9: 1 } };
  const call = called({ ...HELLO, passthrough }, 'vllm');
  expect(JSON.parse(call.body)).toMatchObject({ top_k: 4, logit_bias: { 9: 1 } });
  expect(call.dropped).toEqual(['metadata']);
});

test('what a caller tells a template stays beside what Weir tells it', () => {
  const passthrough = { chat_template_kwargs: { tone: 'dry', enable_thinking: true } };
  const body = sent({ ...HELLO, reasoning: { effort: 'none' }, passthrough }, 'vllm');
  expect(body['chat_template_kwargs']).toEqual({ tone: 'dry', enable_thinking: true });
});

test('marks for a cache are never sent as they are in the vocabulary', () => {
  const call = called(
    {
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Long.', cache: '1h' }] }],
      tools: [{ name: 'look', cache: '5m' }],
    },
    'openai',
  );
  expect(JSON.parse(call.body)).toEqual({
    model: 'm',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Long.' }] }],
    tools: [{ type: 'function', function: { name: 'look' } }],
  });
  expect(call.dropped).toEqual(['cache_control']);
});
