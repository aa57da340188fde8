import {
  type Draft,
  FailedCall,
  Fault,
  type ModelCall,
  type Served,
  type ServedEvent,
} from '@weir/core';
import { type Channel, dialDraft, serveDraft } from '@weir/rpc';
import { systemClock } from '@weir/runtime';
import { freePort, makeAttempt, makeModelCall } from '@weir/testkit';
import { describe, expect, test } from 'vitest';
import { aborted } from './aborted.ts';
import { FixtureProcess } from './fixture-process.ts';
import { asDraft, fake, makeServed, never } from './model-port.contract.ts';
import { dial, type LinkOptions, link, MARGIN_MS } from './rpc-link.ts';

describe('a deadline', () => {
  test('is shorter where it is passed on to, by the margin at least', async () => {
    const seen: number[] = [];
    const remaining = ({ context }: ModelCall) =>
      seen.push(context.deadlineAtMs - systemClock.monotonicMs());
    await using wire = await linkDraft({
      call: async (call) => {
        remaining(call);
        return makeServed();
      },
      async *stream(call) {
        remaining(call);
        yield { type: 'end', served: makeServed() };
      },
    });
    const call = makeModelCall({ deadlineAtMs: systemClock.monotonicMs() + 3000 });
    await wire.draft.generate(call, never());
    for await (const _ of wire.draft.stream(call, never()));
    expect(seen).toHaveLength(2);
    for (const remainingMs of seen) {
      expect(remainingMs).toBeLessThanOrEqual(3000 - MARGIN_MS);
      expect(remainingMs).toBeGreaterThan(2000);
    }
  });

  test('that passes aborts the call where it is served, and says what was spent', async () => {
    const spent = makeAttempt({ outcome: 'timed_out' });
    await using wire = await linkDraft({
      async call(_call, signal) {
        const reason = await aborted(signal).catch((error: unknown) => error);
        throw new FailedCall(Fault.from(reason), [spent]);
      },
    });
    const caught = await wire.draft.generate(callWithin(100), never()).catch((e: unknown) => e);
    expect(caught).toMatchObject({ fault: { kind: 'deadline_exceeded' }, attempts: [spent] });
  });

  test('that passes aborts the stream where it is served', async () => {
    const told = Promise.withResolvers<void>();
    await using wire = await linkDraft({
      async *stream(_call, signal) {
        yield { type: 'text-delta', text: 'first' };
        await aborted(signal).catch((reason) => {
          told.resolve();
          throw reason;
        });
      },
    });
    expect(await failureOf(drain(wire.draft.stream(callWithin(100), never())))).toBe(
      'deadline_exceeded',
    );
    await told.promise;
  });

  test('ends the wait for a peer that never answers, and for one that hangs whole', async () => {
    await using peer = new FixtureProcess('rpc-process.ts', []);
    await peer.said('ready');
    using channel = dial(`127.0.0.1:${peer.named('ready')[0]}`);
    const draft = dialDraft(channel);
    await draft.generate(makeModelCall(), never());
    const unanswered = failureOf(draft.generate(callWithin(100, 'hang'), never()));
    expect(await unanswered).toBe('deadline_exceeded');
    await peer.pause();
    expect(await failureOf(draft.generate(callWithin(100), never()))).toBe('deadline_exceeded');
    const stream = draft.stream(callWithin(100), never());
    expect(await failureOf(drain(stream))).toBe('deadline_exceeded');
  });
});

describe('a peer that dies', () => {
  test('fails the calls in progress as unavailable, and serves new ones once it is back', async () => {
    const port = await freePort();
    using channel = dial(`127.0.0.1:${port}`);
    const draft = dialDraft(channel);
    {
      await using peer = new FixtureProcess('rpc-process.ts', [String(port)]);
      await peer.said('ready');
      await draft.generate(makeModelCall(), never());
      const call = failureOf(draft.generate(makeModelCall({ route: 'hang' }), never()));
      const stream = failureOf(drain(draft.stream(makeModelCall({ route: 'hang' }), never())));
      await peer.said('begun', 2);
      await peer.kill();
      expect(await call).toBe('unavailable');
      expect(await stream).toBe('unavailable');
    }
    expect(await failureOf(draft.generate(makeModelCall(), never()))).toBe('unavailable');
    expect(await failureOf(drain(draft.stream(makeModelCall(), never())))).toBe('unavailable');

    await using peer = new FixtureProcess('rpc-process.ts', [String(port)]);
    await peer.said('ready');
    await expect
      .poll(() => failureOf(draft.generate(makeModelCall(), never())), { timeout: 10_000 })
      .toBe(undefined);
    await channel.ready(5000);
    expect(await failureOf(drain(draft.stream(makeModelCall(), never())))).toBe(undefined);
  });
});

