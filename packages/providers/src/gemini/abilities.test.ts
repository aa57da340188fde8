import type { ChatRequest } from '@weir/core';
import { describe, expect, test } from 'vitest';
import type { Dialect } from '../adapter.ts';
import { DIALECTS } from '../dialects.ts';
import { gemini } from './index.ts';

const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }] };
const DIALECT: Dialect = { ...DIALECTS.gemini, takesLogprobs: true };

function call(request: ChatRequest, model = 'gemini-3-flash') {
  return gemini.toCall(request, { model, dialect: DIALECT }, false);
}

function sent(request: ChatRequest) {
  return JSON.parse(call(request).body) as Record<string, unknown>;
}

describe('log-probabilities', () => {
  const asked = (topLogprobs: number, model: string) => {
    const { body, dropped } = call({ ...HELLO, topLogprobs }, model);
    return { config: JSON.parse(body).generationConfig, dropped };
  };

  test('are asked for with as many alternatives, or with none', () => {
    const all = { responseLogprobs: true, logprobs: 20 };
    expect(asked(20, 'gemini-2.5-flash')).toEqual({ config: all, dropped: [] });
    const chosen = { responseLogprobs: true };
    expect(asked(0, 'gemini-2.5-flash')).toEqual({ config: chosen, dropped: [] });
  });

  test.each(['gemini-3.5-flash-lite', 'gemini-flash-latest'])(
    'are not asked of %s, which refuses that',
    (model) => {
      expect(asked(5, model)).toEqual({ config: undefined, dropped: ['logprobs'] });
    },
  );

  test('are left out where the model gives none, and that is said', () => {
    const target = { model: 'm', dialect: { ...DIALECT, takesLogprobs: false } };
    const { body, dropped } = gemini.toCall({ ...HELLO, topLogprobs: 5 }, target, false);
    expect(body).not.toContain('ogprobs');
    expect(dropped).toEqual(['logprobs']);
  });
});

describe('tools', () => {
  test('are one entry of declarations, with the schema as it was written', () => {
    const parameters = { type: 'object', properties: { city: { type: ['string', 'null'] } } };
    const { tools } = sent({
      ...HELLO,
      tools: [
        { name: 'weather', description: 'The weather', parameters, strict: true },
        { name: 'now' },
      ],
    });
    expect(tools).toEqual([
      {
        functionDeclarations: [
          { name: 'weather', description: 'The weather', parametersJsonSchema: parameters },
          { name: 'now' },
        ],
      },
    ]);
    expect(sent({ ...HELLO, tools: [] })).not.toHaveProperty('tools');
  });

  test.each([
    ['none', { mode: 'NONE' }],
    ['auto', { mode: 'AUTO' }],
    ['required', { mode: 'ANY' }],
    [{ name: 'weather' }, { mode: 'ANY', allowedFunctionNames: ['weather'] }],
  ] as const)('may be chosen: %j', (toolChoice, functionCallingConfig) => {
    const tools = [{ name: 'weather' }];
    expect(sent({ ...HELLO, tools, toolChoice })['toolConfig']).toEqual({ functionCallingConfig });
  });

  test('are not chosen where there are none, which is an error to Gemini', () => {
    for (const toolChoice of ['none', 'auto', 'required', { name: 'weather' }] as const) {
      const { body, dropped } = call({ ...HELLO, toolChoice });
      expect(JSON.parse(body)).not.toHaveProperty('toolConfig');
      const mustCall = toolChoice !== 'none' && toolChoice !== 'auto';
      expect(dropped).toEqual(mustCall ? ['tool_choice'] : []);
    }
  });

  test('cannot be held to their schemas, and that is said', () => {
    const tool = { name: 'now' };
    expect(call({ ...HELLO, tools: [tool, { ...tool, strict: true }] }).dropped).toEqual([
      'tools.function.strict',
    ]);
    expect(call({ ...HELLO, tools: [{ ...tool, strict: false }] }).dropped).toEqual([]);
  });
});
