import { readFileSync } from 'node:fs';
import { type ChatRequest, NO_USAGE, type ProviderEvent, ReplyBuilder } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { SseParser } from '../sse.ts';

const { adapter } = DIALECTS.tgi;

function fixture(name: string): Buffer {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
}

function call(request: Partial<ChatRequest>, stream = false) {
  const chat = { messages: [{ role: 'user', content: 'Hello' }] as const, ...request };
  const { path, body, dropped } = adapter.toCall(
    chat,
    { model: 'tgi', dialect: DIALECTS.tgi },
    stream,
  );
  return { path, body: JSON.parse(body) as Record<string, unknown>, dropped };
}

describe('a request for TGI', () => {
  test('is one for chat completions, whose streams are asked to tell their usage', () => {
    const { path, body } = call({ maxOutputTokens: 9, temperature: 0, seed: 7, stop: ['x'] }, true);
    expect(path).toBe('/chat/completions');
    expect(body).toEqual({
      model: 'tgi',
      messages: [{ role: 'user', content: 'Hello' }],
      max_tokens: 9,
      temperature: 0,
      seed: 7,
      stop: ['x'],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test('does not say that nothing is cut, which is refused, and says of penalties what is one', () => {
    const { body, dropped } = call({ topP: 1, frequencyPenalty: 0.5, presencePenalty: 0 });
    expect(body).not.toHaveProperty('top_p');
    expect(body).not.toHaveProperty('presence_penalty');
    expect([body['frequency_penalty'], dropped]).toEqual([0.5, []]);
    expect(call({ topP: 0.9 }).body['top_p']).toBe(0.9);
    expect(call({ presencePenalty: 0.5 }).dropped).toEqual(['presence_penalty']);
  });

  test('has its schema as a value, and JSON without one cannot be asked for', () => {
    const schema = { type: 'object', properties: {} };
    const responseFormat = { type: 'json_schema', name: 'n', schema, strict: true } as const;
    expect(call({ responseFormat }).body['response_format']).toEqual({
      type: 'json',
      value: schema,
    });
    expect(call({ responseFormat: { type: 'json_object' } })).toMatchObject({
      dropped: ['response_format'],
    });
    const text = call({ responseFormat: { type: 'text' } });
    expect(text.body).not.toHaveProperty('response_format');
    expect(text.dropped).toEqual([]);
  });

  test('asks for five alternatives at the most', () => {
    expect(call({ topLogprobs: 20 }).body).toMatchObject({ logprobs: true, top_logprobs: 5 });
    expect(call({ topLogprobs: 2 }).body).toMatchObject({ logprobs: true, top_logprobs: 2 });
  });

  test('leaves out what TGI passes over or reads as something else, and names it', () => {
    const { body, dropped } = call({
      reasoning: { effort: 'high' },
      serviceTier: 'flex',
      priority: 3,
      parallelToolCalls: false,
      passthrough: { user: 'u', logit_bias: { 1: 1 }, guideline: 'be kind' },
    });
    expect(dropped.toSorted()).toEqual([
      'logit_bias',
      'parallel_tool_calls',
      'priority',
      'reasoning_effort',
      'service_tier',
      'user',
    ]);
    expect(body['guideline']).toBe('be kind');
  });
});

const TOKENS = [
  {
    token: 'Genève',
    logprob: -0.25,
    top: [
      { token: 'Genève', logprob: -0.25 },
      { token: 'Lausanne', logprob: -1.75 },
    ],
  },
  { token: ' 🏞️.', logprob: -0.5, top: [] },
];
const SAID = { text: 'Genève 🏞️.', toolCalls: [], finish: 'stop', tokens: TOKENS };
const REPORT = { usage: { ...NO_USAGE, inputTokens: 21, outputTokens: 3 } };

describe('an answer of TGI', () => {
  test('ends at a stop sequence as any other', () => {
    const { reply, report, model } = adapter.fromBody(fixture('tgi.json').toString());
    expect({ reply, report, model }).toEqual({ reply: SAID, report: REPORT, model: 'acme/tiny' });
  });

  test('is the same streamed, wherever its bytes are cut', () => {
    const whole = fixture('tgi.sse');
    for (let at = 0; at <= whole.length; at++) {
      const parser = new SseParser(1_000_000);
      const reader = adapter.reader();
      const texts = [
        ...parser.push(whole.subarray(0, at)),
        ...parser.push(whole.subarray(at)),
        ...parser.end(),
      ];
      const builder = new ReplyBuilder();
      const others: ProviderEvent[] = [];
      for (const event of texts.flatMap((text) => reader.read(text))) {
        if (event.type === 'text-delta') builder.add(event);
        else others.push(event);
      }
      expect(builder.build('stop')).toEqual(SAID);
      expect(others).toEqual([
        { type: 'identity', model: 'acme/tiny', upstreamId: '', build: '3.3.6-native' },
        { type: 'finish', reason: 'stop' },
        { type: 'usage', report: REPORT },
        { type: 'done' },
      ]);
    }
  });

  test.each([
    ['eos_token', 'stop'],
    ['stop', 'stop'],
    ['length', 'length'],
  ])('"%s" is %s', (finish_reason, finish) => {
    const choice = { index: 0, message: { role: 'assistant', content: 'x' }, finish_reason };
    const { reply } = adapter.fromBody(JSON.stringify({ choices: [choice] }));
    expect(reply.finish).toBe(finish);
  });

  test('calls tools with arguments that are an object, or since version 3.2 the text of one', () => {
    const calling = (args: unknown) => {
      const tool_calls = [
        { id: '0', type: 'function', function: { description: null, name: 'f', arguments: args } },
      ];
      const message = { role: 'assistant', tool_calls };
      const body = JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] });
      return adapter.fromBody(body).reply.toolCalls;
    };
    const made = [{ id: '0', name: 'f', arguments: '{"city":"Köln"}' }];
    expect(calling({ city: 'Köln' })).toEqual(made);
    expect(calling('{"city":"Köln"}')).toEqual(made);
    const deep = JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`);
    expect(() => calling(deep)).toThrow(expect.objectContaining({ kind: 'upstream_invalid' }));
  });
});

describe('an error of TGI', () => {
  const TOO_LONG =
    'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 100 `max_new_tokens`';
  const TOO_LONG_ALONE =
    'Input validation error: `inputs` must have less than 1024 tokens. Given: 2000';

  test.each([
    [422, 'validation', TOO_LONG, 'context_overflow'],
    [422, 'validation', TOO_LONG_ALONE, 'context_overflow'],
    [422, 'validation', 'Input validation error: `top_p` must be > 0.0', 'invalid_request'],
    [422, 'validation', `Input validation error: ${TOO_LONG}`, 'invalid_request'],
    [422, 'template_error', 'Template error: template not found', 'upstream_rejected'],
    [422, 'tool_error', 'Tool error: Failed to parse generated text', 'upstream_unavailable'],
    [424, 'generation', 'Request failed during generation: CUDA', 'upstream_unavailable'],
    [429, 'overloaded', 'Model is overloaded', 'upstream_rate_limited'],
    [500, 'incomplete_generation', 'Incomplete generation', 'upstream_unavailable'],
    [503, 'healthcheck', 'unhealthy', 'upstream_unavailable'],
  ])('%d %s: %s is %s', (status, error_type, error, kind) => {
    const fault = adapter.toFault(status, JSON.stringify({ error, error_type }), undefined);
    expect(fault.kind).toBe(kind);
    expect(fault.message).not.toContain('inputs');
  });

  test('of a body that it cannot read is a text and no JSON', () => {
    const text = 'Failed to deserialize the JSON body into the target type: seed: invalid value';
    expect(adapter.toFault(422, text, undefined).kind).toBe('invalid_request');
  });

  const streaming = (wire: object) => () => adapter.reader().read(JSON.stringify(wire));

  test.each([
    [{ error: 'Request failed during generation: x', error_type: 'generation' }],
    [{ error: { message: 'Incomplete generation stream', http_status_code: 422 } }],
  ])('ends a stream, whatever its status says: %j', (wire) => {
    expect(streaming(wire)).toThrow(expect.objectContaining({ kind: 'upstream_unavailable' }));
  });

  test.each([
    [{ error: TOO_LONG, error_type: 'validation' }],
    [{ error: { message: TOO_LONG, http_status_code: 422 } }],
  ])('that a prompt does not fit is told in its stream, which was well until then', (wire) => {
    expect(streaming(wire)).toThrow(expect.objectContaining({ kind: 'context_overflow' }));
  });
});
