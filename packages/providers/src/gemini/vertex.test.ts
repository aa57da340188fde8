import type { ChatMessage, ChatRequest, Json } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { toFault } from './error.ts';
import { labelsFrom } from './labels.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';

/** What differs where Vertex AI speaks `generateContent`. */

const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }] };

function call(request: Partial<ChatRequest>, stream = false) {
  const target = { model: 'gemini-3-flash', dialect: DIALECTS.vertex };
  return toCall({ ...HELLO, ...request }, target, stream);
}

function sent(request: Partial<ChatRequest>) {
  const { contents: _contents, ...rest } = JSON.parse(call(request).body);
  return rest;
}

test('a model is asked below its publisher, whose address is the base', () => {
  expect(call({}).path).toBe('/models/gemini-3-flash:generateContent');
  expect(call({}, true).path).toBe('/models/gemini-3-flash:streamGenerateContent?alt=sse');
  expect(call({}).headers).toBeUndefined();
});

test('a key goes where Google has it; without one the environment is asked', () => {
  const { adapter, credentials } = DIALECTS.vertex;
  expect(adapter.headers('k')).toEqual({ 'x-goog-api-key': 'k' });
  expect(credentials).toBe('google');
});

test('calls and results have no ids, and keep their signatures', () => {
  const history: ChatMessage[] = [
    ...HELLO.messages,
    {
      role: 'assistant',
      content: null,
      toolCalls: [{ id: 'fc-a~c2ln', name: 'look', arguments: '{}' }],
    },
    { role: 'tool', content: 'a cat', toolCallId: 'fc-a~c2ln' },
  ];
  const [, model, user] = JSON.parse(call({ messages: history }).body).contents;
  expect(model.parts).toEqual([
    { functionCall: { name: 'look', args: {} }, thoughtSignature: 'c2ln' },
  ]);
  expect(user.parts).toEqual([
    { functionResponse: { name: 'look', response: { result: 'a cat' } } },
  ]);
});

describe('a service tier is told in a header', () => {
  test.each([
    ['default', 'standard'],
    ['flex', 'flex'],
    ['priority', 'priority'],
  ] as const)('%s is %s', (serviceTier, tier) => {
    const { headers, dropped } = call({ serviceTier });
    expect(headers).toEqual({ 'x-vertex-ai-llm-shared-request-type': tier });
    expect(dropped).toEqual([]);
    expect(sent({ serviceTier })).toEqual({});
  });

  test('and one that is not there is named, while auto is what saying nothing asks for', () => {
    expect(call({ serviceTier: 'scale' })).toMatchObject({ dropped: ['service_tier'] });
    expect(call({ serviceTier: 'auto' })).toMatchObject({ dropped: [] });
    expect(call({ serviceTier: 'auto' }).headers).toBeUndefined();
  });
});

describe('metadata are labels', () => {
  test('where they have the form of some', () => {
    const metadata = { team: 'search', run_7: '' };
    expect(sent({ passthrough: { metadata } })).toEqual({ labels: metadata });
    expect(call({ passthrough: { metadata, user: 'u' } }).dropped).toEqual(['user']);
  });

  test.each<Json>([
    { Team: 'search' },
    { team: 'Search' },
    { team: 7 },
    { team: 'a b' },
    { '7': 'x' },
    { ['k'.repeat(64)]: 'x' },
    { k: 'v'.repeat(64) },
    Object.fromEntries(Array.from({ length: 65 }, (_none, at) => [`k${at}`, 'v'])),
    {},
    [],
    'team',
  ])('and are named where they have not: %.40j', (metadata) => {
    expect(labelsFrom(metadata)).toBeUndefined();
    expect(call({ passthrough: { metadata } }).dropped).toEqual(['metadata']);
    expect(sent({ passthrough: { metadata } })).toEqual({});
  });

  test('whatever is taken is what Google takes', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 3 }), fc.string({ maxLength: 3 })),
        (all) => {
          for (const [key, value] of Object.entries(labelsFrom(all) ?? {})) {
            expect(key).toMatch(/^[a-z][\w-]*$/);
            expect(value).toMatch(/^[a-z0-9_-]*$/);
          }
        },
      ),
    );
  });

  test('and are nobody’s at the Gemini API, which refuses labels', () => {
    const target = { model: 'gemini-3-flash', dialect: DIALECTS.gemini };
    const { body, dropped } = toCall(
      { ...HELLO, passthrough: { metadata: { team: 'a' } } },
      target,
      false,
    );
    expect(dropped).toEqual(['metadata']);
    expect(body).not.toContain('labels');
  });
});

test('the kind of traffic is the tier that served', () => {
  const usageMetadata = {
    promptTokenCount: 8,
    candidatesTokenCount: 2,
    totalTokenCount: 10,
    trafficType: 'ON_DEMAND_FLEX',
  };
  const candidates = [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }];
  const { report } = fromBody(JSON.stringify({ candidates, usageMetadata }));
  expect(report).toMatchObject({ usage: { inputTokens: 8, outputTokens: 2 }, serviceTier: 'flex' });
});

test.each([
  [429, 'RESOURCE_EXHAUSTED', 'upstream_rate_limited'],
  [403, 'PERMISSION_DENIED', 'upstream_auth'],
  [401, 'UNAUTHENTICATED', 'upstream_auth'],
  [404, 'NOT_FOUND', 'upstream_rejected'],
  [400, 'FAILED_PRECONDITION', 'upstream_rejected'],
])('an error comes as the one element of an array: %d %s is %s', (code, status, kind) => {
  const error = { code, message: 'secret', status, errors: [{ reason: 'rateLimitExceeded' }] };
  expect(toFault(code, JSON.stringify([{ error }]), undefined).kind).toBe(kind);
});

test('a prompt that does not fit is said in other words than the Gemini API has', () => {
  const message =
    'Unable to submit request because the input token count is 1048577 but model only supports up to 1048576.';
  const body = JSON.stringify([{ error: { code: 400, message, status: 'INVALID_ARGUMENT' } }]);
  expect(toFault(400, body, undefined).kind).toBe('context_overflow');
});
