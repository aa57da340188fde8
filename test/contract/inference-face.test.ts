import { once } from 'node:events';
import { promisify } from 'node:util';
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  type CompleteRequest,
  type CompleteResponse,
  FeedbackRequest,
  type FeedbackResponse,
  InferenceClient,
  Status,
  type StreamCompleteResponse,
} from '@weir/contracts';
import {
  FailedCall,
  Fault,
  type FeedbackCall,
  type Inference,
  type InferenceCall,
  type InferenceEnd,
  type InferenceEvent,
  type Verdict,
} from '@weir/core';
import { type Door, serveInference } from '@weir/rpc';
import { makeAttempt, makeChat, makeJudgement, makeReply } from '@weir/testkit';
import { chatToWire, failureFrom, inferenceEndFromWire, verdictFromWire } from '@weir/wire';
import { expect, test } from 'vitest';
import { aborted } from './aborted.ts';
import { link } from './rpc-link.ts';

/** The gRPC face of the whole service, seen by a generated client that knows nothing of Weir. */

test('a request arrives under its key, and its end comes back whole', async () => {
  let seen: InferenceCall | undefined;
  await using face = await open({
    async complete(call) {
      seen = call;
      return END;
    },
  });
  const response = await face.complete(request({ tags: { team: 'a' }, requestId: 'mine-1' }), {
    traceparent: '00-abc-def-01',
  });
  expect(inferenceEndFromWire(response.end)).toEqual(END);
  expect(seen).toMatchObject({
    principal: { tenant: 'acme', keyId: 'key-1' },
    requestId: 'acme-mine-1',
    model: 'support',
    chat: makeChat(),
    tags: { team: 'a' },
    traceparent: '00-abc-def-01',
  });
  expect(face.open()).toBe(0);
});

test('what callers should know of a model comes ahead of the answer, also where that is a failure', async () => {
  const retired = new Fault('model_retired', 'Gone.', { param: 'model' });
  const answers: Partial<Inference>[] = [
    {
      complete: async () => END,
      async *stream() {
        yield { type: 'end', end: END };
      },
    },
    {
      complete: () => Promise.reject(retired),
      // biome-ignore lint/correctness/useYield: a stream that only fails
      async *stream() {
        throw retired;
      },
    },
  ];
  for (const parts of answers) {
    await using face = await open(parts);
    for (const head of await face.heads(request({ model: 'old' }))) {
      expect(head).toMatchObject(NOTICES);
    }
  }
  await using face = await open(answers[0] ?? {});
  for (const head of await face.heads(request())) expect(head).not.toHaveProperty('sunset');
});

test('a model that is retired is a failure of its own', async () => {
  await using face = await open({
    complete: () => Promise.reject(new Fault('model_retired', 'Gone.', { param: 'model' })),
  });
  const error = await face.complete(request()).catch((thrown: ServiceError) => thrown);
  expect(error).toMatchObject({ code: 5, details: 'Gone.' });
  expect(faultOf(error as ServiceError)).toMatchObject({ kind: 'model_retired', param: 'model' });
});

test('a stream gives its deltas, its verdict and its end, in this order', async () => {
  const verdict = {
    decision: 'accept',
    confidence: null,
    threshold: 0.5,
    evidence: 'none',
    reasons: [],
  } as const;
  const events: InferenceEvent[] = [
    { type: 'text-delta', text: 'It is ' },
    { type: 'text-delta', text: 'on its way.' },
    { type: 'verdict', verdict },
    { type: 'end', end: END },
  ];
  await using face = await open({
    async *stream() {
      yield* events;
    },
  });
  const cases = [];
  for await (const { event } of face.stream(request())) cases.push(event?.$case);
  expect(cases).toEqual(['delta', 'delta', 'verdict', 'end']);
  expect(face.open()).toBe(0);
});

test('a verdict tells how it came about, and nothing of what the scorer asks of the gateway', async () => {
  const verdict: Verdict = {
    decision: 'accept',
    confidence: 0.97,
    threshold: null,
    evidence: 'logprobs',
    reasons: ['worth_it'],
    judgement: makeJudgement(),
  };
  const asking: Verdict = {
    ...verdict,
    buy: { kind: 'judge', chat: makeChat() },
    shadowChance: 0.5,
  };
  const end = { ...END, verdict: asking };
  await using face = await open({
    complete: async () => end,
    async *stream() {
      yield { type: 'verdict', verdict: asking };
      yield { type: 'end', end };
    },
  });
  const whole = await face.complete(request());
  const told = [whole.end?.verdict];
  for await (const { event } of face.stream(request())) {
    if (event?.$case === 'verdict') told.push(event.value);
    if (event?.$case === 'end') told.push(event.value.verdict);
  }
  expect(told.map(verdictFromWire)).toEqual([verdict, verdict, verdict]);
});

