import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eventIdOf, type LedgerEvent } from '@weir/core';
import { Relay } from '@weir/journal';
import { makeAttempt, makeOpened, makeRequestCompleted } from '@weir/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FickleBus, path, relaying, restartAndRelay, start, useJournals } from './journals.ts';

useJournals();

/** Large beside all else that a test keeps in buffers. */
const EVENT_BYTES = 50_000;

describe('the relay', () => {
  test('hands events to the bus in the order in which they happened', async () => {
    const { journal } = await start();
    const bus = new FickleBus();
    await using relay = new Relay(journal, bus, relaying());
    const events: LedgerEvent[] = [];
    for (let n = 0; n < 400; n++) {
      const attempt = makeAttempt();
      await (n % 50 === 0 ? journal.open(attempt) : undefined);
      journal.settle(attempt);
      const completed = makeRequestCompleted({ requestId: attempt.requestId });
      journal.record(completed);
      events.push(attempt, completed);
    }
    await relay.drain(10_000);
    expect(bus.accepted).toEqual(events);
    expect(journal.waitingEvents).toBe(0);
    await journal[Symbol.asyncDispose]();
    expect((await restartAndRelay()).events).toEqual([]);
  });

  test('loses nothing while the bus is away, and keeps only so many events in memory', async () => {
    const { journal } = await start({ maxBufferedEvents: 20, maxSegmentBytes: 1 << 24 });
    const bus = new FickleBus();
    bus.away = true;
    await using relay = new Relay(journal, bus, relaying({ batchEvents: 10 }));
    const ids: string[] = [];
    collectGarbage();
    const bytesBefore = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 300; n++) {
      const attempt = makeAttempt({ tags: { large: 'x'.repeat(EVENT_BYTES) } });
      ids.push(attempt.attemptId);
      journal.settle(attempt);
      // In a batch of its own: the commit that this waits for takes it along.
      await journal.open(makeOpened());
    }
    await bus.refused(3);
    collectGarbage();
    const keptEvents = (process.memoryUsage().arrayBuffers - bytesBefore) / EVENT_BYTES;
    // Those in memory, and the batch that the relay is trying, which it reads anew for every try: 30, and as many again
    // that no collection may have come to yet. Without the limit it would be all of them.
    expect(keptEvents).toBeLessThan(300 / 3);
    expect(journal.waitingEvents).toBe(300);

    bus.away = false;
    await bus.took(100);
    const late = makeAttempt();
    journal.settle(late);
    await relay.drain(10_000);
    expect(bus.accepted.map(eventIdOf)).toEqual([...ids, late.attemptId]);
    await journal[Symbol.asyncDispose]();
  });

  test('delivers every event once and in order, whatever the bus and the traffic do', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(anyTraffic, async ({ bursts, batchEvents, maxBufferedEvents }) => {
        const { journal } = await start({ path: path(`run-${++run}.db`), maxBufferedEvents });
        const bus = new FickleBus();
        await using relay = new Relay(journal, bus, relaying({ batchEvents, retryMinMs: 0 }));
        const ids: string[] = [];
        for (const { count, away, pause } of bursts) {
          bus.away = away;
          for (let n = 0; n < count; n++) {
            const attempt = makeAttempt();
            ids.push(attempt.attemptId);
            journal.settle(attempt);
            if (pause === 'between') await new Promise((resolve) => setImmediate(resolve));
          }
          if (pause === 'commit') await journal.open(makeOpened({ attemptId: 'open' }));
        }
        bus.away = false;
        await relay.drain(10_000);
        expect(bus.accepted.map(eventIdOf)).toEqual(ids);
        await journal[Symbol.asyncDispose]();
      }),
      { numRuns: 40 },
    );
  });

  test('sends a batch again when its acceptance is not certain', async () => {
    const { journal } = await start();
    const bus = new FickleBus();
    bus.forgetful = 1;
    await using relay = new Relay(journal, bus, relaying());
    const event = makeAttempt();
    journal.settle(event);
    await relay.drain(10_000);
    expect(bus.accepted).toEqual([event, event]);
    await journal[Symbol.asyncDispose]();
  });

  test('drains what was settled a moment ago', async () => {
    const { journal } = await start();
    const bus = new FickleBus();
    await using relay = new Relay(journal, bus, relaying());
    const first = makeAttempt();
    journal.settle(first);
    await bus.took(1);
    // The relay now waits for the next commit.
    await journal.open(makeOpened());
    const last = makeAttempt();
    journal.settle(last);
    await relay.drain(10_000);
    expect(bus.accepted).toEqual([first, last]);
    await journal[Symbol.asyncDispose]();
  });

  test('gives up draining in time, and leaves the rest to the next process', async () => {
    const { journal } = await start();
    const bus = new FickleBus();
    bus.away = true;
    const events = [makeAttempt(), makeRequestCompleted()];
    {
      await using relay = new Relay(journal, bus, relaying({ retryMinMs: 5, retryMaxMs: 60_000 }));
      for (const event of events) journal.record(event);
      await relay.drain(50);
    }
    await journal[Symbol.asyncDispose]();
    expect(bus.accepted).toEqual([]);
    expect((await restartAndRelay()).events).toEqual(events);
  });

  test('ends with its scope, even when the journal has ended before it', async () => {
    const { journal } = await start({ maxBufferedEvents: 0 });
    const bus = new FickleBus();
    bus.away = true;
    await using relay = new Relay(journal, bus, relaying({ batchEvents: 1 }));
    journal.record(makeRequestCompleted());
    journal.record(makeRequestCompleted());
    await bus.refused(1);
    await journal[Symbol.asyncDispose]();
    bus.away = false;
    await bus.took(1);
    await relay.drain(50);
  });
});

const anyTraffic = fc.record({
  batchEvents: fc.integer({ min: 1, max: 8 }),
  maxBufferedEvents: fc.nat(6),
  bursts: fc.array(
    fc.record({
      count: fc.nat(12),
      away: fc.boolean(),
      pause: fc.constantFrom('none', 'between', 'commit'),
    }),
    { maxLength: 8 },
  ),
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
