import Anthropic, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { startSimulator } from '@weir/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The official client against the simulated Messages API, so that what Weir is tested with is what Anthropic speaks. */

let anthropic: Anthropic;
let close: () => Promise<void>;
beforeAll(async () => {
  const settings = { firstTokenMs: 0, tokenMs: 0, maxLogEntries: 1000 };
  const { simulator, port } = await startSimulator({ host: '127.0.0.1', port: 0, ...settings });
  close = () => simulator[Symbol.asyncDispose]();
  anthropic = new Anthropic({
    baseURL: `http://127.0.0.1:${port}/frontier`,
    apiKey: 'key',
    maxRetries: 0,
  });
});
afterAll(() => close());

const TEXT = 'Größe: one two. 🏞️';

function asking(content: string, more: object = {}) {
  return {
    model: 'strong',
    max_tokens: 100,
    messages: [{ role: 'user' as const, content }],
    ...more,
  };
}

const QUESTION = asking(`[[say:${TEXT}]]`);

/** What the client made of it, when that was an error. */
async function errorOf(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('the call succeeded');
}

describe('the client reads a message', () => {
  test('whole, with its usage', async () => {
    const message = await anthropic.messages.create(QUESTION);
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'strong',
      content: [{ type: 'text', text: TEXT }],
      stop_reason: 'end_turn',
      usage: { output_tokens: 5, cache_read_input_tokens: 0 },
    });
    expect(message.usage.input_tokens).toBeGreaterThan(0);
  });

  test('as a stream of events', async () => {
    const stream = await anthropic.messages.create({ ...QUESTION, stream: true });
    const types: string[] = [];
    let text = '';
    let outputTokens = 0;
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
        text += event.delta.text;
      }
      if (event.type === 'message_delta') outputTokens = event.usage.output_tokens;
    }
    expect([text, outputTokens]).toEqual([TEXT, 5]);
    expect([types[0], types.at(-2), types.at(-1)]).toEqual([
      'message_start',
      'message_delta',
      'message_stop',
    ]);
    // Pings are for the connection, and the client keeps them to itself.
    expect(types).not.toContain('ping');
  });

  test('by the helper that puts the events together, which is the whole message', async () => {
    const stream = anthropic.messages.stream(QUESTION);
    const pieces: string[] = [];
    stream.on('text', (piece) => pieces.push(piece));
    const final = await stream.finalMessage();
    expect(pieces.join('')).toBe(TEXT);
    const whole = await anthropic.messages.create(QUESTION);
    expect({ ...final, id: whole.id }).toMatchObject({ ...whole });
  });

  test('that was cut short, or that a stop sequence ended', async () => {
    for (const read of [
      (body: typeof QUESTION) => anthropic.messages.create(body),
      (body: typeof QUESTION) => anthropic.messages.stream(body).finalMessage(),
    ]) {
      const cut = await read(asking('[[script: tokens=40]]', { max_tokens: 7 }));
      expect([cut.stop_reason, cut.usage.output_tokens]).toEqual(['max_tokens', 7]);
      const stopped = await read(asking(`[[say:${TEXT}]]`, { stop_sequences: ['two'] }));
      expect([stopped.stop_reason, stopped.stop_sequence]).toEqual(['stop_sequence', 'two']);
    }
  });

  test('to a conversation with instructions, images, tools and their results', async () => {
    const message = await anthropic.messages.create({
      model: 'strong',
      max_tokens: 100,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      tools: [{ name: 'weather', input_schema: { type: 'object' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
            { type: 'text', text: 'Weather?' },
          ],
        },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'weather', input: {} }] },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't', content: 'rain' },
            { type: 'text', text: '[[say:It rains.]]' },
          ],
        },
      ],
    });
    expect(message.content).toMatchObject([{ type: 'text', text: 'It rains.' }]);
  });
});

describe('the client’s error', () => {
  test.each([
    ['e400', BadRequestError, 'invalid_request_error'],
    ['econtext', BadRequestError, 'invalid_request_error'],
    ['e401', AuthenticationError, 'authentication_error'],
    ['equota', APIError, 'billing_error'],
    ['e404', NotFoundError, 'not_found_error'],
    ['e429', RateLimitError, 'rate_limit_error'],
    ['e500', InternalServerError, 'api_error'],
    ['e503', InternalServerError, 'api_error'],
    ['e529', InternalServerError, 'overloaded_error'],
  ])('for %s is of its class, whole or streamed, and has its type', async (fault, Class, type) => {
    for (const stream of [false, true]) {
      const body = { ...asking(`[[any:${fault}]] [[say:x]]`), stream };
      const error = await errorOf(anthropic.messages.create(body));
      expect(error).toBeInstanceOf(Class);
      expect((error as APIError).type).toBe(type);
    }
  });

  test('within a stream is one, to the plain iterator and to the helper', async () => {
    const body = asking('[[any:errmid]] [[script: tokens=20]]');
    const reading = async () => {
      for await (const _event of await anthropic.messages.create({ ...body, stream: true }));
    };
    for (const call of [reading(), anthropic.messages.stream(body).finalMessage()]) {
      const error = await errorOf(call);
      expect(error).toBeInstanceOf(APIError);
      expect((error as APIError).type).toBe('api_error');
    }
  });

  test('for a stream that was cut is the helper’s', async () => {
    const body = asking('[[any:trunceof]] [[script: tokens=20]]');
    expect(await errorOf(anthropic.messages.stream(body).finalMessage())).toBeInstanceOf(Error);
  });

  test('for a request without a limit is that of a bad request', async () => {
    const { max_tokens: _limit, ...body } = QUESTION;
    const call = anthropic.messages.create(body as typeof QUESTION);
    expect(await errorOf(call)).toBeInstanceOf(BadRequestError);
  });
});