describe('calls that share a stream', () => {
  test('get each its own answer, in whatever order the answers come', async () => {
    const waiting = new Map<string, (served: Served) => void>();
    await using wire = await linkDraft({
      call: ({ context }) =>
        new Promise((resolve) => {
          waiting.set(context.requestId, resolve);
          if (waiting.size < 200) return;
          for (const [id, answer] of [...waiting].toReversed()) answer(makeServed(id));
        }),
    });
    const calls = Array.from({ length: 200 }, () => makeModelCall());
    const answers = await Promise.all(calls.map((call) => wire.draft.generate(call, never())));
    expect(answers.map(({ reply }) => reply.text)).toEqual(
      calls.map(({ context }) => context.requestId),
    );
  });

  test('do not suffer when others among them fail or are given up', async () => {
    await using wire = await linkDraft({
      async call({ context }, signal) {
        if (context.route === 'fail') throw new Fault('upstream_invalid', 'It failed.');
        if (context.route === 'wait') return aborted(signal);
        await new Promise((resolve) => setImmediate(resolve));
        return makeServed(context.requestId);
      },
    });
    const caller = new AbortController();
    const calls = Array.from({ length: 150 }, (_, n) =>
      makeModelCall({ route: ['fine', 'fail', 'wait'][n % 3] ?? '' }),
    );
    const outcomes = calls.map((call) =>
      wire.draft.generate(call, call.context.route === 'wait' ? caller.signal : never()).then(
        ({ reply }) => reply.text,
        (error) => FailedCall.from(error).fault.kind,
      ),
    );
    await Promise.all(outcomes.filter((_outcome, n) => n % 3 !== 2));
    caller.abort();
    const expected = { fine: '', fail: 'upstream_invalid', wait: 'cancelled' };
    expect(await Promise.all(outcomes)).toEqual(
      calls.map(({ context: { route, requestId } }) =>
        route === 'fine' ? requestId : expected[route as keyof typeof expected],
      ),
    );
  });

  test.each([
    ['calling', { maxCallsPerStream: 8 }],
    ['serving', { server: { maxCallsPerStream: 8 } }],
  ])('are refused as overload when they are too many for the %s side', async (_side, options) => {
    const gate = Promise.withResolvers<void>();
    await using wire = await linkDraft(
      { call: () => gate.promise.then(() => makeServed()) },
      options,
    );
    const outcomes = Array.from({ length: 12 }, () =>
      failureOf(wire.draft.generate(makeModelCall(), never())).finally(() => settled++),
    );
    let settled = 0;
    await expect.poll(() => settled).toBe(4);
    gate.resolve();
    const kinds = await Promise.all(outcomes);
    expect(kinds.filter((kind) => kind === 'overloaded')).toHaveLength(4);
    expect(kinds.filter((kind) => kind === undefined)).toHaveLength(8);
    // There is room again.
    expect(await failureOf(wire.draft.generate(makeModelCall(), never()))).toBe(undefined);
  });

  test('may together be larger than a message may be', async () => {
    const maxMessageBytes = 64 * 1024;
    const limits = { maxMessageBytes, server: { maxMessageBytes } };
    await using wire = await linkDraft(
      { call: async ({ chat }) => makeServed(String(chat.messages[0]?.content)) },
      limits,
    );
    const calls = Array.from({ length: 40 }, (_, n) => sized(20_000, String(n % 10)));
    const answers = await Promise.all(calls.map((call) => wire.draft.generate(call, never())));
    expect(answers.map(({ reply }) => reply.text)).toEqual(
      calls.map(({ chat }) => chat.messages[0]?.content),
    );
  });

  test.each(['question', 'answer'])(
    'do not suffer when the %s of one is too large',
    async (what) => {
      const maxMessageBytes = 64 * 1024;
      const limits = { maxMessageBytes, server: { maxMessageBytes } };
      await using wire = await linkDraft(
        {
          async call({ context }) {
            await new Promise((resolve) => setImmediate(resolve));
            return makeServed(context.route === 'answer' ? 'x'.repeat(100_000) : 'fine');
          },
        },
        limits,
      );
      const large = what === 'question' ? sized(100_000) : makeModelCall({ route: 'answer' });
      const calls = [makeModelCall(), large, makeModelCall()];
      const kinds = calls.map((call) => failureOf(wire.draft.generate(call, never())));
      expect(await Promise.all(kinds)).toEqual([undefined, 'payload_too_large', undefined]);
      if (what === 'question') {
        expect(await failureOf(drain(wire.draft.stream(large, never())))).toBe('payload_too_large');
      }
    },
  );

  test('that were given up before they were sent are not served', async () => {
    const served: string[] = [];
    await using wire = await linkDraft({
      async call({ context }) {
        served.push(context.route);
        return makeServed();
      },
    });
    const caller = new AbortController();
    const first = failureOf(wire.draft.generate(makeModelCall({ route: 'a' }), caller.signal));
    caller.abort();
    expect(await first).toBe('cancelled');
    await wire.draft.generate(makeModelCall({ route: 'b' }), never());
    expect(served).toEqual(['b']);
  });
});

