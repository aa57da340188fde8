import { readFileSync } from 'node:fs';
import { type ChatRequest, NO_USAGE, type ProviderEvent } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { DIALECTS, type Dialect } from '../index.ts';
import { SseParser } from '../sse.ts';

/** What differs where Azure speaks OpenAI's chat completions. */

const AZURE: Dialect = DIALECTS.azure;
const { adapter } = AZURE;
const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }], maxOutputTokens: 100 };

function replay(chunks: readonly Uint8Array[]): { events: ProviderEvent[]; thrown: unknown } {
  const parser = new SseParser(1_000_000);
  const stream = adapter.reader();
  const events: ProviderEvent[] = [];
  try {
    for (const chunk of chunks)
      for (const data of parser.push(Buffer.from(chunk))) events.push(...stream.read(data));
    for (const data of parser.end()) events.push(...stream.read(data));
    return { events, thrown: undefined };
  } catch (thrown) {
    return { events, thrown };
  }
}

function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`./fixtures/${name}.sse`, import.meta.url));
}

const IDENTITY = {
  type: 'identity',
  model: 'gpt-test-2026-11-01',
  upstreamId: 'chatcmpl-azure',
  build: 'fp_test',
} as const;

function spent(outputTokens: number): ProviderEvent {
  const usage = { ...NO_USAGE, inputTokens: 8, cacheReadTokens: 32, outputTokens };
  return { type: 'usage', report: expect.objectContaining({ usage }) };
}

test('a deployment is asked for by its name, as a model, and the key goes into its own header', () => {
  const { path, body } = adapter.toCall(HELLO, { model: 'our-gpt', dialect: AZURE }, false);
  expect(path).toBe('/chat/completions');
  expect(JSON.parse(body)).toMatchObject({ model: 'our-gpt', max_completion_tokens: 100 });
  expect(JSON.parse(body)).not.toHaveProperty('max_tokens');
  expect(adapter.headers('k', AZURE)).toEqual({ 'api-key': 'k' });
  expect(adapter.headers(undefined, AZURE)).toEqual({});
});

test('what only OpenAI itself takes is left out and named', () => {
  const { body, dropped } = adapter.toCall(
    {
      ...HELLO,
      promptCache: { key: 'k', retention: '24h' },
      serviceTier: 'flex',
      passthrough: { user: 'u', moderation: {} },
    },
    { model: 'our-gpt', dialect: AZURE },
    true,
  );
  expect([...dropped].toSorted()).toEqual(['moderation', 'prompt_cache_retention', 'service_tier']);
  expect(JSON.parse(body)).toMatchObject({
    prompt_cache_key: 'k',
    user: 'u',
    stream_options: { include_usage: true },
  });
});

const EXPECTED: Record<string, ProviderEvent[]> = {
  // Judgements of the prompt come before the answer and those of the answer among it, without a word of it.
  'azure-plain': [
    IDENTITY,
    { type: 'text-delta', text: 'Genève ' },
    { type: 'text-delta', text: 'lies on a lake 🏞️.' },
    { type: 'finish', reason: 'stop' },
    spent(9),
    { type: 'done' },
  ],
  'azure-filtered': [
    IDENTITY,
    { type: 'text-delta', text: 'Take a ' },
    { type: 'finish', reason: 'content_filter' },
    spent(4),
    { type: 'done' },
  ],
};

describe('a recorded stream says the same at every split of its bytes', () => {
  test.each(Object.keys(EXPECTED))('%s', (name) => {
    const whole = fixture(name);
    for (let at = 0; at <= whole.length; at++) {
      const { events, thrown } = replay([whole.subarray(0, at), whole.subarray(at)]);
      expect(thrown).toBeUndefined();
      expect(events).toEqual(EXPECTED[name]);
    }
  });

  test('and one that the filter breaks off breaks', () => {
    const whole = fixture('azure-cut');
    for (let at = 0; at <= whole.length; at++) {
      const { events, thrown } = replay([whole.subarray(0, at), whole.subarray(at)]);
      expect(thrown).toMatchObject({ kind: 'content_filtered' });
      expect(String(thrown)).not.toContain('secret');
      expect(events.at(-1)).toEqual({ type: 'text-delta', text: 'Take a ' });
    }
  });
});

test('a whole reply may have judgements beside it, and an answer that was filtered says so', () => {
  const reply = {
    id: 'chatcmpl-azure',
    model: 'gpt-test-2026-11-01',
    choices: [
      {
        index: 0,
        finish_reason: 'content_filter',
        message: { role: 'assistant', content: 'Take a ' },
        content_filter_results: { violence: { filtered: true, severity: 'high' } },
      },
    ],
    prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
    usage: { prompt_tokens: 40, completion_tokens: 4, total_tokens: 44 },
  };
  expect(adapter.fromBody(JSON.stringify(reply)).reply).toEqual({
    text: 'Take a ',
    toolCalls: [],
    finish: 'content_filter',
  });
});

describe('an error', () => {
  const FILTERED = {
    message: "The response was filtered due to the prompt: 'secret'",
    type: null,
    param: 'prompt',
    code: 'content_filter',
    status: 400,
    innererror: {
      code: 'ResponsibleAIPolicyViolation',
      content_filter_result: { violence: { filtered: true, severity: 'high' } },
    },
  };

  test('of the prompt’s filter is no failure: another provider may answer, and its own words stay out', () => {
    const fault = adapter.toFault(400, JSON.stringify({ error: FILTERED }), undefined);
    expect(fault.kind).toBe('content_filtered');
    expect(fault.row).toMatchObject({ http: 400, code: 'content_filter', retry: 'elsewhere' });
    expect(fault.message + String(fault.cause)).not.toContain('secret');
  });

  test.each([
    [
      401,
      { code: '401', message: 'Access denied due to invalid subscription key.' },
      'upstream_auth',
    ],
    [404, { code: 'DeploymentNotFound', message: 'm' }, 'upstream_rejected'],
    [429, { code: 'RateLimitReached', message: 'm' }, 'upstream_rate_limited'],
    [429, { code: '429', message: 'm' }, 'upstream_rate_limited'],
    [429, { code: 'insufficient_quota', message: 'm' }, 'upstream_rejected'],
    [400, { code: 'context_length_exceeded', message: 'm' }, 'context_overflow'],
    [400, { code: 'unrecognized_request_argument', message: 'm' }, 'invalid_request'],
    [408, { code: 'Timeout', message: 'm' }, 'upstream_unavailable'],
    [500, { code: 'InternalServerError', message: 'm' }, 'upstream_unavailable'],
  ])('%d %j is %s', (status, error, kind) => {
    expect(adapter.toFault(status, JSON.stringify({ error }), undefined).kind).toBe(kind);
  });
});
