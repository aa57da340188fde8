import { type ChatRequest, Fault, REASONING_EFFORTS, type ReasoningEffort } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { abilitiesOf, asTakenBy, generationOf } from './models.ts';

const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }] };
const TOOLS: ChatRequest['tools'] = [{ name: 'look' }];

/** What is left of a request for a model, and what is missed. */
function taken(model: string, request: Partial<ChatRequest>, api: 'chat' | 'responses' = 'chat') {
  const dropped = new Set<string>();
  const { messages: _, ...left } = asTakenBy(model, { ...HELLO, ...request }, api, dropped);
  return { left: JSON.parse(JSON.stringify(left)), dropped: [...dropped] };
}

describe('a generation is read off a name, whatever stands around it', () => {
  test.each([
    ['gpt-3.5-turbo-0125', 305],
    ['gpt-35-turbo-16k', 305],
    ['gpt-4-0613', 400],
    ['gpt-4-1106-preview', 400],
    ['gpt-4o-mini-2024-07-18', 400],
    ['chatgpt-4o-latest', 400],
    ['ft:gpt-4.1-mini-2025-04-14:org::id', 401],
    ['gpt-4.5-preview', 405],
    ['gpt-5', 500],
    ['gpt-5-2025-08-07', 500],
    ['team-gpt5-mini', 500],
    ['openai/gpt-5.1-codex-max', 501],
    ['our-gpt-5-2-chat', 502],
    ['gpt-5.4-2026-03-05', 504],
    ['openai.gpt-5.6-sol', 506],
    ['GPT-6.1-Sol', 601],
    ['gpt-10', 1000],
  ])('%s is %d', (model, generation) => {
    expect(generationOf(model)).toBe(generation);
  });

  test.each([
    'm',
    'our-model',
    'gpt-oss-120b',
    'gpt-audio-mini',
    'chat-latest',
    'pro1',
    'go3',
    'o3x',
    'mistral-large',
  ])('%s has none that is known, and takes everything', (model) => {
    expect(abilitiesOf(model)).toBeUndefined();
    const request = { ...HELLO, temperature: 0.2, stop: ['END'], reasoning: { effort: 'max' } };
    const dropped = new Set<string>();
    expect(asTakenBy(model, request as ChatRequest, 'chat', dropped)).toBe(request);
    expect(dropped.size).toBe(0);
  });
});

/** What each effort becomes, from none to max; a dash: it is left out and missed, a star: it is said and missed. */
const WORDS: readonly (readonly [models: string, chat: string, responses?: string])[] = [
  ['gpt-4.1 gpt-4o gpt-5-chat-latest gpt-5-search-api', ' - - - - - -'],
  ['o1 o3 openai/o3-mini o4-mini-2025-04-16 o3-pro', 'low* low low medium high high high'],
  [
    'o3-deep-research gpt-5.1-chat gpt-5.2-chat-latest',
    'medium* medium medium medium medium medium medium',
  ],
  ['gpt-5 gpt-5-mini gpt-5-nano', 'minimal* minimal low medium high high high'],
  ['gpt-5-pro', 'high* high high high high high high'],
  ['gpt-5-codex gpt-5.1-codex gpt-5.1-codex-mini', 'low* low low medium high high high'],
  ['gpt-5.1-codex-max gpt-5.2-codex gpt-5.3-codex', 'low* low low medium high xhigh xhigh'],
  ['gpt-5.1', 'none low low medium high high high'],
  ['gpt-5.2 gpt-5.4 gpt-5.4-mini gpt-5.5', 'none low low medium high xhigh xhigh'],
  ['gpt-5.2-pro gpt-5.4-pro gpt-5.5-pro', 'medium* medium medium medium high xhigh xhigh'],
  [
    'gpt-5.6-sol gpt-5.6 gpt-6-sol gpt-6-luna gpt-6.1-terra',
    'none low low medium high xhigh xhigh',
    'none low low medium high xhigh max',
  ],
  [
    'gpt-6-astra gpt-6.1-sol gpt-6.2-astra gpt-6.2-sol gpt-7',
    'low* low low medium high xhigh xhigh',
    'low* low low medium high xhigh max',
  ],
];

describe('an effort is said in the nearest word that the model has, and missed where it has none', () => {
  const lines = WORDS.flatMap(([models, chat, responses = chat]) =>
    models.split(' ').map((model) => [model, chat, responses] as const),
  );

  test.each(lines)('%s: %s', (model, chat, responses) => {
    for (const [api, words] of [
      ['chat', chat],
      ['responses', responses],
    ] as const) {
      const said = REASONING_EFFORTS.map((effort) => {
        const { left, dropped } = taken(model, { reasoning: { effort } }, api);
        const word: string = left.reasoning?.effort ?? (dropped.length > 0 ? '-' : '');
        return word !== '-' && dropped.length > 0 ? `${word}*` : word;
      });
      expect(said.join(' ')).toBe(words);
    }
  });

  test('as much as the model sees fit is not asked of one that does not think', () => {
    expect(taken('gpt-4.1', { reasoning: {} })).toEqual({ left: {}, dropped: ['thinking'] });
    expect(taken('gpt-5', { reasoning: {} })).toEqual({ left: { reasoning: {} }, dropped: [] });
  });
});

