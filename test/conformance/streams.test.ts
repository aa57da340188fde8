import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Chunk, readEvents, textOf } from './event-lines.ts';
import { chunk, eventStream, streamed } from './own-provider.ts';
import { refusalIn } from './refusal.ts';
import { asking, jsonOf, KEY, openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ tokenMs: 5, limits: { slowReaderMs: 1500 } });
});
afterAll(() => scene[Symbol.asyncDispose]());

const SURE = '[[script: tokens=12 logprob=-0.01]]';
const UNSURE = '[[script: tokens=12 logprob=-3]]';
const WITH_USAGE = { stream_options: { include_usage: true } };

function stream(question: string, more: object = {}, signal?: AbortSignal): Promise<Response> {
  return scene.post(asking(question, { stream: true, ...more }), {}, signal);
}

async function eventsOf(question: string, more: object = {}) {
  const answer = await stream(question, more);
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return { headers: answer.headers, ...readEvents(text) };
}

const idOf = (headers: Headers) => headers.get('x-request-id') ?? '';

describe.each([
  ['an accepted draft', SURE, 'cascade'],
  ['an escalation', UNSURE, 'cascade'],
  ['a call without a cascade', SURE, 'frontier/strong'],
])('the stream of %s', (_what, question, model) => {
  test('has the headers of an event stream that nobody may hold back or keep', async () => {
    const { headers } = await eventsOf(question, { model });
    expect(headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(headers.get('cache-control')).toContain('no-cache');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(headers.has('content-length')).toBe(false);
    expect(headers.has('content-encoding')).toBe(false);
    expect(idOf(headers)).toMatch(/^req_/);
  });

  test('ends with its terminator, said once', async () => {
    const { data, done } = await eventsOf(question, { model });
    expect(done).toBe(true);
    expect(data.filter((text) => text === '[DONE]')).toHaveLength(1);
  });

  test('is one completion: its id, time and model never change', async () => {
    const { chunks } = await eventsOf(question, { model, ...WITH_USAGE });
    const heads = chunks.map(({ id, object, created, model: named }) =>
      JSON.stringify({ id, object, created, model: named }),
    );
    expect(new Set(heads).size).toBe(1);
    expect(chunks[0]).toMatchObject({ object: 'chat.completion.chunk', model });
    expect(chunks[0]?.id).toMatch(/^chatcmpl-/);
  });

  test('says the role first, and why it ended once, with nothing after', async () => {
    const { chunks } = await eventsOf(question, { model });
    const choices = chunks.flatMap((each) => each.choices);
    expect(choices).toHaveLength(chunks.length);
    expect(choices.map(({ delta }) => delta.role)).toEqual([
      'assistant',
      ...choices.slice(1).map(() => undefined),
    ]);
    expect(choices.map(({ finish_reason }) => finish_reason)).toEqual([
      ...choices.slice(1).map(() => null),
      'stop',
    ]);
    expect(choices.at(-1)?.delta).toEqual({});
  });

  test('has no usage and no chunk without choices unless that was asked for', async () => {
    const { chunks } = await eventsOf(question, { model });
    for (const each of chunks) {
      expect(each.choices).toHaveLength(1);
      expect(each).not.toHaveProperty('usage');
    }
  });

  test('has its usage last, and null before', async () => {
    const { chunks } = await eventsOf(question, { model, ...WITH_USAGE });
    const usage = chunks.at(-1);
    expect(usage?.choices).toEqual([]);
    expect(usage?.usage).toMatchObject({ completion_tokens: 13 });
    for (const each of chunks.slice(0, -1)) expect(each.usage).toBe(null);
  });

  test('says what the whole answer says', async () => {
    const whole = await jsonOf(await scene.post(asking(question, { model })));
    const { chunks } = await eventsOf(question, { model, ...WITH_USAGE });
    expect(textOf(chunks)).toBe(whole.choices[0].message.content);
    expect(chunks.at(-1)?.usage).toEqual(whole.usage);
  });

  test('ends for its length where it is limited', async () => {
    const { chunks } = await eventsOf(question, { model, max_tokens: 4 });
    expect(textOf(chunks)).toBe('The river runs over');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('length');
  });

  test('has the log-probability of every token when they are asked for', async () => {
    const { chunks } = await eventsOf(question, { model, logprobs: true });
    const tokens = chunks.flatMap(({ choices }) => choices[0]?.logprobs?.content ?? []);
    expect(tokens).toHaveLength(12);
    expect((tokens as { token: string }[]).map(({ token }) => token).join('')).toBe(textOf(chunks));
  });

  test('keeps n choices apart', async () => {
    const { chunks, done } = await eventsOf(question, { model, n: 3, ...WITH_USAGE });
    const { chunks: one } = await eventsOf(question, { model });
    for (const choice of [0, 1, 2]) {
      expect(textOf(chunks, choice)).toBe(textOf(one));
      const own = chunks.flatMap(({ choices }) => choices).filter(({ index }) => index === choice);
      expect(own.filter(({ finish_reason }) => finish_reason !== null)).toHaveLength(1);
      expect(own[0]?.delta.role).toBe('assistant');
    }
    expect(chunks.at(-1)?.usage).toMatchObject({ completion_tokens: 39 });
    expect(done).toBe(true);
  });
});

describe('Weir’s own words in a stream', () => {
  test('are a verdict in the headers', async () => {
    expect((await eventsOf(SURE)).headers.get('x-weir-verdict')).toBe('accept');
    expect((await eventsOf(UNSURE)).headers.get('x-weir-verdict')).toBe('escalate');
  });

  test('are a report in the last chunk for those who ask', async () => {
    for (const more of [{}, WITH_USAGE]) {
      const { chunks } = await eventsOf(UNSURE, { weir: { report: true }, ...more });
      expect(chunks.at(-1)?.weir).toMatchObject({ served_by: 'primary' });
      for (const each of chunks.slice(0, -1)) expect(each).not.toHaveProperty('weir');
    }
  });

  test('are comments while a draft is held back for long', async () => {
    await using impatient = await openScene({ limits: { streamCommentMs: 50 } });
    const waiting = Promise.withResolvers<void>();
    impatient.own.will(async ({ backend, response }) => {
      if (backend !== 'draft') return streamed(response, 'Own.');
      await waiting.promise;
      response.writeHead(500).end();
    });
    const answer = await impatient.post(asking('Hi', { model: 'own', stream: true }));
    // The head is out, and with it a comment; only now is the draft answered at all.
    waiting.resolve();
    const { comments, chunks } = readEvents(await answer.text());
    expect(comments).toBeGreaterThan(0);
    expect(textOf(chunks)).toBe('Own.');
  });
});

describe('a tool call in a stream', () => {
  test('has its id and name once, a whole index, and arguments that add up to JSON', async () => {
    const piece = (index: number, more: object, text: string) =>
      chunk({ tool_calls: [{ index, ...more, function: { ...more, arguments: text } }] });
    scene.own.will(({ response }) => {
      const send = eventStream(response);
      send(piece(0, { id: 'c1', type: 'function', name: 'weather' }, '{"ci'));
      send(piece(0, {}, 'ty":"Ulm"}'));
      send(piece(1, { id: 'c2', type: 'function', name: 'weather' }, ''));
      send(piece(1, {}, '{"city":"Bonn"}'));
      send(chunk({}, 'tool_calls'));
      send('[DONE]');
      response.end();
    });
    const { chunks } = await eventsOf('Hi', { model: 'own/m' });
    const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    for (const [index, id, city] of [
      [0, 'c1', 'Ulm'],
      [1, 'c2', 'Bonn'],
    ] as const) {
      const own = calls.filter((call) => call.index === index);
      expect(own.flatMap((call) => call.id ?? [])).toEqual([id]);
      expect(own.flatMap((call) => call.function?.name ?? [])).toEqual(['weather']);
      expect(JSON.parse(own.map((call) => call.function?.arguments ?? '').join(''))).toEqual({
        city,
      });
    }
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
  });
});

describe('a failure', () => {
  test('before the first byte is an HTTP error and no stream', async () => {
    const answer = await stream('[[any:e500]]');
    expect((await refusalIn(answer, 503)).code).toBe('provider_unavailable');
  });

  test('after the first byte is an event, and never a clean end', async () => {
    const answer = await stream('[[frontier:errmid]] [[script: tokens=12 logprob=-3]]');
    expect(answer.status).toBe(200);
    const { chunks, done } = readEvents(await answer.text());
    expect(done).toBe(false);
    expect(chunks.at(-1)).toEqual({
      error: {
        message: expect.any(String),
        type: 'server_error',
        param: null,
        code: 'provider_unavailable',
      },
    });
    const choices = chunks.slice(0, -1).flatMap((each) => each.choices);
    expect(choices.length).toBeGreaterThan(0);
    expect(choices.every(({ finish_reason }) => finish_reason === null)).toBe(true);
  });

  test('of one of n choices ends them all', async () => {
    scene.own.will(({ response }) => {
      const send = eventStream(response);
      send(chunk({ content: 'Half' }));
      if (scene.own.calls.length === 2) send('{"error":{"message":"died"}}');
    });
    const answer = await stream('Hi', { model: 'own/m', n: 2 });
    const { chunks, done } = readEvents(await answer.text());
    expect(done).toBe(false);
    expect(chunks.at(-1)?.error?.code).toBe('provider_unavailable');
    for (const { closed } of scene.own.calls) await closed;
  });
});

describe('a stream is passed on as it comes', () => {
  test('each piece when its provider has sent it, and not before', async () => {
    const [arrived] = [scene.own.nextCall()];
    scene.own.will(() => {});
    const answering = stream('Hi', { model: 'own/m' });
    const { response } = await arrived;
    const send = eventStream(response);
    const pieces = ['One', ' two', ' three'];
    send(chunk({ content: 'One' }));
    const reader = chunksOf(await answering);
    for (const [at, piece] of pieces.entries()) {
      const { value } = await reader.next();
      expect(value?.choices[0]?.delta.content).toBe(piece);
      const next = pieces[at + 1];
      if (next) send(chunk({ content: next }));
    }
    send(chunk({}, 'stop'));
    response.end('data: [DONE]\n\n');
    expect((await reader.next()).value?.choices[0]?.finish_reason).toBe('stop');
  });

  test('also to a caller who would take it compressed', async () => {
    const answer = await scene.post(asking(SURE, { stream: true }), {
      'accept-encoding': 'gzip, br',
    });
    const { chunks, done } = readEvents(await answer.text());
    expect(done).toBe(true);
    expect(textOf(chunks)).toContain('river');
  });
});

/** The chunks of a stream one by one, as they come. */
async function* chunksOf(answer: Response): AsyncGenerator<Chunk, void, undefined> {
  let rest = '';
  for await (const bytes of answer.body ?? []) {
    rest += Buffer.from(bytes).toString();
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith('data: {')) yield JSON.parse(block.slice(6)) as Chunk;
    }
  }
}

