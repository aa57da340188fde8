import { type ChatMessage, type ChatRequest, type Content, ReplyBuilder } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { toCall } from './request.ts';
import { fromBody } from './response.ts';
import { reader } from './stream.ts';
import { stateFrom, type Thought } from './thoughts.ts';

const HELLO: ChatRequest = {
  messages: [{ role: 'user', content: 'Hello' }],
  maxOutputTokens: 9000,
};
const SONNET_45 = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const OPUS_45 = 'us.anthropic.claude-opus-4-5-20251101-v1:0';
const SONNET_46 = 'us.anthropic.claude-sonnet-4-6';
const OPUS_55 = 'global.anthropic.claude-opus-5-5';
const HAIKU_35 = 'us.anthropic.claude-3-5-haiku-20241022-v1:0';
const NOVA = 'us.amazon.nova-2-lite-v1:0';
const GPT_OSS = 'openai.gpt-oss-120b-1:0';
const PROFILE = 'arn:aws:bedrock:us-east-1:1:application-inference-profile/x';

function call(request: Partial<ChatRequest>, model: string) {
  const target = { model, dialect: DIALECTS.bedrock };
  const { body, dropped } = toCall({ ...HELLO, ...request }, target, false);
  const wire = JSON.parse(body);
  return {
    fields: wire.additionalModelRequestFields,
    effort: wire.outputConfig?.effort,
    config: wire.inferenceConfig,
    messages: wire.messages,
    dropped,
  };
}

describe('what is asked of a model’s thinking is told to it as it takes it', () => {
  const adaptive = { thinking: { type: 'adaptive', display: 'summarized' } };
  const budget = (budget_tokens: number) => ({ thinking: { type: 'enabled', budget_tokens } });
  const nova = (maxReasoningEffort: string) => ({
    reasoningConfig: { type: 'enabled', maxReasoningEffort },
  });
  test.each([
    [SONNET_45, { effort: 'low' }, budget(1024), undefined],
    [SONNET_45, { effort: 'medium' }, budget(8192), undefined],
    [SONNET_45, { maxTokens: 5000 }, budget(5000), undefined],
    // Something must be left to say.
    [SONNET_45, { effort: 'max' }, budget(8999), undefined],
    // Its effort is asked for in a beta, and a budget says the same.
    [OPUS_45, { effort: 'medium' }, budget(8192), undefined],
    [SONNET_46, { effort: 'minimal' }, adaptive, 'low'],
    [OPUS_55, { effort: 'max' }, adaptive, 'max'],
    [OPUS_55, {}, adaptive, undefined],
    // They do not think unless they are asked.
    [SONNET_45, { effort: 'none' }, undefined, undefined],
    [SONNET_46, { effort: 'none' }, undefined, undefined],
    [HAIKU_35, { effort: 'none' }, undefined, undefined],
    [NOVA, { effort: 'low' }, nova('low'), undefined],
    [NOVA, {}, nova('medium'), undefined],
    [NOVA, { effort: 'none' }, { reasoningConfig: { type: 'disabled' } }, undefined],
    [GPT_OSS, { effort: 'xhigh' }, { reasoning_effort: 'high' }, undefined],
    [GPT_OSS, { effort: 'low', maxTokens: 9 }, { reasoning_effort: 'low' }, undefined],
  ] as const)('%s, %j', (model, reasoning, fields, effort) => {
    const told = call({ reasoning }, model);
    expect(told).toMatchObject({ dropped: [] });
    expect([told.fields, told.effort]).toEqual([fields, effort]);
  });

  test('nothing asked is nothing told', () => {
    expect(call({}, SONNET_46)).toMatchObject({ fields: undefined, effort: undefined });
  });
});

