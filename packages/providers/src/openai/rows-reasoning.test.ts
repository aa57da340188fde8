import { type ChatMessage, REASONING_EFFORTS, type ReasoningEffort } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { called, lines, type Table } from './rows.fixture.ts';

/** One test for each kind of fact of the table, and in each a line for every row. */

/** What is said of each effort; undefined: it cannot be said, and is named. */
type Efforts = Readonly<Record<ReasoningEffort, unknown>>;

function effortsOf(
  say: (word: string) => unknown,
  words: readonly (string | undefined)[],
): Efforts {
  const pairs = REASONING_EFFORTS.map((effort, index) => {
    const word = words[index];
    return [effort, word === undefined ? undefined : say(word)];
  });
  return Object.fromEntries(pairs) as Efforts;
}

const flat = (word: string) => ({ reasoning_effort: word });
const THREE = ['none', 'low', 'low', 'medium', 'high', 'high', 'high'];
const OWN = effortsOf(flat, REASONING_EFFORTS);
const NO_EFFORTS = effortsOf(flat, []);
const templated = (on: object, off: object, say: (word: string) => object): Efforts => ({
  ...effortsOf((word) => ({ ...on, ...say(word) }), REASONING_EFFORTS),
  none: off,
});
const QWEN_BUDGETS = ['0', '1024', '1024', '8192', '24576', '24576', '24576'];
const inTemplate = (reasoning_effort: string) => ({
  chat_template_kwargs: { enable_thinking: true, reasoning_effort },
});

describe('how much to think is said in its own words', () => {
  const table: Table<Efforts> = {
    openai: OWN,
    azure: OWN,
    'openai-compatible': OWN,
    mistral: OWN,
    deepseek: {
      ...effortsOf(
        (word) => ({ thinking: { type: 'enabled' }, reasoning_effort: word }),
        ['', 'low', 'low', 'high', 'high', 'max', 'max'],
      ),
      none: { thinking: { type: 'disabled' } },
    },
    qwen: {
      ...effortsOf(
        (word) => ({ enable_thinking: true, thinking_budget: Number(word) }),
        QWEN_BUDGETS,
      ),
      none: { enable_thinking: false },
    },
    xai: effortsOf(flat, THREE),
    groq: effortsOf(flat, THREE),
    together: { ...effortsOf(flat, THREE), none: { reasoning: { enabled: false } } },
    fireworks: effortsOf(flat, THREE),
    perplexity: effortsOf(flat, [undefined, 'minimal', 'low', 'medium', 'high', 'high', 'high']),
    cerebras: effortsOf(flat, THREE),
    openrouter: {
      ...effortsOf((effort) => ({ reasoning: { enabled: true, effort } }), REASONING_EFFORTS),
      none: { reasoning: { effort: 'none' } },
    },
    tokenmix: OWN,
    litellm: OWN,
    portkey: OWN,
    vllm: templated(
      { chat_template_kwargs: { enable_thinking: true } },
      { chat_template_kwargs: { enable_thinking: false } },
      flat,
    ),
    sglang: templated(
      { chat_template_kwargs: { enable_thinking: true, thinking: true } },
      { chat_template_kwargs: { enable_thinking: false, thinking: false } },
      flat,
    ),
    'tensorrt-llm': { ...effortsOf(flat, THREE), max: flat('max') },
    triton: NO_EFFORTS,
    'llama.cpp': templated({}, { chat_template_kwargs: { enable_thinking: false } }, inTemplate),
    tgi: NO_EFFORTS,
    tabbyapi: templated({}, { chat_template_kwargs: { enable_thinking: false } }, inTemplate),
  };

  test.each(lines(table))('%s', (name, efforts) => {
    for (const effort of REASONING_EFFORTS) {
      const call = called(name, { reasoning: { effort } });
      const { stream_options: _, ...body } = call.body;
      expect(body, effort).toEqual(efforts[effort] ?? {});
      const dropped = efforts[effort] === undefined ? ['reasoning_effort'] : [];
      expect(call.dropped, effort).toEqual(dropped);
    }
  });
});