describe('what is sampled, and how sure the model was, is told of answers without thought only', () => {
  const SAMPLED = { temperature: 0.2, topP: 0.5, topLogprobs: 3 };
  const NAMED = ['temperature', 'top_p', 'logprobs'];

  test.each<[model: string, effort: ReasoningEffort | undefined, takes: boolean]>([
    ['gpt-4.1', undefined, true],
    ['o3', undefined, false],
    ['gpt-5', undefined, false],
    ['gpt-5', 'minimal', false],
    // It cannot be told to think nothing.
    ['gpt-5-mini', 'none', false],
    ['gpt-5.1', undefined, true],
    ['gpt-5.1', 'none', true],
    ['gpt-5.1', 'low', false],
    ['gpt-5.1-codex', undefined, false],
    ['gpt-5.2-chat', undefined, false],
    ['gpt-5.2-pro', undefined, false],
    ['gpt-5.4', undefined, true],
    ['gpt-5.4', 'high', false],
    // From here on a model thinks unless it is told not to.
    ['gpt-5.5', undefined, false],
    ['gpt-5.5', 'none', true],
    ['gpt-5.6-luna', undefined, false],
    ['gpt-5.6-luna', 'none', true],
    ['gpt-6-sol', 'none', true],
    ['gpt-6-sol', undefined, false],
    ['gpt-6.1-sol', 'none', false],
    ['gpt-5-search-api', undefined, false],
  ])('%s with effort %s: %s', (model, effort, takes) => {
    const { left, dropped } = taken(model, {
      ...SAMPLED,
      ...(effort && { reasoning: { effort } }),
    });
    expect(left).toMatchObject(takes ? SAMPLED : {});
    for (const name of Object.keys(SAMPLED)) expect(name in left).toBe(takes);
    expect(dropped.filter((name) => NAMED.includes(name))).toEqual(takes ? [] : NAMED);
  });
});

describe('what else a model refuses is left out, and named', () => {
  const FULL: Partial<ChatRequest> = {
    frequencyPenalty: 0.1,
    presencePenalty: 0.2,
    stop: ['END'],
    seed: 7,
    parallelToolCalls: false,
    prediction: 'It is',
    promptCache: { key: 'k', retention: '24h' },
    passthrough: { user: 'u', logit_bias: { 9: 1 }, verbosity: 'low', modalities: ['audio'] },
  };
  const REASONING = [
    'frequency_penalty',
    'presence_penalty',
    'logit_bias',
    'prediction',
    'modalities',
  ];

  test.each<[models: string, dropped: readonly string[]]>([
    ['gpt-4.1 gpt-4o', ['verbosity', 'prompt_cache_retention']],
    ['gpt-5-chat-latest', ['verbosity', 'prompt_cache_retention']],
    ['o1 o3-mini', [...REASONING, 'verbosity', 'prompt_cache_retention']],
    ['o3 o4-mini', [...REASONING, 'stop', 'verbosity', 'prompt_cache_retention']],
    ['gpt-5 gpt-5.1 gpt-5.4 gpt-5.5', [...REASONING, 'stop']],
    ['gpt-5-nano', [...REASONING, 'stop', 'prompt_cache_retention']],
    ['gpt-5.6-sol gpt-6-astra gpt-7', [...REASONING, 'stop', 'prompt_cache_retention']],
    ['gpt-5-search-api', [...REASONING, 'stop', 'seed']],
  ])('%s: %j', (models, names) => {
    for (const model of models.split(' ')) {
      const { left, dropped } = taken(model, { ...FULL, reasoning: { effort: 'none' } });
      const others = dropped.filter((name) => name !== 'reasoning_effort');
      expect(others.toSorted(), model).toEqual(names.toSorted());
      expect(left.passthrough.user).toBe('u');
      expect(left.promptCache.key).toBe('k');
    }
  });

  test('but what changes nothing is neither said nor missed', () => {
    const neutral: Partial<ChatRequest> = {
      temperature: 1,
      topP: 1,
      frequencyPenalty: 0,
      presencePenalty: 0,
      stop: [],
      passthrough: { logit_bias: {}, modalities: ['text'], audio: null, verbosity: 'high' },
    };
    expect(taken('gpt-6-astra', neutral)).toEqual({
      left: { passthrough: { audio: null, verbosity: 'high' } },
      dropped: [],
    });
    const retention = { promptCache: { retention: '24h' as const } };
    expect(taken('gpt-5.5', retention)).toEqual({ left: { promptCache: {} }, dropped: [] });
    expect(taken('o3', { parallelToolCalls: true }).dropped).toEqual([]);
    expect(taken('o3', { parallelToolCalls: false }).dropped).toEqual([]);
    expect(taken('gpt-4.1', { passthrough: { verbosity: 'medium' } }).dropped).toEqual([]);
  });

  test('and a name of a prototype is no refusal', () => {
    const passthrough = JSON.parse('{"__proto__": 1, "constructor": 2, "logit_bias": {"9": 1}}');
    const { passthrough: left } = asTakenBy('gpt-5', { ...HELLO, passthrough }, 'chat', new Set());
    expect(Object.keys(left ?? {})).toEqual(['__proto__', 'constructor']);
  });
});