test('feedback arrives under its key, and its receipt comes back', async () => {
  const seen: FeedbackCall[] = [];
  await using face = await open({
    async feedback(call) {
      seen.push(call);
      expect(face.open()).toBe(1);
      return { learned: call.score === 1 };
    },
  });
  expect(await face.feedback({ requestId: 'acme-mine-1', score: 1 })).toEqual({ learned: true });
  expect(await face.feedback({ requestId: 'req_2', score: 0 })).toEqual({ learned: false });
  const principal = { tenant: 'acme', keyId: 'key-1' };
  expect(seen).toEqual([
    { principal, requestId: 'acme-mine-1', score: 1 },
    { principal, requestId: 'req_2', score: 0 },
  ]);
  expect(face.open()).toBe(0);
});

test.each([
  ['has no key', { requestId: 'r', score: 1 }, { authorization: '' }, 'unauthenticated', undefined],
  ['is about no answer', { score: 1 }, {}, 'invalid_request', 'request_id'],
  [
    'is about an id that no answer can have',
    { requestId: 'r'.repeat(129), score: 1 },
    {},
    'invalid_request',
    'request_id',
  ],
  ['says nothing', { requestId: 'r' }, {}, 'invalid_request', 'score'],
  ['says too much', { requestId: 'r', score: 1.01 }, {}, 'invalid_request', 'score'],
  ['says too little', { requestId: 'r', score: -1 }, {}, 'invalid_request', 'score'],
  ['is no number', { requestId: 'r', score: Number.NaN }, {}, 'invalid_request', 'score'],
  ['comes too soon', { requestId: 'early', score: 1 }, {}, 'request_not_found', undefined],
] as const)('feedback that %s is refused', async (_what, told, head, kind, param) => {
  await using face = await open({
    feedback: () => Promise.reject(new Fault('request_not_found', 'There is no such request.')),
  });
  const error = await face.feedback(told, head).catch((thrown: ServiceError) => thrown);
  expect(faultOf(error as ServiceError)).toMatchObject({ kind, param });
});

test.each([
  ['who asked for them', { topLogprobs: 0 }, 1],
  ['and nobody else, since they are the scorer’s', {}, 0],
])('log-probabilities go to those %s', async (_who, asked, count) => {
  const tokens = [{ token: 'Hi', logprob: -0.5, top: [] }];
  const end = { ...END, reply: makeReply({ text: 'Hi', tokens }) };
  await using face = await open({
    complete: async () => end,
    async *stream() {
      yield { type: 'text-delta', text: 'Hi', tokens };
      yield { type: 'end', end };
    },
  });
  const chat = chatToWire({ ...makeChat(), ...asked });
  const whole = await face.complete(request({ chat }));
  const told = [whole.end?.reply?.tokens?.tokens ?? []];
  for await (const { event } of face.stream(request({ chat }))) {
    if (event?.$case === 'end') told.push(event.value.reply?.tokens?.tokens ?? []);
    const { delta } = event?.$case === 'delta' ? event.value : {};
    if (delta?.$case === 'text') told.push(delta.value.tokens?.tokens ?? []);
  }
  expect(told).toEqual(Array(3).fill(Array(count).fill('Hi')));
});

