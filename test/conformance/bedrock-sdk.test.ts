import {
  AccessDeniedException,
  BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  ConverseCommand,
  type ConverseRequest,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  InternalServerException,
  ResourceNotFoundException,
  ServiceUnavailableException,
  ThrottlingException,
  ValidationException,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { ChatRequest } from '@weir/core';
import { startSimulator } from '@weir/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bedrock, DIALECTS } from '../../packages/providers/src/index.ts';

/** AWS' own client against the simulated Bedrock, and beside what Weir says to it. */

const MODEL = 'us.anthropic.claude-sonnet-4-6';

let origin: string;
let client: BedrockRuntimeClient;
let close: () => Promise<void>;
beforeAll(async () => {
  const settings = { firstTokenMs: 0, tokenMs: 0, maxLogEntries: 1000 };
  const { simulator, port } = await startSimulator({ host: '127.0.0.1', port: 0, ...settings });
  close = () => simulator[Symbol.asyncDispose]();
  origin = `http://127.0.0.1:${port}/frontier`;
  client = clientFor(origin);
});
afterAll(() => close());

function clientFor(endpoint: string): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    maxAttempts: 1,
    // Its own handler speaks HTTP/2 alone.
    requestHandler: new NodeHttpHandler(),
  });
}

function asking(text: string, more: Partial<ConverseRequest> = {}): ConverseRequest {
  return { modelId: MODEL, messages: [{ role: 'user', content: [{ text }] }], ...more };
}

async function streamed(request: ConverseRequest) {
  const events: ConverseStreamOutput[] = [];
  const { stream } = await client.send(new ConverseStreamCommand(request));
  for await (const event of stream ?? []) events.push(event);
  return events;
}

function textIn(events: readonly ConverseStreamOutput[]): string {
  return events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('');
}

describe('an answer', () => {
  test('is given whole, with what it used and its reason', async () => {
    const answer = await client.send(new ConverseCommand(asking('[[say:One two three.]]')));
    expect(answer.output?.message).toEqual({
      role: 'assistant',
      content: [{ text: 'One two three.' }],
    });
    expect(answer.stopReason).toBe('end_turn');
    const { inputTokens = 0, outputTokens = 0, totalTokens } = answer.usage ?? {};
    expect(outputTokens).toBe(4);
    expect(totalTokens).toBe(inputTokens + outputTokens);
  });

  test('is streamed the same, piece by piece', async () => {
    const request = asking('[[say:Größe: 🏞️ and more.]]');
    const answer = await client.send(new ConverseCommand(request));
    const events = await streamed(request);
    expect(textIn(events)).toBe(answer.output?.message?.content?.[0]?.text);
    expect(events.flatMap(Object.keys)).toEqual([
      'messageStart',
      ...events.slice(1, -3).map(() => 'contentBlockDelta'),
      'contentBlockStop',
      'messageStop',
      'metadata',
    ]);
    expect(events.length).toBeGreaterThan(6);
    expect(events.at(-2)?.messageStop?.stopReason).toBe(answer.stopReason);
    expect(events.at(-1)?.metadata?.usage).toEqual(answer.usage);
  });

  test('is cut at its limit, and stopped at its word', async () => {
    const limited = asking('[[script: tokens=9]]', { inferenceConfig: { maxTokens: 4 } });
    const cut = await client.send(new ConverseCommand(limited));
    expect([cut.stopReason, cut.usage?.outputTokens]).toEqual(['max_tokens', 4]);
    const inferenceConfig = { stopSequences: ['two'] };
    const stopped = await streamed(asking('[[say:One two three]]', { inferenceConfig }));
    expect([textIn(stopped), stopped.at(-2)?.messageStop?.stopReason]).toEqual([
      'One ',
      'stop_sequence',
    ]);
  });

  test('comes from a model by an ARN too', async () => {
    const modelId =
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-v1:0';
    const events = await streamed({ ...asking('[[any:modelswap]] [[say:Yes.]]'), modelId });
    expect(textIn(events)).toBe('Yes.');
    expect(events.at(-1)?.metadata?.trace?.promptRouter?.invokedModelId).toBe('some-other-model');
  });
});

describe('an error', () => {
  test.each([
    ['e400', ValidationException],
    ['econtext', ValidationException],
    ['e401', BedrockRuntimeServiceException],
    ['e404', ResourceNotFoundException],
    ['e429', ThrottlingException],
    ['equota', ThrottlingException],
    ['e500', InternalServerException],
    ['e503', ServiceUnavailableException],
  ])('%s is one of its own kind, asked whole and streamed', async (fault, kind) => {
    const request = asking(`[[any:${fault}]] [[say:x]]`);
    await expect(client.send(new ConverseCommand(request))).rejects.toBeInstanceOf(kind);
    await expect(streamed(request)).rejects.toBeInstanceOf(kind);
  });

  test('of who is not known is none that the client has a word for', async () => {
    const failed = client.send(new ConverseCommand(asking('[[any:e401]] [[say:x]]')));
    await expect(failed).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      $metadata: { httpStatusCode: 403 },
    });
    await expect(failed).rejects.not.toBeInstanceOf(AccessDeniedException);
  });

  test('within a stream is an exception, after what was told before it', async () => {
    const events: ConverseStreamOutput[] = [];
    const request = asking(`[[any:errmid]] [[say:${'ab '.repeat(20)}]]`);
    const { stream } = await client.send(new ConverseStreamCommand(request));
    const reading = async () => {
      for await (const event of stream ?? []) events.push(event);
    };
    await expect(reading()).rejects.toBeInstanceOf(InternalServerException);
    expect(textIn(events)).toBe('ab '.repeat(10));
  });
});