describe('a caller who leaves', () => {
  test('in the middle ends the call at the provider within a second', async () => {
    const arrived = scene.own.nextCall();
    scene.own.will(({ response }) => eventStream(response)(chunk({ content: 'One' })));
    const leaving = new AbortController();
    const answer = await stream('Hi', { model: 'own/m' }, leaving.signal);
    const { closed } = await arrived;
    await chunksOf(answer).next();
    const left = performance.now();
    leaving.abort();
    await closed;
    expect(performance.now() - left).toBeLessThan(1000);
  });

  test('is charged for the tokens that were paid for, and no others', async () => {
    const leaving = new AbortController();
    const answer = await stream(
      '[[script: tokens=2000]]',
      { model: 'frontier/strong', logprobs: true },
      leaving.signal,
    );
    const reader = chunksOf(answer);
    for (let read = 0; read < 5; read++) await reader.next();
    leaving.abort();
    const { request, attempts } = await scene.ledger.request(idOf(answer.headers));
    expect(request.outcome).toBe('REQUEST_OUTCOME_CANCELLED');
    expect(attempts).toMatchObject([
      { outcome: 'ATTEMPT_OUTCOME_CANCELLED', provenance: 'PROVENANCE_LOWER_BOUND' },
    ]);
    const [attempt] = attempts;
    const booked = attempt?.usage.outputTokens ?? 0;
    expect(booked).toBeGreaterThanOrEqual(5);
    expect(attempt?.costPicoUsd).toBeGreaterThan(0);
    await expect
      .poll(() => scene.served(idOf(answer.headers)), { timeout: 1000, interval: 20 })
      .toMatchObject([{ whole: false }]);
    const [served] = await scene.served(idOf(answer.headers));
    expect(served?.completionTokens).toBeLessThan(2000);
    expect(booked).toBeLessThanOrEqual(served?.completionTokens ?? 0);
  });

  test('while the draft is being made is charged for it, and nothing escalates', async () => {
    const arrived = scene.own.nextCall();
    scene.own.will(() => {});
    const leaving = new AbortController();
    const metadata = { case: 'left during the draft' };
    const answer = stream('Hi', { model: 'own', metadata }, leaving.signal).then(
      // The head may be out already, by a comment.
      (head) => head.text(),
    );
    const { closed, backend } = await arrived;
    leaving.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await closed;
    expect(backend).toBe('draft');
    const { request, attempts } = await scene.ledger.tagged(metadata.case);
    expect(request).toMatchObject({ outcome: 'REQUEST_OUTCOME_CANCELLED', attempts: 1 });
    expect(attempts).toMatchObject([
      { role: 'ATTEMPT_ROLE_DRAFT', provenance: 'PROVENANCE_LOWER_BOUND' },
    ]);
    expect(scene.own.calls).toHaveLength(1);
  });
});

