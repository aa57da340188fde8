import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Client, type ClientReadableStream, Metadata, type ServiceError } from '@grpc/grpc-js';
import { ErrorInfo, Status } from '@weir/contracts';
import { failureFrom } from '@weir/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientOf, keyed } from './ledger-feed.ts';
import { chunk, eventStream } from './own-provider.ts';
import { asking, KEY, NARROW_KEY, openScene, type Scene } from './scene.ts';

/** The gRPC face: a client made from the .proto files alone, and `buf curl`, which has only reflection. */

let scene: Scene;
let inference: Client & Record<string, (...values: never[]) => unknown>;
beforeAll(async () => {
  scene = await openScene();
  inference = clientOf('Inference', scene.weir.grpcPort) as typeof inference;
});
afterAll(async () => {
  inference.close();
  await scene[Symbol.asyncDispose]();
});

const SURE = '[[say:It is on its way.]]';
const UNSURE = '[[say:It is on its way.]] [[script: logprob=-3]]';

interface End {
  readonly requestId: string;
  readonly servedBy: string;
  readonly outcome: string;
  readonly reply: { readonly text: string; readonly finish: string };
  readonly verdict: { readonly decision: string } | null;
  readonly attempts: readonly { readonly attemptId: string }[];
  readonly costPicoUsd: number;
}

interface StreamEvent {
  readonly event: 'delta' | 'verdict' | 'end';
  readonly delta?: { readonly text?: { readonly text: string } };
  readonly verdict?: { readonly decision: string };
  readonly end?: End;
}

function request(text: string, more: object = {}) {
  return { model: 'cascade', chat: { messages: [{ role: 'ROLE_USER', text }] }, ...more };
}

function complete(body: object, metadata = keyed(KEY), options: object = {}): Promise<End> {
  return new Promise((resolve, reject) => {
    const call = inference['complete'] as (...values: unknown[]) => unknown;
    call.call(
      inference,
      body,
      metadata,
      options,
      (error: ServiceError | null, reply: { end: End } | undefined) => {
        if (error) reject(error);
        else resolve(reply?.end as End);
      },
    );
  });
}

function streamComplete(body: object, metadata = keyed(KEY)): ClientReadableStream<StreamEvent> {
  const call = inference['streamComplete'] as (...values: unknown[]) => unknown;
  return call.call(inference, body, metadata) as ClientReadableStream<StreamEvent>;
}

