import type { ChatRequest } from '@weir/core';
import { describe, expect, test } from 'vitest';
import type { Dialect } from './adapter.ts';
import { DIALECTS } from './dialects.ts';

const QUESTION: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }] };

/** What of a request was left out that a plainer one, which says the same without it, had nothing left out of. */
function lost(dialect: Dialect, request: ChatRequest): readonly string[] {
  const target = { model: 'm', dialect };
  expect(dialect.adapter.toCall(QUESTION, target, false).dropped).toEqual([]);
  return dialect.adapter.toCall(request, target, false).dropped;
}

function looked(detail: string | undefined): ChatRequest {
  const url = 'data:image/png;base64,AAAA';
  return { messages: [{ role: 'user', content: [{ type: 'image', url, detail }] }] };
}

const NAMELESS = ['anthropic', 'bedrock', 'cohere', 'gemini', 'vertex', 'ollama'] as const;

describe.each(NAMELESS)('%s, which knows nobody by name,', (name) => {
  test.each(['system', 'developer', 'user', 'assistant'] as const)(
    'tells that it left out who says what the %s says',
    (role) => {
      const named = { role, content: 'Hello', name: 'ada' };
      const messages = [...QUESTION.messages, named];
      expect(lost(DIALECTS[name], { messages })).toEqual(['name']);
    },
  );
});

const SEEING = ['anthropic', 'bedrock', 'gemini', 'vertex', 'ollama'] as const;

describe.each(SEEING)('%s, which looks at images as it sees fit,', (name) => {
  test('tells that it was asked for more or less than that', () => {
    expect(lost(DIALECTS[name], looked('high'))).toEqual(['detail']);
    expect(lost(DIALECTS[name], looked('low'))).toEqual(['detail']);
  });

  test('leaves nothing out where it is asked for just that', () => {
    expect(lost(DIALECTS[name], looked('auto'))).toEqual([]);
    expect(lost(DIALECTS[name], looked(undefined))).toEqual([]);
  });
});