describe('what cannot be told is named', () => {
  const low = { effort: 'low' } as const;
  const tools = [{ name: 'f' }];
  test.each<[string, string, Partial<ChatRequest>, string]>([
    ['a model without thought', HAIKU_35, { reasoning: low }, 'reasoning_effort'],
    ['one of another maker', 'mistral.mistral-large', { reasoning: {} }, 'thinking'],
    ['one that nobody can name', PROFILE, { reasoning: low }, 'reasoning_effort'],
    ['one that cannot but think', OPUS_55, { reasoning: { effort: 'none' } }, 'reasoning_effort'],
    ['another one', GPT_OSS, { reasoning: { effort: 'none' } }, 'reasoning_effort'],
    ['a budget where there is none', OPUS_55, { reasoning: { maxTokens: 5000 } }, 'thinking'],
    ['nor there', GPT_OSS, { reasoning: { maxTokens: 5000 } }, 'thinking'],
    ['more than fits a limit', NOVA, { reasoning: { effort: 'high' } }, 'reasoning_effort'],
    ['no room for a thought', SONNET_45, { reasoning: {}, maxOutputTokens: 1024 }, 'thinking'],
    [
      'a tool that must be called',
      SONNET_46,
      { reasoning: low, tools, toolChoice: 'required' },
      'reasoning_effort',
    ],
    ['a temperature beside thought', SONNET_46, { reasoning: low, temperature: 0 }, 'temperature'],
  ])('%s', (_name, model, request, name) => {
    expect(call(request, model).dropped).toEqual([name]);
  });

  test('a temperature is taken where the thought is not Claude’s', () => {
    expect(call({ reasoning: low, temperature: 0 }, GPT_OSS)).toMatchObject({
      config: { temperature: 0 },
      dropped: [],
    });
  });
});

const SIGNED = { reasoningText: { text: 'Hm.', signature: 'c2ln' } };
const HIDDEN = { redactedContent: 'Zm9v' };

function answered(content: Content | null, rest: object): ChatMessage[] {
  return [
    { role: 'user', content: 'Weather?' },
    { role: 'assistant', content, toolCalls: [{ id: 'a', name: 'f', arguments: '{}' }], ...rest },
    { role: 'tool', content: 'sunny', toolCallId: 'a' },
  ];
}

const TOOLS = [{ name: 'f' }];

describe('thoughts go back to the model that had them', () => {
  const USE = { toolUse: { toolUseId: 'a', name: 'f', input: {} } };
  const thought = (content: object) => ({ reasoningContent: content });
  function wovenFrom(content: Content | null, thoughts: readonly Thought[]) {
    const messages = answered(content, { reasoningState: stateFrom(thoughts), reasoning: 'Hm.' });
    const told = call({ messages, tools: TOOLS }, OPUS_55);
    expect(told.dropped).toEqual([]);
    return told.messages[1].content;
  }

  test('each in its place', () => {
    const thoughts: Thought[] = [
      { block: { reasoningContent: SIGNED }, characters: 0, calls: 0 },
      { block: { reasoningContent: HIDDEN }, characters: 4, calls: 0 },
      { block: { reasoningContent: SIGNED }, characters: 9, calls: 1 },
    ];
    expect(wovenFrom('One. Two.', thoughts)).toEqual([
      thought(SIGNED),
      { text: 'One.' },
      thought(HIDDEN),
      { text: ' Two.' },
      USE,
      thought(SIGNED),
    ]);
    expect(
      wovenFrom(null, [{ block: { reasoningContent: SIGNED }, characters: 0, calls: 0 }]),
    ).toEqual([thought(SIGNED), USE]);
  });

  test('first, where the text is no longer the one they were thought in', () => {
    const thoughts: Thought[] = [{ block: { reasoningContent: SIGNED }, characters: 40, calls: 0 }];
    expect(wovenFrom('Short', thoughts)).toEqual([thought(SIGNED), { text: 'Short' }, USE]);
    const parts = [{ type: 'text' as const, text: 'Parts' }];
    expect(
      wovenFrom(parts, [{ block: { reasoningContent: HIDDEN }, characters: 0, calls: 0 }]),
    ).toEqual([thought(HIDDEN), { text: 'Parts' }, USE]);
  });

  test('an answer that is read, repeated and read again has the same blocks', () => {
    const thoughtBlock = fc.constantFrom(SIGNED, HIDDEN).map(thought);
    const said = fc.constantFrom('a', 'bc', ' d ', 'e\n').map((text) => ({ text }));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(thoughtBlock, said), { minLength: 1, maxLength: 6 }),
        (blocks) => {
          const content = [...blocks, USE];
          const body = { output: { message: { content } }, stopReason: 'tool_use' };
          const { reply } = fromBody(JSON.stringify(body));
          const messages = answered(reply.text, { reasoningState: reply.reasoningState });
          const told = call({ messages, tools: TOOLS }, OPUS_55).messages[1].content;
          expect(merged(told)).toEqual(merged(content));
        },
      ),
    );
  });

  test('as they were streamed, too', () => {
    const stream = reader();
    const builder = new ReplyBuilder();
    const delta = (index: number, delta: object) => ({
      contentBlockDelta: { contentBlockIndex: index, delta },
    });
    for (const event of [
      delta(0, { reasoningContent: { text: 'H' } }),
      delta(0, { reasoningContent: { text: 'm.' } }),
      delta(0, { reasoningContent: { signature: 'c2ln' } }),
      delta(1, { text: 'One.' }),
      delta(2, { reasoningContent: { redactedContent: 'Zm9v' } }),
      { messageStop: { stopReason: 'end_turn' } },
    ]) {
      for (const told of stream.read(JSON.stringify(event))) {
        if (told.type === 'text-delta' || told.type === 'reasoning-delta') builder.add(told);
      }
    }
    expect(builder.build('stop').reasoningState).toBe(
      stateFrom([
        { block: { reasoningContent: SIGNED }, characters: 0, calls: 0 },
        { block: { reasoningContent: HIDDEN }, characters: 4, calls: 0 },
      ]),
    );
  });
});

