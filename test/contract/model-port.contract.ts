import {
  type Draft,
  type Escalation,
  FAULTS,
  FailedCall,
  Fault,
  type FaultKind,
  type ModelCall,
  type Served,
  type ServedEvent,
} from '@weir/core';
import { makeAttempt, makeModelCall, makeReply } from '@weir/testkit';
import { expect, test } from 'vitest';
import { aborted } from './aborted.ts';
import { collected } from './collected.ts';

/** Draft and escalation under one shape: they differ in a name. */
export interface ModelPort {
  call(call: ModelCall, signal: AbortSignal): Promise<Served>;
  stream(call: ModelCall, signal: AbortSignal): AsyncIterable<ServedEvent>;
}

export interface Connected extends AsyncDisposable {
  readonly port: ModelPort;
}

export function asDraft(port: ModelPort): Draft {
  return {
    generate: (call, signal) => port.call(call, signal),
    stream: (call, signal) => port.stream(call, signal),
  };
}

export function fromDraft(draft: Draft): ModelPort {
  return {
    call: (call, signal) => draft.generate(call, signal),
    stream: (call, signal) => draft.stream(call, signal),
  };
}

export function asEscalation(port: ModelPort): Escalation {
  return {
    escalate: (call, signal) => port.call(call, signal),
    stream: (call, signal) => port.stream(call, signal),
  };
}

export function fromEscalation(escalation: Escalation): ModelPort {
  return {
    call: (call, signal) => escalation.escalate(call, signal),
    stream: (call, signal) => escalation.stream(call, signal),
  };
}