describe('tools in chat completions', () => {
  test.each<[model: string, asked: ReasoningEffort | undefined, said: string | undefined]>([
    ['gpt-5', 'high', 'high'],
    ['gpt-5.2', 'high', 'high'],
    // No word at all goes with tools, and its thought rests by itself.
    ['gpt-5.4', undefined, undefined],
    ['gpt-5.4', 'none', undefined],
    ['gpt-5.6-sol', undefined, 'none'],
    ['gpt-6-luna', 'none', 'none'],
  ])('%s with effort %s: %s, and nothing is missed', (model, effort, said) => {
    const { left, dropped } = taken(model, {
      tools: TOOLS,
      ...(effort && { reasoning: { effort } }),
    });
    expect(left.tools).toHaveLength(1);
    expect(left.reasoning?.effort).toBe(said);
    expect(dropped).toEqual([]);
  });

  test.each([
    ['gpt-5.4', undefined],
    ['gpt-5.5', 'none'],
    ['gpt-6-sol', 'none'],
  ])('%s cannot think with them, which is missed', (model, said) => {
    const { left, dropped } = taken(model, {
      tools: TOOLS,
      reasoning: { effort: 'high' },
      temperature: 0.2,
    });
    expect(left.reasoning?.effort).toBe(said);
    expect(left.temperature).toBe(0.2);
    expect(dropped).toEqual(['reasoning_effort']);
  });

  test.each(['gpt-6-astra', 'gpt-6.1-sol', 'gpt-6.2-sol', 'gpt-7'])(
    '%s takes none, so that another model is asked',
    (model) => {
      const dialect = DIALECTS.openai;
      const request = { ...HELLO, tools: TOOLS };
      expect(() => dialect.adapter.toCall(request, { model, dialect }, false)).toThrow(
        expect.objectContaining({ kind: 'unsupported_parameter', param: 'tools' }),
      );
      expect(taken(model, { tools: TOOLS }, 'responses').left.tools).toHaveLength(1);
      expect(taken(model, { tools: [] }).dropped).toEqual([]);
    },
  );
});

test('a call says only what its model takes, to OpenAI as well as to Azure', () => {
  const request: ChatRequest = {
    ...HELLO,
    maxOutputTokens: 50,
    temperature: 0,
    topLogprobs: 2,
    stop: ['END'],
    reasoning: { effort: 'max' },
    passthrough: { user: 'u', logit_bias: { 9: 1 } },
  };
  for (const dialect of [DIALECTS.openai, DIALECTS.azure]) {
    const { body, dropped } = dialect.adapter.toCall(request, { model: 'gpt-5.2', dialect }, false);
    expect(JSON.parse(body)).toEqual({
      model: 'gpt-5.2',
      messages: HELLO.messages,
      max_completion_tokens: 50,
      reasoning_effort: 'xhigh',
      user: 'u',
    });
    expect(dropped.toSorted()).toEqual(['logit_bias', 'logprobs', 'stop', 'temperature']);
  }
});

test('whoever else serves a model of such a name is told what was asked', () => {
  const dialect = DIALECTS.openrouter;
  const request = { ...HELLO, temperature: 0, stop: ['END'] };
  const { body, dropped } = dialect.adapter.toCall(
    request,
    { model: 'openai/gpt-5', dialect },
    false,
  );
  expect(JSON.parse(body)).toMatchObject({ temperature: 0, stop: ['END'] });
  expect(dropped).toEqual([]);
});

test('whatever is asked of whatever model, it thinks within its bounds and nothing is lost in silence', () => {
  const model = fc.oneof(
    fc.constantFrom(...WORDS.flatMap(([models]) => models.split(' '))),
    fc.string(),
  );
  const effort = fc.option(fc.constantFrom(...REASONING_EFFORTS), { nil: undefined });
  const temperature = fc.double({ min: 0, max: 2, noNaN: true });
  const api = fc.constantFrom('chat' as const, 'responses' as const);
  fc.assert(
    fc.property(
      model,
      effort,
      temperature,
      fc.boolean(),
      api,
      (name, asked, heat, withTools, by) => {
        const dropped = new Set<string>();
        const request: ChatRequest = {
          ...HELLO,
          temperature: heat,
          ...(asked && { reasoning: { effort: asked } }),
          ...(withTools && { tools: TOOLS }),
        };
        try {
          const left = asTakenBy(name, request, by, dropped);
          if (left.temperature === undefined && heat !== 1)
            expect(dropped).toContain('temperature');
          if (asked && asked !== 'none' && left.reasoning?.effort === undefined)
            expect(dropped).toContain('reasoning_effort');
          expect(left.tools).toEqual(request.tools);
        } catch (thrown) {
          if (!(thrown instanceof Fault)) throw thrown;
          expect(thrown).toMatchObject({ kind: 'unsupported_parameter', param: 'tools' });
          expect([by, withTools]).toEqual(['chat', true]);
        }
      },
    ),
  );
});
