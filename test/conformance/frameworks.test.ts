import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatOpenAI } from '@langchain/openai';
import { APICallError, generateText, jsonSchema, Output, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunk, completion, eventStream, json } from './own-provider.ts';
import { KEY, openScene, type Scene } from './scene.ts';

/** The frameworks through which most callers come. */

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

const SURE = '[[say:It is on its way.]]';
const UNSURE = '[[say:It is on its way.]] [[script: logprob=-3]]';
const CUT = '[[frontier:trunceof]] [[script: tokens=12 logprob=-3]]';

describe('the AI SDK', () => {
  const model = (name = 'cascade', apiKey = KEY) =>
    createOpenAICompatible({
      name: 'weir',
      baseURL: `${scene.url}/v1`,
      apiKey,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(name);

  test.each([SURE, UNSURE])('generates text for %s', async (prompt) => {
    const { text, finishReason, usage } = await generateText({ model: model(), prompt });
    expect([text, finishReason]).toEqual(['It is on its way.', 'stop']);
    expect(usage.outputTokens).toBe(6);
  });

  test.each([SURE, UNSURE])('streams text for %s', async (prompt) => {
    const stream = streamText({ model: model(), prompt });
    let text = '';
    for await (const piece of stream.textStream) text += piece;
    expect(text).toBe('It is on its way.');
    expect(await stream.finishReason).toBe('stop');
    expect((await stream.usage).outputTokens).toBe(6);
  });

  test('generates an object', async () => {
    const schema = jsonSchema<{ city: string }>({
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
    });
    const { output } = await generateText({
      model: model(),
      output: Output.object({ schema }),
      prompt: '[[say:{"city": "Ulm"}]]',
    });
    expect(output).toEqual({ city: 'Ulm' });
  });

  test('calls a tool that was streamed', async () => {
    scene.own.will(({ response }) => {
      const send = eventStream(response);
      const call = { index: 0, id: 'c1', type: 'function' };
      send(chunk({ tool_calls: [{ ...call, function: { name: 'weather', arguments: '{"ci' } }] }));
      send(chunk({ tool_calls: [{ index: 0, function: { arguments: 'ty":"Ulm"}' } }] }));
      send(chunk({}, 'tool_calls'));
      response.end('data: [DONE]\n\n');
    });
    const inputSchema = jsonSchema<{ city: string }>({
      type: 'object',
      properties: { city: { type: 'string' } },
    });
    const stream = streamText({
      model: model('own/m'),
      prompt: 'Weather?',
      tools: { weather: tool({ description: 'Weather', inputSchema }) },
    });
    expect(await stream.toolCalls).toMatchObject([{ toolName: 'weather', input: { city: 'Ulm' } }]);
  });

  test('reads an error as what it is', async () => {
    const failing = generateText({ model: model('cascade', 'wrong'), prompt: SURE, maxRetries: 0 });
    const error = await failing.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 401, isRetryable: false });
    expect((error as APICallError).message).toContain('key');
  });

  test('sees that a stream was cut', async () => {
    const errors: unknown[] = [];
    const stream = streamText({
      model: model(),
      prompt: CUT,
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    });
    const kinds: string[] = [];
    for await (const part of stream.fullStream) kinds.push(part.type);
    expect(kinds).toContain('error');
    expect(errors).toHaveLength(1);
  });
});

describe('LangChain', () => {
  const model = (name = 'cascade', apiKey = KEY) =>
    new ChatOpenAI({
      model: name,
      apiKey,
      maxRetries: 0,
      configuration: { baseURL: `${scene.url}/v1` },
    });

  test.each([SURE, UNSURE])('invokes for %s', async (question) => {
    const answer = await model().invoke(question);
    expect(answer.content).toBe('It is on its way.');
    expect(answer.usage_metadata).toMatchObject({ output_tokens: 6 });
  });

  test.each([SURE, UNSURE])('streams for %s', async (question) => {
    let text = '';
    for await (const piece of await model().stream(question)) text += piece.content;
    expect(text).toBe('It is on its way.');
  });

  test('binds tools and reads their calls', async () => {
    const call = {
      id: 'c1',
      type: 'function',
      function: { name: 'weather', arguments: '{"city":"Ulm"}' },
    };
    scene.own.will(({ response }) =>
      json(response, completion(null, { tool_calls: [call] }, 'tool_calls')),
    );
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const bound = model('own/m').bindTools([
      { type: 'function', function: { name: 'weather', parameters } },
    ]);
    const answer = await bound.invoke('Weather?');
    expect(answer.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Ulm' } }]);
  });

  test('throws for a wrong key and for a stream that was cut', async () => {
    await expect(model('cascade', 'wrong').invoke(SURE)).rejects.toMatchObject({ status: 401 });
    const reading = async () => {
      for await (const _piece of await model().stream(CUT));
    };
    await expect(reading()).rejects.toThrow('without finishing');
  });
});