describe('a stream', () => {
  test('whose reader is slow is not made faster than it is read', async () => {
    let made = 0;
    await using wire = await linkDraft({
      async *stream(_call, signal) {
        while (!signal.aborted) {
          made++;
          yield { type: 'text-delta', text: 'x'.repeat(200) };
        }
      },
    });
    const stream = wire.draft.stream(makeModelCall(), never());
    let read = 0;
    let before = -1;
    for await (const _event of stream) {
      // It has stopped making more when a while of the loop brings nothing new.
      if (read++ === 0) {
        for (let turns = 0; turns < 50 || before !== made; turns++) {
          if (turns % 50 === 0) before = made;
          await new Promise((resolve) => setImmediate(resolve));
        }
        break;
      }
    }
    expect(made).toBeLessThan(20_000);
  });

  test('of two thousand pieces arrives whole, many times over, at once', async () => {
    const events: ServedEvent[] = Array.from({ length: 2000 }, (_, n) => ({
      type: 'text-delta',
      text: `${n},`,
    }));
    await using wire = await linkDraft({
      async *stream({ context }) {
        for (const [n, event] of events.entries()) {
          if (n % 97 === 0) await new Promise((resolve) => setImmediate(resolve));
          yield event;
        }
        yield { type: 'end', served: makeServed(context.requestId) };
      },
    });
    const calls = Array.from({ length: 10 }, () => makeModelCall());
    await Promise.all(
      calls.map(async (call) => {
        let text = '';
        for await (const event of wire.draft.stream(call, never())) {
          if (event.type === 'text-delta') text += event.text;
          if (event.type === 'end') expect(event.served.reply.text).toBe(call.context.requestId);
        }
        expect(text).toBe(events.map((event) => (event as { text: string }).text).join(''));
      }),
    );
  });
});

describe('a failure that nobody classified', () => {
  test.each([
    ['a call', (draft: Draft) => draft.generate(makeModelCall(), never())],
    ['a stream', (draft: Draft) => drain(draft.stream(makeModelCall(), never()))],
  ])('in %s tells the caller nothing, and the log everything', async (_name, attempt) => {
    const secret = new Error('password=hunter2');
    await using wire = await linkDraft({
      call: () => Promise.reject(secret),
      // biome-ignore lint/correctness/useYield: a stream that only fails
      async *stream() {
        throw secret;
      },
    });
    const caught = FailedCall.from(await attempt(wire.draft).catch((error) => error));
    expect(caught.fault).toMatchObject({
      kind: 'internal',
      message: 'An internal error occurred.',
    });
    expect(wire.internal.map(({ cause }) => cause)).toEqual([secret]);
  });
});

describe('draining', () => {
  test('lets calls and streams end, refuses new ones, and is then over at once', async () => {
    const gate = Promise.withResolvers<void>();
    const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    await using wire = await linkDraft({
      async call({ context }) {
        begun[0].resolve();
        await gate.promise;
        return makeServed(context.requestId);
      },
      async *stream() {
        begun[1].resolve();
        yield { type: 'text-delta', text: 'first' };
        await gate.promise;
        yield { type: 'end', served: makeServed() };
      },
    });
    const call = failureOf(wire.draft.generate(makeModelCall(), never()));
    const stream = failureOf(drain(wire.draft.stream(makeModelCall(), never())));
    await Promise.all(begun.map(({ promise }) => promise));
    let drained = false;
    const draining = wire.server.drain(30_000).then(() => {
      drained = true;
    });
    expect(await failureOf(wire.draft.generate(makeModelCall(), never()))).toBe('unavailable');
    expect(drained).toBe(false);
    gate.resolve();
    expect(await call).toBe(undefined);
    expect(await stream).toBe(undefined);
    await draining;
  }, 10_000);

  test('is over at once when nothing is in progress', async () => {
    await using wire = await linkDraft({ call: async () => makeServed() });
    await wire.draft.generate(makeModelCall(), never());
    await wire.server.drain(30_000);
  }, 10_000);

  test('ends what has not ended when its time is up', async () => {
    const begun = Promise.withResolvers<void>();
    await using wire = await linkDraft({
      call: () => {
        begun.resolve();
        return new Promise(() => {});
      },
      async *stream() {
        yield { type: 'text-delta', text: 'first' };
        await new Promise(() => {});
      },
    });
    const call = failureOf(wire.draft.generate(makeModelCall(), never()));
    const stream = wire.draft.stream(makeModelCall(), never())[Symbol.asyncIterator]();
    await stream.next();
    await begun.promise;
    await wire.server.drain(50);
    expect(await call).toBe('unavailable');
    expect(await failureOf(stream.next())).toBe('unavailable');
  });
});

async function linkDraft(parts: Parameters<typeof fake>[0], options: LinkOptions = {}) {
  const served = asDraft(fake(parts));
  const wire = await link((server) => serveDraft(server, served, systemClock), options);
  const channel: Channel = wire.channel;
  return Object.assign(wire, { draft: dialDraft(channel) });
}

function callWithin(ms: number, route = 'support'): ModelCall {
  return makeModelCall({ route, deadlineAtMs: systemClock.monotonicMs() + ms + MARGIN_MS });
}

function sized(bytes: number, letter = 'x'): ModelCall {
  return makeModelCall({}, { messages: [{ role: 'user', content: letter.repeat(bytes) }] });
}

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _event of events);
}

/** The kind of its fault, or undefined when it went well. */
async function failureOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return FailedCall.from(error).fault.kind;
  }
}