/** What AWS' own client says, and what Weir says, of the same. */
async function saidBoth(input: ConverseRequest, request: ChatRequest, stream: boolean) {
  const seen: { path?: string; body?: string } = {};
  const spied = clientFor(origin);
  spied.middlewareStack.add(
    (next) => async (args) => {
      const { path, body } = args.request as { path: string; body: Uint8Array };
      Object.assign(seen, { path, body: new TextDecoder().decode(body) });
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  if (stream) await spied.send(new ConverseStreamCommand(input));
  else await spied.send(new ConverseCommand(input));
  const target = { model: input.modelId ?? '', dialect: DIALECTS.bedrock };
  const { path, body, dropped } = bedrock.toCall(request, target, stream);
  return {
    client: { path: seen.path?.replace('/frontier', ''), body: JSON.parse(seen.body ?? '') },
    weir: { path, body: JSON.parse(body) },
    dropped,
  };
}

const SCHEMA = { type: 'object', properties: { at: { type: 'string' } } } as const;
const SIGNED = { reasoningText: { text: 'Hm.', signature: 'c2ln' } };

const INPUT: ConverseRequest = {
  modelId: MODEL,
  system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default', ttl: '1h' } }],
  messages: [
    {
      role: 'user',
      content: [
        { text: 'What is this?' },
        { image: { format: 'png', source: { bytes: Buffer.from('picture') } } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { reasoningContent: SIGNED },
        { reasoningContent: { redactedContent: Buffer.from('opaque') } },
        { text: 'Let me look.' },
        { toolUse: { toolUseId: 'call_a', name: 'look', input: { at: 'a' } } },
      ],
    },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'call_a', content: [{ text: 'a cat' }] } },
        { text: '[[say:A cat.]]' },
        { cachePoint: { type: 'default' } },
      ],
    },
  ],
  inferenceConfig: { maxTokens: 9000, temperature: 1, stopSequences: ['END'] },
  toolConfig: {
    tools: [
      {
        toolSpec: {
          name: 'look',
          description: 'Looks.',
          inputSchema: { json: SCHEMA },
          strict: true,
        },
      },
      { cachePoint: { type: 'default' } },
    ],
    toolChoice: { auto: {} },
  },
  additionalModelRequestFields: { thinking: { type: 'adaptive', display: 'summarized' } },
  outputConfig: {
    effort: 'low',
    textFormat: {
      type: 'json_schema',
      structure: { jsonSchema: { name: 'seen', schema: JSON.stringify(SCHEMA) } },
    },
  },
  serviceTier: { type: 'priority' },
  requestMetadata: { team: 'zoo' },
};

const REQUEST: ChatRequest = {
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'Be brief.', cache: '1h' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        {
          type: 'image',
          url: `data:image/png;base64,${Buffer.from('picture').toString('base64')}`,
        },
      ],
    },
    {
      role: 'assistant',
      content: 'Let me look.',
      reasoningState: `bedrock:${JSON.stringify([
        { block: { reasoningContent: SIGNED }, characters: 0, calls: 0 },
        {
          block: {
            reasoningContent: { redactedContent: Buffer.from('opaque').toString('base64') },
          },
          characters: 0,
          calls: 0,
        },
      ])}`,
      toolCalls: [{ id: 'call_a', name: 'look', arguments: '{"at":"a"}' }],
    },
    { role: 'tool', content: 'a cat', toolCallId: 'call_a' },
    { role: 'user', content: [{ type: 'text', text: '[[say:A cat.]]', cache: '5m' }] },
  ],
  maxOutputTokens: 9000,
  temperature: 1,
  stop: ['END'],
  tools: [{ name: 'look', description: 'Looks.', parameters: SCHEMA, strict: true, cache: '5m' }],
  toolChoice: 'auto',
  reasoning: { effort: 'low' },
  responseFormat: { type: 'json_schema', name: 'seen', schema: SCHEMA, strict: true },
  serviceTier: 'priority',
  passthrough: { metadata: { team: 'zoo' } },
};

describe('Weir says what AWS’ own client says', () => {
  test.each([false, true])('all that it can say of a call, streamed: %j', async (stream) => {
    const { client, weir, dropped } = await saidBoth(INPUT, REQUEST, stream);
    expect(weir).toEqual(client);
    expect(dropped).toEqual([]);
  });

  test.each([
    'amazon.nova-lite-v1:0',
    'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3',
    'arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-1-8b-instruct-v1:0',
  ])('where the model is %s', async (modelId) => {
    const request: ChatRequest = { messages: [{ role: 'user', content: '[[say:Yes.]]' }] };
    const { client, weir } = await saidBoth({ ...asking('[[say:Yes.]]'), modelId }, request, false);
    expect(weir).toEqual(client);
  });
});