async function failureOf(call: Promise<unknown>): Promise<ServiceError> {
  try {
    await call;
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error('the call succeeded');
}

const reading = (body: object, metadata?: Metadata) =>
  Array.fromAsync(streamComplete(body, metadata) as AsyncIterable<StreamEvent>);

/** The details of an error, by the last word of their type. */
function detailsOf(error: ServiceError): string[] {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  return Status.decode(bytes as Buffer).details.map(
    ({ typeUrl }) => typeUrl.split('.').at(-1) ?? '',
  );
}

describe('a client made from the proto files', () => {
  test.each([
    [SURE, 'draft', 'DECISION_ACCEPT', 1],
    [UNSURE, 'primary', 'DECISION_ESCALATE', 2],
  ])('completes %s', async (text, servedBy, decision, attempts) => {
    const end = await complete(request(text, { tags: { team: 'a' } }));
    expect(end).toMatchObject({
      servedBy,
      outcome: 'REQUEST_OUTCOME_SERVED',
      reply: { text: 'It is on its way.', finish: 'FINISH_REASON_STOP' },
      verdict: { decision },
    });
    expect(end.attempts).toHaveLength(attempts);
    const booked = await scene.ledger.request(end.requestId);
    expect(booked.attempts.map(({ attemptId }) => attemptId)).toEqual(
      end.attempts.map(({ attemptId }) => attemptId),
    );
    expect(booked.request.tags).toEqual({ team: 'a' });
    const cost = booked.attempts.reduce((sum, { costPicoUsd }) => sum + (costPicoUsd ?? 0), 0);
    expect(end.costPicoUsd).toBe(cost);
  });

  test.each([SURE, UNSURE])('reads a stream for %s: one verdict, pieces, one end', async (text) => {
    const events = await reading(request(text));
    expect(events.filter(({ event }) => event === 'verdict')).toHaveLength(1);
    expect(events.map(({ event }) => event).indexOf('end')).toBe(events.length - 1);
    const pieces = events.map(({ delta }) => delta?.text?.text ?? '');
    expect(pieces.join('')).toBe('It is on its way.');
    expect(events.at(-1)?.end?.reply.text).toBe('It is on its way.');
  });

  test('names its own request, under its tenant', async () => {
    const end = await complete(request(SURE, { requestId: 'mine-1' }));
    expect(end.requestId).toBe('tests-mine-1');
  });

  test('holds the draft to what it expects', async () => {
    const end = await complete(request(SURE, { expect: { keywords: ['delayed'] } }));
    expect(end.verdict?.decision).toBe('DECISION_ESCALATE');
  });

  const chat = (more: object) => request(SURE, { chat: { ...request(SURE).chat, ...more } });
  const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  const schema = { jsonSchema: { name: 'x', schemaJson: deep } };

  test.each<[string, object, Metadata, number, string, string?]>([
    ['a wrong key', request(SURE), keyed('wrong'), 16, 'unauthenticated'],
    ['no key', request(SURE), new Metadata(), 16, 'unauthenticated'],
    [
      'a key of others',
      request(SURE, { model: 'own/m' }),
      keyed(NARROW_KEY),
      7,
      'permission_denied',
      'model',
    ],
    [
      'an unknown model',
      request(SURE, { model: 'nobody' }),
      keyed(KEY),
      5,
      'model_not_found',
      'model',
    ],
    ['no model', request(SURE, { model: '' }), keyed(KEY), 3, 'invalid_request', 'model'],
    ['no messages', chat({ messages: [] }), keyed(KEY), 3, 'invalid_request', 'chat.messages'],
    [
      'a role of no kind',
      chat({ messages: [{ text: 'x' }] }),
      keyed(KEY),
      3,
      'invalid_request',
      'chat.messages.role',
    ],
    [
      'a limit of nothing',
      chat({ maxOutputTokens: 0 }),
      keyed(KEY),
      3,
      'invalid_request',
      'chat.max_output_tokens',
    ],
    [
      'a temperature that is none',
      chat({ temperature: Number.NaN }),
      keyed(KEY),
      3,
      'invalid_request',
      'chat.temperature',
    ],
    ['a top_p below 0', chat({ topP: -1 }), keyed(KEY), 3, 'invalid_request', 'chat.top_p'],
    [
      'many stops',
      chat({ stop: Array(17).fill('x') }),
      keyed(KEY),
      3,
      'invalid_request',
      'chat.stop',
    ],
    [
      'deep passthrough',
      chat({ passthroughJson: deep }),
      keyed(KEY),
      3,
      'invalid_request',
      'chat.passthrough_json',
    ],
    [
      'passthrough that is no JSON',
      chat({ passthroughJson: '{' }),
      keyed(KEY),
      3,
      'invalid_request',
    ],
    [
      'a deep tool',
      chat({ tools: [{ name: 'f', parametersJson: deep }] }),
      keyed(KEY),
      3,
      'invalid_request',
      'chat.tools.0.parameters_json',
    ],
    [
      'a deep schema',
      chat({ responseFormat: schema }),
      keyed(KEY),
      3,
      'invalid_request',
      'chat.response_format.json_schema.schema_json',
    ],
    [
      'a pattern without end',
      request(SURE, { expect: { pattern: 'a'.repeat(1001) } }),
      keyed(KEY),
      3,
      'invalid_request',
      'expect.pattern',
    ],
    ['providers that fail', request('[[any:e500]]'), keyed(KEY), 14, 'upstream_unavailable'],
    ['providers that refuse Weir', request('[[any:e401]]'), keyed(KEY), 13, 'upstream_auth'],
  ])('is told of %s in full', async (_what, body, metadata, code, kind, param) => {
    for (const call of [complete, reading]) {
      const error = await failureOf(call(body, metadata));
      expect(error.code, error.details).toBe(code);
      expect(detailsOf(error)).toEqual([
        'ErrorInfo',
        ...(param === undefined ? [] : ['BadRequest']),
        'FaultDetail',
      ]);
      const [bytes] = error.metadata.get('grpc-status-details-bin');
      const { fault } = failureFrom(Status.decode(bytes as Buffer));
      expect({ kind: fault.kind, param: fault.param }).toEqual({ kind, param });
      expect(error.details).not.toContain('wrong');
    }
  });

  test('gets an error where its stream was cut, and no end', async () => {
    const events: StreamEvent[] = [];
    const stream = streamComplete(request('[[frontier:trunceof]] [[script: tokens=9 logprob=-3]]'));
    const error = await failureOf(
      (async () => {
        for await (const event of stream as AsyncIterable<StreamEvent>) events.push(event);
      })(),
    );
    expect(error.code).toBe(14);
    expect(events.some(({ event }) => event === 'delta')).toBe(true);
    expect(events.some(({ event }) => event === 'end')).toBe(false);
  });

  test('that gives up ends the call at the provider, streamed or not', async () => {
    const first = scene.own.nextCall();
    scene.own.will(({ response }) => eventStream(response)(chunk({ content: 'One' })));
    const stream = streamComplete(request('Hi', { model: 'own/m' }));
    stream.on('error', () => {}).once('data', () => stream.cancel());
    await (await first).closed;
    const second = scene.own.nextCall();
    scene.own.will(() => {});
    const error = failureOf(
      complete(request('Hi', { model: 'own/m' }), keyed(KEY), { deadline: Date.now() + 300 }),
    );
    await (await second).closed;
    expect((await error).code).toBe(4);
  });

  test('reads what its tenant spent, and writes nothing', async () => {
    const client = clientOf('Ledger', scene.weir.grpcPort);
    const unary = (method: string, body: object, key = KEY) =>
      new Promise<{ rows: { totals: { requests: number } }[] }>((resolve, reject) => {
        client[method]?.(body, keyed(key), (error: Error | null, reply: never) =>
          error ? reject(error) : resolve(reply),
        );
      });
    await scene.ledger.request((await complete(request(SURE))).requestId);
    const { rows } = await unary('query', { groupBy: ['LEDGER_GROUP_ROUTE'] });
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.reduce((sum, { totals }) => sum + totals.requests, 0)).toBeGreaterThan(0);
    expect((await failureOf(unary('query', {}, 'wrong'))).code).toBe(16);
    expect((await failureOf(unary('settle', { events: [] }))).code).toBe(7);
    expect((await failureOf(unary('hold', { tenant: 'tests' }))).code).toBe(7);
    client.close();
  });
});

