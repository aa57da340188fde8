import { startSimulator } from '@weir/simulator';
import OpenAI, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The official client against the simulated Responses API, so that what Weir is tested with is what OpenAI speaks. */

let openai: OpenAI;
let close: () => Promise<void>;
beforeAll(async () => {
  const settings = { firstTokenMs: 0, tokenMs: 0, maxLogEntries: 1000 };
  const { simulator, port } = await startSimulator({ host: '127.0.0.1', port: 0, ...settings });
  close = () => simulator[Symbol.asyncDispose]();
  openai = new OpenAI({
    baseURL: `http://127.0.0.1:${port}/frontier/v1`,
    apiKey: 'key',
    maxRetries: 0,
  });
});
afterAll(() => close());

const QUESTION = { model: 'strong', input: '[[say:Größe: one two. 🏞️]]' };
const TEXT = 'Größe: one two. 🏞️';

/** What the client made of it, when that was an error. */
async function errorOf(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('the call succeeded');
}

describe('the client reads a response', () => {
  test('whole, with its usage', async () => {
    const response = await openai.responses.create(QUESTION);
    expect(response).toMatchObject({ output_text: TEXT, status: 'completed', model: 'strong' });
    expect(response.usage?.output_tokens).toBe(5);
    expect(response.usage?.total_tokens).toBe((response.usage?.input_tokens ?? 0) + 5);
  });

  test('as a stream of numbered events', async () => {
    const stream = await openai.responses.create({ ...QUESTION, stream: true });
    let text = '';
    const numbers: number[] = [];
    let last: unknown;
    for await (const event of stream) {
      numbers.push(event.sequence_number);
      if (event.type === 'response.output_text.delta') text += event.delta;
      last = event;
    }
    expect(text).toBe(TEXT);
    expect(numbers).toEqual(numbers.map((_, at) => at));
    expect(last).toMatchObject({
      type: 'response.completed',
      response: { usage: { output_tokens: 5 } },
    });
  });

  test('by the helper that checks every event against the others', async () => {
    const stream = openai.responses.stream(QUESTION);
    const pieces: string[] = [];
    stream.on('response.output_text.delta', ({ delta }) => pieces.push(delta));
    const final = await stream.finalResponse();
    expect(pieces.join('')).toBe(TEXT);
    expect(final).toMatchObject({ output_text: TEXT, status: 'completed' });
    const whole = await openai.responses.create(QUESTION);
    const { type, role, content } = final.output[0] as OpenAI.Responses.ResponseOutputMessage;
    expect({ type, role }).toEqual({ type: 'message', role: 'assistant' });
    expect(content).toMatchObject((whole.output[0] as { content: object[] }).content);
  });

  test('that was cut short', async () => {
    const question = { ...QUESTION, input: '[[script: tokens=40]]', max_output_tokens: 16 };
    const whole = await openai.responses.create(question);
    expect(whole).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { output_tokens: 16 },
    });
    const final = await openai.responses.stream(question).finalResponse();
    expect([final.status, final.output_text]).toEqual(['incomplete', whole.output_text]);
  });

  test('with its log-probabilities where they are included', async () => {
    const question = {
      ...QUESTION,
      include: ['message.output_text.logprobs' as const],
      top_logprobs: 1,
    };
    const whole = await openai.responses.create(question);
    const [part] = (whole.output[0] as OpenAI.Responses.ResponseOutputMessage).content;
    if (part?.type !== 'output_text') throw new Error('It is no text.');
    expect(part.logprobs?.map(({ token }) => token).join('')).toBe(TEXT);
    const streamed: unknown[] = [];
    for await (const event of await openai.responses.create({ ...question, stream: true })) {
      if (event.type === 'response.output_text.delta') streamed.push(...event.logprobs);
    }
    expect(streamed).toEqual(part.logprobs);
  });

  test('to a conversation with calls and thoughts in it', async () => {
    const response = await openai.responses.create({
      model: 'strong',
      instructions: 'Be brief.',
      store: false,
      input: [
        { role: 'user', content: 'Weather?' },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'enc' },
        { type: 'function_call', call_id: 'c', name: 'weather', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: 'rain' },
        { role: 'user', content: [{ type: 'input_text', text: '[[say:It rains.]]' }] },
      ],
      tools: [{ type: 'function', name: 'weather', parameters: {}, strict: false }],
      text: { format: { type: 'text' } },
    });
    expect(response.output_text).toBe('It rains.');
  });
});

describe('the client’s error', () => {
  test.each([
    ['e400', BadRequestError, null],
    ['econtext', BadRequestError, 'context_length_exceeded'],
    ['e401', AuthenticationError, 'invalid_api_key'],
    ['e404', NotFoundError, 'model_not_found'],
    ['e429', RateLimitError, 'rate_limit_exceeded'],
    ['equota', RateLimitError, 'insufficient_quota'],
    ['e500', InternalServerError, null],
    ['e503', InternalServerError, null],
  ])('for %s is of its class, whole or streamed', async (fault, Class, code) => {
    for (const stream of [false, true]) {
      const input = `[[any:${fault}]] [[say:x]]`;
      const error = await errorOf(openai.responses.create({ ...QUESTION, input, stream }));
      expect(error).toBeInstanceOf(Class);
      expect((error as APIError).code).toBe(code);
    }
  });

  test('within a stream is one', async () => {
    const reading = async () => {
      const input = `[[any:errmid]] [[script: tokens=20]]`;
      const stream = await openai.responses.create({ ...QUESTION, input, stream: true });
      for await (const _event of stream);
    };
    const error = await errorOf(reading());
    expect(error).toBeInstanceOf(APIError);
    expect((error as APIError).code).toBe('server_error');
  });

  test('for a stream that was cut is none: what tells is a response that is still in progress', async () => {
    const input = '[[any:trunceof]] [[script: tokens=20]]';
    const final = await openai.responses.stream({ ...QUESTION, input }).finalResponse();
    expect(final.status).toBe('in_progress');
    const events: string[] = [];
    const stream = await openai.responses.create({ ...QUESTION, input, stream: true });
    for await (const { type } of stream) events.push(type);
    expect(events.at(-1)).toBe('response.output_text.delta');
  });

  test('for a word of chat completions is that of a bad request', async () => {
    const body = { ...QUESTION, stop: ['x'] };
    expect(await errorOf(openai.responses.create(body))).toBeInstanceOf(BadRequestError);
    const small = { ...QUESTION, max_output_tokens: 5 };
    expect(await errorOf(openai.responses.create(small))).toBeInstanceOf(BadRequestError);
  });
});
