import type { ProviderEvent } from '@weir/core';
import { startSimulator } from '@weir/simulator';
import { Cohere, CohereClientV2 } from 'cohere-ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cohere, DIALECTS, SseParser } from '../../packages/providers/src/index.ts';

/** Cohere's own client against the simulated Cohere: what it understands, Cohere could have said. */

let origin: string;
let client: CohereClientV2;
let close: () => Promise<void>;
beforeAll(async () => {
  const settings = { firstTokenMs: 0, tokenMs: 0, maxLogEntries: 1000 };
  const { simulator, port } = await startSimulator({ host: '127.0.0.1', port: 0, ...settings });
  close = () => simulator[Symbol.asyncDispose]();
  origin = `http://127.0.0.1:${port}/frontier`;
  client = new CohereClientV2({ token: 'key', baseUrl: origin, maxRetries: 0 });
});
afterAll(() => close());

type Asked = Partial<Cohere.V2ChatRequest>;

function asking(content: string, more: Asked = {}): Cohere.V2ChatRequest {
  return { model: 'strong', messages: [{ role: 'user', content }], ...more };
}

async function streamed(content: string, more: Asked = {}) {
  const events: Cohere.V2ChatStreamResponse[] = [];
  for await (const event of await client.chatStream(asking(content, more))) events.push(event);
  return events;
}

function textOf({ message }: Cohere.V2ChatResponse): string {
  return (message.content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
}

function textIn(events: readonly Cohere.V2ChatStreamResponse[]): string {
  return events
    .map((event) =>
      event.type === 'content-delta' ? (event.delta?.message?.content?.text ?? '') : '',
    )
    .join('');
}

function endOf(events: readonly Cohere.V2ChatStreamResponse[]) {
  const last = events.at(-1);
  if (last?.type !== 'message-end') throw new Error('the stream has no end');
  return last.delta;
}

describe('a chat', () => {
  test('is answered whole, with what is billed and its reason', async () => {
    const reply = await client.chat(asking('[[say:One two three.]]'));
    expect(textOf(reply)).toBe('One two three.');
    expect(reply).toMatchObject({ message: { role: 'assistant' }, finishReason: 'COMPLETE' });
    const { billedUnits, tokens } = reply.usage ?? {};
    expect(billedUnits?.outputTokens).toBe(4);
    expect(tokens?.inputTokens).toBeGreaterThan(billedUnits?.inputTokens ?? Number.NaN);
  });

  test('is streamed the same, piece by piece', async () => {
    const whole = await client.chat(asking('[[say:One two three.]]'));
    const events = await streamed('[[say:One two three.]]');
    expect(textIn(events)).toBe('One two three.');
    expect(events.filter(({ type }) => type === 'content-delta').length).toBeGreaterThan(1);
    expect(events[0]).toMatchObject({ type: 'message-start', id: expect.any(String) });
    expect(endOf(events)).toEqual({ finishReason: whole.finishReason, usage: whole.usage });
  });

  test('is cut at its limit, and stopped at its word', async () => {
    const cut = await client.chat(asking('[[script: tokens=9]]', { maxTokens: 4 }));
    expect([cut.finishReason, cut.usage?.billedUnits?.outputTokens]).toEqual(['MAX_TOKENS', 4]);
    const stopped = await streamed('[[say:One two three]]', { stopSequences: ['two'] });
    expect([textIn(stopped), endOf(stopped)?.finishReason]).toEqual(['One ', 'STOP_SEQUENCE']);
  });

  test('has as many log-probabilities as pieces, whole and streamed', async () => {
    const whole = await client.chat(asking('What is 13 + 19?', { logprobs: true }));
    const events = await streamed('What is 13 + 19?', { logprobs: true });
    expect(whole.logprobs?.length).toBeGreaterThan(5);
    for (const { logprobs } of whole.logprobs ?? []) expect(logprobs?.[0]).toBeLessThanOrEqual(0);
    expect(
      events.flatMap((event) => (event.type === 'content-delta' ? [event.logprobs] : [])),
    ).toEqual(whole.logprobs);
    expect(await client.chat(asking('What is 13 + 19?'))).not.toHaveProperty('logprobs');
  });

  test('takes all that the client can say of it', async () => {
    const reply = await client.chat(
      asking('', {
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: [{ type: 'text', text: 'Look.' }] },
          { role: 'assistant', toolPlan: 'Look.', toolCalls: [{ id: 'a', type: 'function' }] },
          { role: 'tool', toolCallId: 'a', content: '[[say:Yes.]]' },
        ],
        tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
        toolChoice: 'NONE',
        temperature: 0,
        p: 0.5,
        seed: 7,
        frequencyPenalty: 0.5,
        thinking: { type: 'enabled', tokenBudget: 5 },
        priority: 3,
      }),
    );
    expect(textOf(reply)).toBe('Yes.');
  });
});

describe('an error', () => {
  test.each([
    ['e400', Cohere.BadRequestError],
    ['econtext', Cohere.BadRequestError],
    ['e401', Cohere.UnauthorizedError],
    ['e404', Cohere.NotFoundError],
    ['e429', Cohere.TooManyRequestsError],
    ['e500', Cohere.InternalServerError],
    ['e503', Cohere.ServiceUnavailableError],
  ])('%s is one of its own kind, asked whole and streamed', async (fault, kind) => {
    const content = `[[any:${fault}]] [[say:x]]`;
    await expect(client.chat(asking(content))).rejects.toThrow(kind);
    await expect(streamed(content)).rejects.toThrow(kind);
    const error = await client.chat(asking(content)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ body: { message: expect.any(String) } });
  });

  test('in the middle of a stream is its end', async () => {
    const events = await streamed('[[any:errmid]] [[script: tokens=20]]');
    expect(endOf(events)).toMatchObject({ finishReason: 'ERROR', error: 'engine died' });
  });

  test('of what no model can hold says how much there was', async () => {
    const error = await client
      .chat(asking('word '.repeat(2000)))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      statusCode: 400,
      body: { message: expect.stringMatching(/^too many tokens: .*cannot exceed \d+/) },
    });
  });
});

describe('Weir says what the client says, and reads what it reads', () => {
  const messages = [{ role: 'user' as const, content: 'What is 13 + 19?' }];
  const target = { model: 'strong', dialect: DIALECTS.cohere };

  async function answerTo(stream: boolean): Promise<string> {
    const { path, body } = cohere.toCall({ messages, topLogprobs: 0 }, target, stream);
    const answer = await fetch(`${origin}/v2${path}`, { method: 'POST', body });
    return answer.text();
  }

  test('of a whole reply', async () => {
    const whole = await client.chat(asking('What is 13 + 19?', { logprobs: true }));
    const { reply, report } = cohere.fromBody(await answerTo(false));
    expect(reply.text).toBe(textOf(whole));
    expect(reply.tokens?.map(({ token, logprob }) => [token, logprob])).toEqual(
      whole.logprobs?.map(({ text, logprobs }) => [text, logprobs?.[0]]),
    );
    expect(report?.usage).toMatchObject({ ...whole.usage?.billedUnits });
  });

  test('of a stream', async () => {
    const parser = new SseParser(1_000_000);
    const reader = cohere.reader();
    const texts = [...parser.push(Buffer.from(await answerTo(true))), ...parser.end()];
    const events: ProviderEvent[] = texts.flatMap((text) => reader.read(text));
    const said = events.map((event) => (event.type === 'text-delta' ? event.text : ''));
    expect(said.join('')).toBe(textIn(await streamed('What is 13 + 19?')));
    expect(events.at(-1)).toEqual({ type: 'done' });
  });
});
