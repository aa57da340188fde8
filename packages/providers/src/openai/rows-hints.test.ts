import { type ChatMessage, type ChatRequest, SERVICE_TIERS, type ServiceTier } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { DIALECTS, type DialectName } from '../dialects.ts';
import { called, HELLO, lines, type Table } from './rows.fixture.ts';

/** One test for each kind of fact of the table, and in each a line for every row. */

describe('a tier is asked for in its own word', () => {
  const own = ['auto', 'default', 'flex', 'priority', 'scale'] as const;
  const table: Table<readonly (string | undefined)[]> = {
    openai: own,
    azure: ['auto', 'default', undefined, 'priority'],
    'openai-compatible': own,
    mistral: ['auto', 'standard_only'],
    deepseek: [],
    qwen: [],
    xai: [],
    groq: ['auto', 'on_demand', 'flex', 'performance'],
    together: [],
    fireworks: ['auto', 'default', undefined, 'priority'],
    perplexity: [],
    cerebras: ['auto', 'default', 'flex', 'priority'],
    openrouter: own,
    tokenmix: own,
    litellm: own,
    portkey: own,
    vllm: [],
    sglang: [],
    'tensorrt-llm': [],
    triton: [],
    'llama.cpp': [],
    tgi: [],
    tabbyapi: [],
  };
  const isOrdinary = (tier: ServiceTier) => tier === 'auto' || tier === 'default';

  test.each(lines(table))('%s', (name, words) => {
    for (const [index, serviceTier] of SERVICE_TIERS.entries()) {
      const call = called(name, { serviceTier });
      expect(call.body['service_tier'], serviceTier).toBe(words[index]);
      const isLost = words[index] === undefined && !isOrdinary(serviceTier);
      expect(call.dropped, serviceTier).toEqual(isLost ? ['service_tier'] : []);
    }
  });
});

test.each(
  lines<readonly [number, number] | undefined>({
    openai: undefined,
    azure: undefined,
    'openai-compatible': undefined,
    mistral: undefined,
    deepseek: undefined,
    qwen: undefined,
    xai: undefined,
    groq: undefined,
    together: undefined,
    fireworks: undefined,
    perplexity: undefined,
    cerebras: undefined,
    openrouter: undefined,
    tokenmix: undefined,
    litellm: undefined,
    portkey: undefined,
    vllm: [-10, 100],
    sglang: [10, -100],
    'tensorrt-llm': [0.55, 0],
    triton: undefined,
    'llama.cpp': undefined,
    tgi: undefined,
    tabbyapi: undefined,
  }),
)('%s puts 10 and -100 at its own places in the queue: %s', (name, places) => {
  const soon = called(name, { priority: 10 });
  const late = called(name, { priority: -100 });
  expect([soon.body['priority'], late.body['priority']]).toEqual(places ?? [undefined, undefined]);
  expect(soon.dropped).toEqual(places ? [] : ['priority']);
  // Everybody's place is none.
  expect(called(name, { priority: 0 })).toEqual(called(name, {}));
});

describe('the end of a prefix is marked where marks are known', () => {
  const marked: Partial<ChatRequest> = {
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Rules.', cache: '1h' }] },
      { role: 'user', content: [{ type: 'text', text: 'Then?', cache: '5m' }] },
    ],
  };
  const tools = [{ name: 'look', cache: '5m' }] as const;
  const long = { type: 'ephemeral', ttl: '1h' };
  const short = { type: 'ephemeral' };
  type Marks = readonly [unknown, unknown, unknown, unknown];
  const gateway: Marks = [long, short, short, undefined];
  const none: Marks = [undefined, undefined, undefined, undefined];
  const table: Table<Marks> = {
    openai: none,
    azure: none,
    'openai-compatible': none,
    mistral: none,
    deepseek: none,
    qwen: [short, short, undefined, undefined],
    xai: none,
    groq: none,
    together: none,
    fireworks: none,
    perplexity: none,
    cerebras: none,
    openrouter: [long, short, short, short],
    tokenmix: none,
    litellm: gateway,
    portkey: gateway,
    vllm: none,
    sglang: none,
    'tensorrt-llm': none,
    triton: none,
    'llama.cpp': none,
    tgi: none,
    tabbyapi: none,
  };

  test.each(lines(table))('%s', (name, [far, near, tool, request]) => {
    const onParts = called(name, marked);
    const [system, user] = onParts.messages as { content: { cache_control?: unknown }[] }[];
    expect(system?.content[0]?.cache_control).toEqual(far);
    expect(user?.content[0]?.cache_control).toEqual(near);
    expect(onParts.dropped).toEqual(near ? [] : ['cache_control']);
    const onTools = called(name, { tools });
    expect((onTools.body['tools'] as { cache_control?: unknown }[])[0]?.cache_control).toEqual(
      tool,
    );
    expect(onTools.dropped).toEqual(tool ? [] : ['cache_control']);
    const onRequest = called(name, { promptCache: { ttl: '5m' } });
    expect(onRequest.body['cache_control']).toEqual(request);
    expect(onRequest.dropped).toEqual(request ? [] : ['cache_control']);
  });
});

describe('roles, names and refusals are said as it knows them', () => {
  const spoken: readonly ChatMessage[] = [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: 'Hi', name: 'ann' },
    { role: 'assistant', content: null, refusal: 'I will not.' },
  ];
  type Line = readonly [developer: string, name: boolean, refusal: boolean];
  const known: Line = ['developer', true, true];
  const plain: Line = ['system', true, false];
  const nameless: Line = ['system', false, false];
  const table: Table<Line> = {
    openai: known,
    azure: known,
    'openai-compatible': ['developer', true, false],
    mistral: nameless,
    deepseek: plain,
    qwen: plain,
    xai: nameless,
    groq: ['developer', false, false],
    together: plain,
    fireworks: plain,
    perplexity: nameless,
    cerebras: plain,
    openrouter: known,
    tokenmix: ['system', true, true],
    litellm: known,
    portkey: ['system', true, true],
    vllm: plain,
    sglang: plain,
    'tensorrt-llm': plain,
    triton: plain,
    'llama.cpp': plain,
    tgi: plain,
    tabbyapi: plain,
  };

  test.each(lines(table))('%s', (name, [developer, hasNames, hasRefusals]) => {
    const call = called(name, { messages: spoken });
    expect(call.messages).toEqual([
      { role: developer, content: 'Be brief.' },
      { role: 'user', content: 'Hi', ...(hasNames && { name: 'ann' }) },
      hasRefusals
        ? { role: 'assistant', content: null, refusal: 'I will not.' }
        : { role: 'assistant', content: 'I will not.' },
    ]);
    expect(call.dropped).toEqual(hasNames ? [] : ['name']);
  });
});

test('SGLang is asked how many of its guesses held, and nobody else is', () => {
  const asks = (Object.keys(DIALECTS) as DialectName[]).filter((name) => {
    const dialect = DIALECTS[name];
    const { body } = dialect.adapter.toCall(
      { ...HELLO, maxOutputTokens: 64 },
      { model: 'm', dialect },
      false,
    );
    return body.includes('return_spec_tokens_details');
  });
  expect(asks).toEqual(['sglang']);
});