test.each([
  ['has no key', request(), { authorization: '' }, 'unauthenticated', undefined],
  ['names no model', request({ model: '' }), {}, 'invalid_request', 'model'],
  [
    'has no messages',
    request({ chat: chatToWire({ messages: [] }) }),
    {},
    'invalid_request',
    'chat.messages',
  ],
  [
    'has a message of more parts than make sense',
    request({
      chat: chatToWire({
        messages: [{ role: 'user', content: Array(1001).fill({ type: 'text', text: 'x' }) }],
      }),
    }),
    {},
    'invalid_request',
    'chat.messages.0.parts',
  ],
  [
    'shows an image that is read with our rights',
    request({
      chat: chatToWire({
        messages: [{ role: 'user', content: [{ type: 'image', url: 'gs://ours/cat.png' }] }],
      }),
    }),
    {},
    'invalid_request',
    'chat.messages.0.parts.0.image.url',
  ],
  [
    'calls more tools at once than make sense',
    request({
      chat: chatToWire({
        messages: [
          {
            role: 'assistant',
            content: null,
            toolCalls: Array(1001).fill({ id: 'c', name: 'f', arguments: '' }),
          },
        ],
      }),
    }),
    {},
    'invalid_request',
    'chat.messages.0.tool_calls',
  ],
  [
    'has more messages than the operator allows',
    request({ chat: chatToWire({ messages: Array(4).fill({ role: 'user', content: 'x' }) }) }),
    {},
    'invalid_request',
    'chat.messages',
  ],
  [
    'offers more tools than the operator allows',
    request({
      chat: chatToWire({
        messages: [{ role: 'user', content: 'x' }],
        tools: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
      }),
    }),
    {},
    'invalid_request',
    'chat.tools',
  ],
  ['has no chat', request({ chat: undefined }), {}, 'invalid_request', 'chat'],
  ['has too many tags', request({ tags: tags(17) }), {}, 'invalid_request', 'tags'],
  [
    'has a long tag name',
    request({ tags: { ['n'.repeat(257)]: '' } }),
    {},
    'invalid_request',
    'tags',
  ],
  ['has a tag of ours', request({ tags: { 'weir.label': 'x' } }), {}, 'invalid_request', 'tags'],
  ['has a long tag', request({ tags: { n: 'v'.repeat(513) } }), {}, 'invalid_request', 'tags'],
  ['has a strange id', request({ requestId: 'a b' }), {}, 'invalid_request', 'request_id'],
  ['has a long id', request({ requestId: 'x'.repeat(65) }), {}, 'invalid_request', 'request_id'],
  ['may not use the model', request({ model: 'forbidden' }), {}, 'permission_denied', undefined],
] as const)(
  'a request that %s is refused before anything is done for it',
  async (_what, asked, head, kind, param) => {
    await using face = await open({});
    const unary = await face.complete(asked, head).catch((error) => error);
    expect(faultOf(unary)).toMatchObject({ kind, param });
    const reading = async () => {
      for await (const _event of face.stream(asked, head));
    };
    expect(faultOf(await reading().catch((error) => error))).toMatchObject({ kind, param });
    expect(face.open()).toBe(0);
  },
);

test('a failure carries what any gRPC client understands, and what Weir adds', async () => {
  await using face = await open({
    async complete() {
      const fault = new Fault('rate_limited', 'Too many requests.', { retryAfterMs: 1500 });
      throw new FailedCall(fault, [makeAttempt()]);
    },
  });
  const error: ServiceError = await face.complete(request()).catch((thrown) => thrown);
  expect(error.code).toBe(8);
  expect(error.details).toBe('Too many requests.');
  const details = statusOf(error).details.map(({ typeUrl }) => typeUrl.split('/')[1]);
  expect(details).toEqual([
    'google.rpc.ErrorInfo',
    'google.rpc.RetryInfo',
    'google.rpc.QuotaFailure',
    'weir.v1.FaultDetail',
  ]);
  expect(faultOf(error)).toMatchObject({ kind: 'rate_limited', retryAfterMs: 1500 });
});

test('the deadline of the caller is told to the service, and cuts it off', async () => {
  const told = Promise.withResolvers<InferenceCall>();
  const cut = Promise.withResolvers<unknown>();
  await using face = await open({
    async complete(call, signal) {
      told.resolve(call);
      return aborted(signal).catch((reason) => {
        cut.resolve(reason);
        throw reason;
      });
    },
  });
  const deadline = Date.now() + 300;
  const error: ServiceError = await face.complete(request(), {}, deadline).catch((e) => e);
  expect(error.code).toBe(4);
  const { timeoutMs } = await told.promise;
  expect(timeoutMs).toBeGreaterThan(0);
  expect(timeoutMs).toBeLessThanOrEqual(300);
  await cut.promise;
  await expect.poll(face.open).toBe(0);
});

test('a caller that leaves its stream is gone where it is served, and its place is free', async () => {
  const left = Promise.withResolvers<void>();
  await using face = await open({
    async *stream(_call, signal) {
      try {
        yield { type: 'text-delta', text: 'first' };
        await aborted(signal).catch(() => {});
      } finally {
        left.resolve();
      }
    },
  });
  for await (const { event } of face.stream(request())) {
    expect(event?.$case).toBe('delta');
    break;
  }
  await left.promise;
  await expect.poll(face.open).toBe(0);
});

