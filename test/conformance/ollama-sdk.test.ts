import type { ProviderEvent } from '@weir/core';
import { type ServedTokens, startSimulator } from '@weir/simulator';
import { type ChatResponse, Ollama } from 'ollama';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS, LineParser, ollama } from '../../packages/providers/src/index.ts';

/** Ollama's own client against the simulated Ollama: what it understands, Ollama could have said. */

let origin: string;
let client: Ollama;
let close: () => Promise<void>;
beforeAll(async () => {
  const settings = { firstTokenMs: 0, tokenMs: 0, maxLogEntries: 1000 };
  const { simulator, port } = await startSimulator({ host: '127.0.0.1', port: 0, ...settings });
  close = () => simulator[Symbol.asyncDispose]();
  origin = `http://127.0.0.1:${port}`;
  client = new Ollama({ host: `${origin}/frontier` });
});
afterAll(() => close());

function asking(content: string) {
  return { model: 'strong', messages: [{ role: 'user', content }] };
}

async function streamed(content: string, more: object = {}): Promise<ChatResponse[]> {
  const parts: ChatResponse[] = [];
  const stream = await client.chat({ ...asking(content), ...more, stream: true });
  for await (const part of stream) parts.push(part);
  return parts;
}

async function served(): Promise<ServedTokens[]> {
  const log = await (await fetch(`${origin}/__log`)).text();
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('a chat', () => {
  test('is answered whole, with its counts and its reason', async () => {
    const reply = await client.chat(asking('[[say:One two three.]]'));
    expect(reply).toMatchObject({
      model: 'strong',
      message: { role: 'assistant', content: 'One two three.' },
      done: true,
      done_reason: 'stop',
      eval_count: 4,
    });
    expect(reply.prompt_eval_count).toBeGreaterThan(0);
    expect(reply.total_duration).toBeGreaterThan(reply.load_duration);
  });

  test('is streamed the same, piece by piece', async () => {
    const whole = await client.chat(asking('[[say:One two three.]]'));
    const parts = await streamed('[[say:One two three.]]');
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.map(({ message }) => message.content).join('')).toBe(whole.message.content);
    expect(parts.map(({ done }) => done)).toEqual([...parts.slice(1).map(() => false), true]);
    const { created_at: _time, message: _message, ...counts } = parts.at(-1) ?? whole;
    expect(whole).toMatchObject(counts);
  });

  test('is cut at its limit, and stopped at its word', async () => {
    const cut = await client.chat({
      ...asking('[[script: tokens=9]]'),
      options: { num_predict: 4 },
    });
    expect([cut.done_reason, cut.eval_count]).toEqual(['length', 4]);
    const stopped = await streamed('[[say:One two three]]', { options: { stop: ['two'] } });
    expect(stopped.map(({ message }) => message.content).join('')).toBe('One ');
    expect(stopped.at(-1)?.done_reason).toBe('stop');
  });

  test('has as many log-probabilities as tokens, with as many alternatives as were asked for', async () => {
    const wanted = { logprobs: true, top_logprobs: 3 };
    const whole = await client.chat({ ...asking('What is 13 + 19?'), ...wanted });
    const parts = await streamed('What is 13 + 19?', wanted);
    expect(whole.logprobs?.length).toBeGreaterThan(5);
    for (const { top_logprobs } of whole.logprobs ?? []) expect(top_logprobs).toHaveLength(3);
    expect(parts.flatMap(({ logprobs = [] }) => logprobs)).toEqual(whole.logprobs);
  });
});

describe('an error', () => {
  test.each([
    ['e400', 400],
    ['e401', 401],
    ['e404', 404],
    ['e429', 429],
    ['e500', 500],
    ['e503', 503],
    ['econtext', 400],
  ])('%s is one with the status %d, asked whole and streamed', async (fault, status_code) => {
    const content = `[[any:${fault}]] [[say:x]]`;
    const error = { name: 'ResponseError', status_code, error: expect.any(String) };
    await expect(client.chat(asking(content))).rejects.toMatchObject(error);
    await expect(streamed(content)).rejects.toMatchObject(error);
  });

  test('in the middle of a stream ends it', async () => {
    await expect(streamed('[[any:errmid]] [[script: tokens=20]]')).rejects.toThrow(
      'an error was encountered while running the model',
    );
  });

  test('is a stream that was cut', async () => {
    await expect(streamed('[[any:trunceof]] [[script: tokens=20]]')).rejects.toThrow(
      'Did not receive done',
    );
  });
});

test('a stream that is aborted stops, and no more of it is made', async () => {
  const before = (await served()).length;
  const content = `[[any:drip]] [[say:${'word '.repeat(50)}]]`;
  const stream = await client.chat({ ...asking(content), stream: true });
  const parts: ChatResponse[] = [];
  const reading = (async () => {
    for await (const part of stream) {
      parts.push(part);
      stream.abort();
    }
  })();
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  expect(parts).toHaveLength(1);
  await expect.poll(async () => (await served()).length, { timeout: 5000 }).toBe(before + 1);
  expect((await served()).at(-1)).toMatchObject({ completionTokens: 1, whole: false });
});

describe('Weir reads what the client reads', () => {
  test('of a whole reply', async () => {
    const whole = await client.chat({ ...asking('What is 13 + 19?'), logprobs: true });
    const { reply, report } = ollama.fromBody(JSON.stringify(whole));
    expect(reply.text).toBe(whole.message.content);
    expect(reply.tokens?.map(({ logprob }) => logprob)).toEqual(
      whole.logprobs?.map(({ logprob }) => logprob),
    );
    expect(report?.usage).toMatchObject({
      inputTokens: whole.prompt_eval_count,
      outputTokens: whole.eval_count,
    });
  });

  test('of a stream, and asks for it as the client does', async () => {
    const messages = [{ role: 'user' as const, content: '[[say:One two three.]]' }];
    const target = { model: 'strong', dialect: DIALECTS.ollama };
    const { path, body } = ollama.toCall({ messages, maxOutputTokens: 9 }, target, true);
    const answer = await fetch(`${origin}/frontier${path}`, { method: 'POST', body });
    const parser = new LineParser(1_000_000);
    const reader = ollama.reader();
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const events: ProviderEvent[] = [...parser.push(bytes), ...parser.end()].flatMap((line) =>
      reader.read(line),
    );
    const said = events.map((event) => (event.type === 'text-delta' ? event.text : ''));
    const parts = await streamed('[[say:One two three.]]');
    expect(said.filter((text) => text !== '')).toEqual(
      parts.map(({ message }) => message.content).filter((text) => text !== ''),
    );
  });
});