describe('a reader', () => {
  const PIECE = 'x'.repeat(64 * 1024);
  const PIECES = 300;

  /** A provider that writes so many pieces, as fast as they are read. */
  function pouring(pieces: number) {
    scene.own.will(async ({ response, closed }) => {
      const send = eventStream(response);
      let gone = false;
      response.once('close', () => {
        gone = true;
      });
      for (let at = 0; at < pieces; at++) {
        send(chunk({ content: PIECE }));
        if (!response.writableNeedDrain) continue;
        await Promise.race([new Promise((resolve) => response.once('drain', resolve)), closed]);
        if (gone) return;
      }
      send(chunk({}, 'stop'));
      response.end('data: [DONE]\n\n');
    });
  }

  /** A caller that reads nothing of its answer until it is told to. */
  function holding() {
    return new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      const request = httpRequest(`${scene.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      });
      request.on('response', resolve).on('error', reject);
      request.end(JSON.stringify(asking('Hi', { model: 'own/m', stream: true })));
    });
  }

  test('who is slow gets everything all the same', async () => {
    pouring(PIECES);
    let length = 0;
    const answer = await holding();
    for await (const bytes of answer) {
      length += (bytes as Buffer).length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(length).toBeGreaterThan(PIECE.length * PIECES);
  });

  test('who has stopped is cut off, and so is the provider', async () => {
    // More than whatever the buffers on the way hold.
    pouring(Number.POSITIVE_INFINITY);
    const arrived = scene.own.nextCall();
    const answer = await holding();
    const { closed, response } = await arrived;
    await closed;
    expect(response.writableFinished).toBe(false);
    const { request } = await scene.ledger.request(String(answer.headers['x-request-id']));
    expect(request.outcome).toBe('REQUEST_OUTCOME_CANCELLED');
    answer.destroy();
  });
});

test('twenty streams at once do not cross', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_value, at) => {
      const words = Array.from({ length: 30 }, (_word, index) => `${at}:${index}`).join(' ');
      const model = ['cascade', 'frontier/strong'][at % 2];
      const { chunks, done } = await eventsOf(`[[say:${words}]]`, { model });
      const ids = new Set(chunks.map(({ id }) => id));
      return { intact: textOf(chunks) === words && done && ids.size === 1, id: [...ids][0] };
    }),
  );
  expect(answers.every(({ intact }) => intact)).toBe(true);
  expect(new Set(answers.map(({ id }) => id)).size).toBe(20);
});