/** Neighbouring text is one text to whoever reads it. */
function merged(blocks: readonly Record<string, unknown>[]): unknown[] {
  const whole: Record<string, unknown>[] = [];
  for (const block of blocks) {
    const last = whole.at(-1);
    if (last && 'text' in last && 'text' in block) last['text'] = `${last['text']}${block['text']}`;
    else whole.push({ ...block });
  }
  return whole;
}

describe('thoughts that nobody could take back', () => {
  const state = stateFrom([{ block: { reasoningContent: SIGNED }, characters: 0, calls: 0 }]);

  test('are left out and named: unsigned ones, and those of a model that takes none', () => {
    for (const [model, rest] of [
      [OPUS_55, { reasoning: 'Hm.' }],
      [OPUS_55, { reasoning: 'Hm.', reasoningState: 'anthropic:[]' }],
      [OPUS_55, { reasoningState: 'anthropic:[]' }],
      ['meta.llama3-3-70b-instruct-v1:0', { reasoning: 'Hm.', reasoningState: state }],
    ] as const) {
      const told = call({ messages: answered('Yes', rest), tools: TOOLS }, model);
      expect(told.dropped).toEqual(['reasoning_content']);
      expect(JSON.stringify(told.messages)).not.toContain('reasoning');
    }
  });

  test('keep a model from thinking that counts it by a budget, in the middle of its tools only', () => {
    const reasoning = { effort: 'low' } as const;
    const messages = answered('Yes', {});
    expect(call({ messages, tools: TOOLS, reasoning }, SONNET_45).dropped).toEqual([
      'reasoning_effort',
    ]);
    expect(call({ messages, tools: TOOLS, reasoning }, SONNET_46).dropped).toEqual([]);
    const later: ChatMessage[] = [
      ...messages,
      { role: 'assistant', content: 'Sunny.' },
      { role: 'user', content: 'Sure?' },
    ];
    expect(call({ messages: later, tools: TOOLS, reasoning }, SONNET_45).dropped).toEqual([]);
    const signed = answered('Yes', { reasoningState: state });
    expect(call({ messages: signed, tools: TOOLS, reasoning }, SONNET_45).dropped).toEqual([]);
  });

  test.each([
    'bedrock:',
    'bedrock:nonsense',
    'bedrock:{}',
    'bedrock:[{}]',
    'bedrock:[{"content":{"redactedContent":"x"},"characters":-1,"calls":0}]',
    'bedrock:[{"content":{"redactedContent":7},"characters":0,"calls":0}]',
    'bedrock:[{"content":{"reasoningText":{"text":"x"}},"characters":0,"calls":0}]',
    `bedrock:[${'{},'.repeat(1000)}{}]`,
  ])('a state that is not as it was is refused by its name: %.60s', (reasoningState) => {
    const messages = answered('Yes', { reasoningState });
    expect(() => call({ messages, tools: TOOLS }, OPUS_55)).toThrow(
      expect.objectContaining({
        kind: 'unsupported_parameter',
        param: 'messages.1.reasoning_state',
      }),
    );
  });

  test('nothing but what a thought has is sent of a state', () => {
    const reasoningText = { text: 'Hm.', signature: 'c2ln', extra: 1 };
    const block = { reasoningContent: { reasoningText, toolUse: {} }, text: 'x' };
    const forged = [{ block, characters: 0, calls: 0, x: 1 }];
    const reasoningState = `bedrock:${JSON.stringify(forged)}`;
    const { messages } = call(
      { messages: answered('Yes', { reasoningState }), tools: TOOLS },
      OPUS_55,
    );
    expect(messages[1].content[0]).toEqual({ reasoningContent: SIGNED });
  });
});