/** What callers of a draft or an escalation rely on, wherever it is. `connect` puts the given one within reach. */
export function modelPortContract(connect: (served: ModelPort) => Promise<Connected>): void {
  test('a call arrives as it was made, and its answer comes back as it was given', async () => {
    const served = makeServed();
    let seen: ModelCall | undefined;
    await using side = await connect(
      fake({
        async call(call) {
          seen = call;
          return served;
        },
      }),
    );
    const call = makeModelCall(
      { tags: { team: 'a', constructor: 'b' }, traceparent: '00-1-2-01', attemptsLeft: 3 },
      {
        messages: [
          { role: 'system', content: 'Antworte höflich ☂' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'image', url: 'https://x.test/1.png', detail: 'low' },
            ],
          },
          {
            role: 'assistant',
            content: null,
            toolCalls: [{ id: 'c1', name: 'look', arguments: '{"at":1}' }],
          },
          { role: 'tool', content: 'a cat', toolCallId: 'c1' },
        ],
        temperature: 0,
        maxOutputTokens: 64,
        topLogprobs: 0,
        stop: ['\n'],
        seed: -1,
        tools: [{ name: 'look', parameters: { type: 'object' }, strict: true }],
        toolChoice: { name: 'look' },
        responseFormat: { type: 'json_schema', name: 's', schema: { type: 'object' } },
        reasoning: { effort: 'low', maxTokens: 64 },
        promptCache: { key: 'k', ttl: '1h' },
        serviceTier: 'flex',
        passthrough: { user: 'u-1', nested: { deep: [1, null, 'x'] } },
      },
    );
    expect(await side.port.call(call, never())).toEqual(served);
    expect(seen?.chat).toEqual(call.chat);
    const { deadlineAtMs: _there, ...context } = seen?.context ?? makeModelCall().context;
    const { deadlineAtMs: _here, ...made } = call.context;
    expect(context).toEqual(made);
  });

  test('a stream comes in the order in which it was made, its end last', async () => {
    const events: ServedEvent[] = [
      { type: 'reasoning-delta', text: 'hm' },
      { type: 'reasoning-delta', text: '', state: 'anthropic:[]' },
      ...Array.from(
        { length: 500 },
        (_, n): ServedEvent => ({ type: 'text-delta', text: `${n} ` }),
      ),
      { type: 'text-delta', text: '!', tokens: [{ token: '!', logprob: -0.25, top: [] }] },
      { type: 'refusal-delta', text: 'no' },
      { type: 'tool-delta', index: 0, id: 'c', name: 'look', arguments: '' },
      { type: 'tool-delta', index: 0, arguments: '{}' },
      { type: 'end', served: makeServed() },
    ];
    await using side = await connect(
      fake({
        async *stream() {
          yield* events;
        },
      }),
    );
    expect(await collected(side.port.stream(makeModelCall(), never()))).toEqual(events);
  });

  test('a delta is there before the next one is made', async () => {
    const gate = Promise.withResolvers<void>();
    await using side = await connect(
      fake({
        async *stream() {
          yield { type: 'text-delta', text: 'first' };
          await gate.promise;
          yield { type: 'end', served: makeServed() };
        },
      }),
    );
    const stream = side.port.stream(makeModelCall(), never())[Symbol.asyncIterator]();
    expect((await stream.next()).value).toEqual({ type: 'text-delta', text: 'first' });
    gate.resolve();
    expect((await stream.next()).value).toMatchObject({ type: 'end' });
    expect((await stream.next()).done).toBe(true);
  });

  const failure = () =>
    new FailedCall(
      new Fault('upstream_rate_limited', 'Zu viele Anfragen ☂', {
        param: 'chat.messages[0]',
        retryAfterMs: 1250,
        cause: new Error('a secret of the upstream'),
      }),
      [makeAttempt({ outcome: 'failed', costPicoUsd: 5n }), makeAttempt({ costPicoUsd: null })],
    );

  test('a failed call tells its fault, and every attempt that it had paid for', async () => {
    const thrown = failure();
    await using side = await connect(fake({ call: () => Promise.reject(thrown) }));
    const caught = await side.port.call(makeModelCall(), never()).catch((error) => error);
    expectFailure(caught, thrown);
  });

  test('a stream that fails gives what it had, then its fault and its attempts', async () => {
    const thrown = failure();
    await using side = await connect(
      fake({
        async *stream() {
          yield { type: 'text-delta', text: 'so ' };
          yield { type: 'text-delta', text: 'far' };
          throw thrown;
        },
      }),
    );
    let text = '';
    const reading = async () => {
      for await (const event of side.port.stream(makeModelCall(), never())) {
        if (event.type === 'text-delta') text += event.text;
      }
    };
    expectFailure(await reading().catch((error) => error), thrown);
    expect(text).toBe('so far');
  });

  test('each kind of fault arrives as itself', async () => {
    await using side = await connect(
      fake({
        async call({ context }) {
          throw new Fault(context.route as FaultKind, `It was ${context.route}.`);
        },
      }),
    );
    for (const kind of Object.keys(FAULTS) as FaultKind[]) {
      const caught = await side.port.call(makeModelCall({ route: kind }), never()).catch((e) => e);
      expect(FailedCall.from(caught).fault).toMatchObject({ kind, message: `It was ${kind}.` });
    }
  });

  test('a call that is given up is cancelled where it is served', async () => {
    const begun = Promise.withResolvers<void>();
    const cancelled = Promise.withResolvers<unknown>();
    await using side = await connect(
      fake({
        async call(_call, signal) {
          begun.resolve();
          return aborted(signal).catch((reason) => {
            cancelled.resolve(reason);
            throw reason;
          });
        },
      }),
    );
    const caller = new AbortController();
    const calling = side.port.call(makeModelCall(), caller.signal).catch((error) => error);
    await begun.promise;
    caller.abort();
    expect(Fault.from(await cancelled.promise).kind).toBe('cancelled');
    expect(FailedCall.from(await calling).fault.kind).toBe('cancelled');
  });

  test('a call that was given up before it began is not made', async () => {
    let calls = 0;
    await using side = await connect(
      fake({
        async call() {
          calls++;
          return makeServed();
        },
        async *stream(_call, signal) {
          signal.throwIfAborted();
          calls++;
          yield { type: 'end', served: makeServed() };
        },
      }),
    );
    const gone = AbortSignal.abort();
    const stream = collected(side.port.stream(makeModelCall(), gone));
    expect(FailedCall.from(await stream.catch((error) => error)).fault.kind).toBe('cancelled');
    expect(calls).toBe(0);
  });

  test('a stream that is given up is cancelled where it is served', async () => {
    const cancelled = Promise.withResolvers<unknown>();
    await using side = await connect(
      fake({
        async *stream(_call, signal) {
          yield { type: 'text-delta', text: 'first' };
          await aborted(signal).catch((reason) => {
            cancelled.resolve(reason);
            throw reason;
          });
        },
      }),
    );
    const caller = new AbortController();
    const stream = side.port.stream(makeModelCall(), caller.signal)[Symbol.asyncIterator]();
    await stream.next();
    const next = stream.next().catch((error) => error);
    caller.abort();
    expect(Fault.from(await cancelled.promise).kind).toBe('cancelled');
    expect(FailedCall.from(await next).fault.kind).toBe('cancelled');
  });

  test('a stream that is left early is closed where it is served', async () => {
    const left = Promise.withResolvers<void>();
    await using side = await connect(
      fake({
        async *stream() {
          try {
            for (;;) {
              yield { type: 'text-delta', text: 'more ' };
              await new Promise((resolve) => setImmediate(resolve));
            }
          } finally {
            left.resolve();
          }
        },
      }),
    );
    for await (const event of side.port.stream(makeModelCall(), never())) {
      expect(event.type).toBe('text-delta');
      break;
    }
    await left.promise;
  });

  test('a call that has succeeded is never told that it was cancelled', async () => {
    const signals: AbortSignal[] = [];
    await using side = await connect(
      fake({
        async call(_call, signal) {
          signals.push(signal);
          return makeServed();
        },
        async *stream(_call, signal) {
          signals.push(signal);
          yield { type: 'end', served: makeServed() };
        },
      }),
    );
    for (let n = 0; n < 20; n++) {
      await side.port.call(makeModelCall(), never());
      await collected(side.port.stream(makeModelCall(), never()));
    }
    expect(signals.filter((signal) => signal.aborted)).toEqual([]);
  });
}

function expectFailure(caught: unknown, thrown: FailedCall): void {
  expect(caught).toBeInstanceOf(FailedCall);
  const { fault, attempts } = FailedCall.from(caught);
  const { kind, message, param, retryAfterMs } = thrown.fault;
  expect(fault).toMatchObject({ kind, message, param, retryAfterMs });
  expect(attempts).toEqual(thrown.attempts);
}

export function fake(parts: Partial<ModelPort>): ModelPort {
  return {
    call: () => Promise.reject(new TypeError('not expected to be called')),
    // biome-ignore lint/correctness/useYield: a stream that only fails
    async *stream() {
      throw new TypeError('not expected to be streamed');
    },
    ...parts,
  };
}

export function makeServed(text = 'It is on its way.'): Served {
  const tokens = [{ token: 'It', logprob: -0.5, top: [{ token: 'It', logprob: -0.5 }] }];
  return {
    reply: makeReply({ text, tokens }),
    tier: 'draft',
    attempts: [makeAttempt()],
    dropped: ['seed'],
  };
}

export function never(): AbortSignal {
  return new AbortController().signal;
}