const END: InferenceEnd = {
  requestId: 'acme-mine-1',
  route: 'support',
  reply: makeReply(),
  outcome: 'served',
  servedBy: 'draft',
  verdict: null,
  attempts: [makeAttempt(), makeAttempt({ costPicoUsd: null })],
  costPicoUsd: 700_000n,
  costIsLowerBound: true,
  counterfactualPicoUsd: null,
  dropped: ['seed'],
};

const NOTICES = { sunset: 'Thu, 14 Jan 2027 00:00:00 GMT', 'x-weir-successor': 'p/next' };

async function open(parts: Partial<Inference>) {
  let inside = 0;
  const door: Door<{ tenant: string; keyId: string }> = {
    authenticate(authorization) {
      if (authorization === 'Bearer good') return { tenant: 'acme', keyId: 'key-1' };
      throw new Fault('unauthenticated', 'There is no such key.');
    },
    admit(_key, model) {
      if (model === 'forbidden') throw new Fault('permission_denied', 'Not this model.');
      inside++;
      return { [Symbol.dispose]: () => void inside-- };
    },
    newRequestId: () => 'made-here',
    notices: (model) => (model === 'old' ? NOTICES : {}),
    limits: { maxMessages: 3, maxTools: 2, maxTags: 16 },
  };
  const inference: Inference = {
    complete: () => Promise.reject(new TypeError('not expected to be called')),
    // biome-ignore lint/correctness/useYield: a stream that only fails
    async *stream() {
      throw new TypeError('not expected to be streamed');
    },
    feedback: () => Promise.reject(new TypeError('not expected to be told')),
    ...parts,
  };
  const wire = await link((server) => serveInference(server, inference, door));
  const client = new InferenceClient(wire.address, credentials.createInsecure());
  const unary = promisify(
    (asked: CompleteRequest, metadata: Metadata, deadline: number, done: Done) =>
      client.complete(asked, metadata, { deadline }, done),
  );
  const feedback = promisify((told: FeedbackRequest, metadata: Metadata, done: FeedbackDone) =>
    client.feedback(told, metadata, done),
  );
  return {
    feedback: (told: Partial<FeedbackRequest>, head: Head = {}) =>
      feedback(FeedbackRequest.create(told), metadataOf(head)),
    /** Requests that are inside at present. */
    open: () => inside,
    complete: (asked: CompleteRequest, head: Head = {}, deadline = Date.now() + 5000) =>
      unary(asked, metadataOf(head), deadline),
    /** The metadata that comes before the answer, whole or in pieces. */
    async heads(asked: CompleteRequest) {
      const whole = client.complete(asked, metadataOf({}), () => {});
      const pieces = client.streamComplete(asked, metadataOf({})).on('error', () => {});
      pieces.resume();
      const heads = await Promise.all([once(whole, 'metadata'), once(pieces, 'metadata')]);
      return heads.map(([head]) => (head as Metadata).getMap());
    },
    async *stream(asked: CompleteRequest, head: Head = {}) {
      const call = client.streamComplete(asked, metadataOf(head));
      try {
        for await (const message of call) yield message as StreamCompleteResponse;
      } finally {
        call.on('error', () => {});
        call.cancel();
      }
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await wire[Symbol.asyncDispose]();
    },
  };
}

type Head = Readonly<Record<string, string>>;
type Done = (error: ServiceError | null, response: CompleteResponse) => void;
type FeedbackDone = (error: ServiceError | null, response: FeedbackResponse) => void;

function metadataOf(head: Head): Metadata {
  const metadata = new Metadata();
  const all = { authorization: 'Bearer good', ...head };
  for (const [name, value] of Object.entries(all)) metadata.set(name, value);
  return metadata;
}

function request(overrides: Partial<CompleteRequest> = {}): CompleteRequest {
  return {
    model: 'support',
    chat: chatToWire(makeChat()),
    expect: undefined,
    tags: {},
    requestId: '',
    ...overrides,
  };
}

function tags(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`t${n}`, 'x']));
}

function statusOf(error: ServiceError): Status {
  return Status.decode(error.metadata.get('grpc-status-details-bin')[0] as Buffer);
}

function faultOf(error: ServiceError): Fault {
  return failureFrom(statusOf(error)).fault;
}