describe('a budget of thought goes before an effort, where it can be said', () => {
  const thinking = { type: 'enabled', budget_tokens: 2048 };
  const table: Table<Record<string, unknown> | undefined> = {
    openai: undefined,
    azure: undefined,
    'openai-compatible': undefined,
    mistral: undefined,
    deepseek: undefined,
    qwen: { enable_thinking: true, thinking_budget: 2048 },
    xai: undefined,
    groq: undefined,
    together: undefined,
    fireworks: { reasoning_effort: 2048 },
    perplexity: undefined,
    cerebras: undefined,
    openrouter: { reasoning: { enabled: true, max_tokens: 2048 } },
    tokenmix: undefined,
    litellm: { thinking },
    portkey: { thinking },
    vllm: { chat_template_kwargs: { enable_thinking: true }, thinking_token_budget: 2048 },
    sglang: undefined,
    'tensorrt-llm': { thinking_token_budget: 2048 },
    triton: undefined,
    'llama.cpp': undefined,
    tgi: undefined,
    tabbyapi: undefined,
  };

  test.each(lines(table))('%s', (name, said) => {
    const alone = called(name, { reasoning: { maxTokens: 2048 } });
    expect(alone.dropped).toEqual(said ? [] : ['thinking']);
    const both = called(name, { reasoning: { maxTokens: 2048, effort: 'low' } });
    if (said) {
      expect(alone.body).toEqual(said);
      expect(both.body).toEqual(said);
    } else {
      expect(both.body).toEqual(called(name, { reasoning: { effort: 'low' } }).body);
    }
    const neither = called(name, { reasoning: { maxTokens: 2048, effort: 'none' } });
    expect(neither.body).toEqual(called(name, { reasoning: { effort: 'none' } }).body);
  });
});

describe('what was thought before goes back where it is wanted, and is named where not', () => {
  const earlier: readonly ChatMessage[] = [
    { role: 'assistant', content: 'Four.', reasoning: 'Two and two.' },
  ];
  const field = { role: 'assistant', content: 'Four.', reasoning_content: 'Two and two.' };
  const short = { role: 'assistant', content: 'Four.', reasoning: 'Two and two.' };
  const parts = {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Two and two.' }] },
      { type: 'text', text: 'Four.' },
    ],
  };
  const table: Table<unknown> = {
    openai: undefined,
    azure: undefined,
    'openai-compatible': undefined,
    mistral: parts,
    deepseek: field,
    qwen: field,
    xai: undefined,
    groq: short,
    together: short,
    fireworks: field,
    perplexity: undefined,
    cerebras: short,
    openrouter: short,
    tokenmix: undefined,
    litellm: field,
    portkey: undefined,
    vllm: field,
    sglang: field,
    'tensorrt-llm': field,
    triton: undefined,
    'llama.cpp': field,
    tgi: undefined,
    tabbyapi: field,
  };

  test.each(lines(table))('%s', (name, message) => {
    const call = called(name, { messages: earlier });
    expect(call.messages).toEqual([message ?? { role: 'assistant', content: 'Four.' }]);
    expect(call.dropped).toEqual(message === undefined ? ['reasoning_content'] : []);
  });

  test('a call that came without thoughts gets a blank one where calls must have some', () => {
    const toolCalls = [{ id: 'c1', name: 'look', arguments: '{}' }];
    const messages: readonly ChatMessage[] = [
      { role: 'assistant', content: null, toolCalls },
      { role: 'assistant', content: 'Done.' },
    ];
    expect(called('deepseek', { messages }).messages).toMatchObject([
      { reasoning_content: ' ' },
      { content: 'Done.' },
    ]);
    expect(JSON.stringify(called('qwen', { messages }).messages)).not.toContain('reasoning');
  });
});