describe('buf curl', () => {
  const BUF = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));

  interface Said {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
  }

  function curl(method: string, body: object, ...options: string[]): Promise<Said> {
    const words = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...options];
    const url = `http://127.0.0.1:${scene.weir.grpcPort}/${method}`;
    return promisify(execFile)(BUF, [...words, '-d', JSON.stringify(body), url]).then(
      (said) => ({ code: 0, ...said }),
      (error: Said) => error,
    );
  }

  const authorization = ['-H', `authorization: Bearer ${KEY}`];
  const WITH_HEALTH = 'grpc.health.v1.Health/Check';

  test.each(['grpc-v1', 'grpc-v1alpha'])('finds the services by reflection %s', async (version) => {
    const reflecting = ['--reflect', '--reflect-protocol', version];
    const { stdout, stderr } = await curl(WITH_HEALTH, {}, ...reflecting);
    expect(JSON.parse(stdout || stderr)).toEqual({ status: 'SERVING' });
    const named = { service: 'weir.v1.Inference' };
    expect(JSON.parse((await curl(WITH_HEALTH, named, ...reflecting)).stdout)).toEqual({
      status: 'SERVING',
    });
  });

  test('completes', async () => {
    const { stdout } = await curl('weir.v1.Inference/Complete', request(SURE), ...authorization);
    expect(JSON.parse(stdout)).toMatchObject({
      end: { servedBy: 'draft', reply: { text: 'It is on its way.' } },
    });
  });

  test('streams', async () => {
    const { stdout } = await curl(
      'weir.v1.Inference/StreamComplete',
      request(UNSURE),
      ...authorization,
    );
    const texts = [...stdout.matchAll(/"text": ?\{\s*"text": ?"([^"]*)"/g)].map(([, text]) => text);
    expect(texts.join('')).toBe('It is on its way.');
    expect(stdout).toContain('"end"');
  });

  test('is told why a wrong key is refused, in details that anybody can read', async () => {
    const wrong = ['-H', 'authorization: Bearer wrong'];
    const said = await curl('weir.v1.Inference/Complete', request(SURE), ...wrong);
    expect(said.code).not.toBe(0);
    const error = JSON.parse(said.stderr) as {
      code: string;
      details: { type: string; value: string }[];
    };
    expect(error.code).toBe('unauthenticated');
    const info = error.details.find(({ type }) => type === 'google.rpc.ErrorInfo');
    expect(ErrorInfo.decode(Buffer.from(info?.value ?? '', 'base64'))).toMatchObject({
      reason: 'INVALID_KEY',
      domain: 'weir',
    });
  });
});

test('both faces are one service: what one makes, the other reads', async () => {
  const answer = await scene.post(asking(SURE, { metadata: { case: 'faces' } }));
  await answer.text();
  const { request: booked } = await scene.ledger.tagged('faces');
  expect(booked.requestId).toBe(answer.headers.get('x-request-id'));
});
