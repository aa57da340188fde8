import OpenAI from 'openai';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json } from './own-provider.ts';
import { asking, jsonOf, KEY, openScene, type Scene } from './scene.ts';

/** What says how to answer, from the caller's words to the provider's, through a running Weir. */

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

const MODEL = 'own-messages/claude-sonnet-4-5';
const CACHED = { type: 'ephemeral', ttl: '1h' };

function message(content: object[], stop = 'end_turn'): object {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content,
    stop_reason: stop,
    usage: { input_tokens: 10, output_tokens: 5 },
  };
}

function willSay(...content: object[]): void {
  scene.own.will(({ response }) => json(response, message(content)));
}

describe('hints reach a provider in its own words', () => {
  test('thought, cache marks and tier', async () => {
    willSay({ type: 'text', text: 'Yes.' });
    const answer = await scene.post({
      model: MODEL,
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Rules', cache_control: CACHED }] },
        { role: 'user', content: 'Well?' },
      ],
      reasoning_effort: 'low',
      service_tier: 'default',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-weir-ignored-parameters')).toBeNull();
    expect(scene.own.calls.map(({ body }) => body)).toMatchObject([
      {
        system: [{ text: 'Rules', cache_control: CACHED }],
        thinking: { type: 'enabled', budget_tokens: 1024 },
        service_tier: 'standard_only',
      },
    ]);
  });

  test('those it has no word for are left out, and that is told', async () => {
    willSay({ type: 'text', text: 'Yes.' });
    const more = {
      model: MODEL,
      prompt_cache_key: 'k',
      prediction: { type: 'content', content: 'Yes' },
      service_tier: 'flex',
      priority: 3,
    };
    const answer = await scene.post(asking('Well?', more));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-weir-ignored-parameters')?.split(',').sort()).toEqual([
      'prediction',
      'priority',
      'prompt_cache_key',
      'service_tier',
    ]);
    expect(Object.keys(scene.own.calls[0]?.body ?? {}).sort()).toEqual([
      'max_tokens',
      'messages',
      'model',
    ]);
  });

  test('what would change the answer is refused by name, or dropped where the route says so', async () => {
    willSay({ type: 'text', text: 'Yes.' });
    const answer = await scene.post(asking('Well?', { model: MODEL, seed: 7 }));
    expect(answer.status).toBe(400);
    expect((await jsonOf(answer)).error).toMatchObject({
      code: 'unsupported_parameter',
      param: 'seed',
    });
    expect(scene.own.calls).toEqual([]);
    const dropped = await scene.post(asking('Well?', { model: 'own-messages', seed: 7 }));
    expect(dropped.status).toBe(200);
    expect(dropped.headers.get('x-weir-ignored-parameters')).toBe('seed');
  });
});

test('a tool loop of the OpenAI SDK keeps the signed thoughts of a model that was in the middle of them', async () => {
  const client = new OpenAI({ baseURL: `${scene.url}/v1`, apiKey: KEY, maxRetries: 0 });
  const thought = { type: 'thinking', thinking: 'The weather is asked.', signature: 'c2lnbmVk' };
  const hidden = { type: 'redacted_thinking', data: 'b3BhcXVl' };
  const use = { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Köln' } };
  scene.own.will(({ response, body }) => {
    const turns = body['messages'] as unknown[];
    const answer =
      turns.length === 1
        ? message([thought, { type: 'text', text: 'Let me look.' }, hidden, use], 'tool_use')
        : message([{ type: 'text', text: 'Sunny.' }]);
    json(response, answer);
  });
  const asked = {
    model: MODEL,
    reasoning_effort: 'medium' as const,
    tools: [{ type: 'function' as const, function: { name: 'weather' } }],
  };
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: 'Weather in Köln?' }];
  const first = await client.chat.completions.create({ ...asked, messages });
  const said = first.choices[0]?.message;
  expect(said).toMatchObject({
    content: 'Let me look.',
    reasoning_content: 'The weather is asked.',
    tool_calls: [{ id: 'toolu_1' }],
  });
  if (!said) return;
  messages.push(said, { role: 'tool', tool_call_id: 'toolu_1', content: 'sunny' });
  const second = await client.chat.completions.create({ ...asked, messages });
  expect(second.choices[0]?.message.content).toBe('Sunny.');
  const repeated = scene.own.calls[1]?.body['messages'] as { content: object[] }[];
  expect(repeated[1]?.content).toEqual([
    thought,
    { type: 'text', text: 'Let me look.' },
    hidden,
    use,
  ]);
  expect(scene.own.calls[1]?.body['thinking']).toEqual({ type: 'enabled', budget_tokens: 8192 });
});

test('a stream gives the state of thought once, whole, before it ends', async () => {
  const events = [
    { type: 'message_start', message: message([]) },
    { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'cw' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'content_block_start', index: 1, content_block: { type: 'text', text: 'Yes.' } },
    { type: 'content_block_stop', index: 1 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ];
  scene.own.will(({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  });
  const answer = await scene.post(asking('Well?', { model: MODEL, stream: true }));
  const text = await answer.text();
  const deltas = text
    .split('\n\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)).choices[0]?.delta ?? {});
  expect(deltas.map(({ reasoning_content }) => reasoning_content ?? '').join('')).toBe('Hm.');
  const states = deltas.flatMap(({ reasoning_state }) => reasoning_state ?? []);
  expect(states).toHaveLength(1);
  expect(states[0]).toContain('"signature":"cw"');
});
