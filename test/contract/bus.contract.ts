import {
  type EventBatch,
  type EventBus,
  eventIdOf,
  eventText,
  Fault,
  type LedgerEvent,
} from '@weir/core';
import { makeAttempt, makeDraftLabelled, makeJudgement, makeRequestCompleted } from '@weir/testkit';
import { expect, test } from 'vitest';
import { Reader } from './reader.ts';

/** What every event bus promises to the journal's relay and to the ledger. `open` gives one that is empty. */
export function busContract(open: () => Promise<EventBus & AsyncDisposable>): void {
  test('everything published reaches the reader, as it was', async () => {
    await using bus = await open();
    const reader = new Reader();
    await using _reading = await bus.consume(reader.handle);
    const events = Array.from({ length: 100 }, (_, n): LedgerEvent => {
      const judgement = n % 8 === 2 ? makeJudgement() : null;
      if (n % 4 === 0) return makeDraftLabelled({ tags: { 'naïve ☂': 'yes' }, draftRight: null });
      if (n % 2 === 0) {
        return makeRequestCompleted({ confidence: null, fault: 'internal', judgement });
      }
      return makeAttempt({
        tenant: n % 3 === 0 ? 'a.b c*>' : '',
        costPicoUsd: n % 5 === 0 ? null : 2n ** 63n - 1n,
        tags: { 'naïve ☂': 'yes', empty: '' },
      });
    });
    const batches = [
      events.slice(0, 1),
      eventText(events.slice(1, 40)),
      [],
      eventText([]),
      events.slice(40),
    ];
    await Promise.all(batches.map((batch) => publishUntilTaken(bus, batch)));
    await reader.has(events.map(eventIdOf));
    for (const event of events) expect(reader.bodyOf(event)).toEqual(event);
  });

  test.each([
    ['an outage', new Fault('ledger_unavailable', 'The ledger is away.')],
    ['an error', new Error('no idea')],
  ])('events whose reader fails with %s come again', async (_name, error) => {
    await using bus = await open();
    const reader = new Reader();
    let failures = 2;
    await using _reading = await bus.consume(async (events) => {
      if (failures-- > 0) throw error;
      await reader.handle(events);
    });
    const events = [makeAttempt(), makeAttempt(), makeAttempt()];
    await publishUntilTaken(bus, events);
    await reader.has(events.map(eventIdOf));
  });

  test('a batch counts as done only when its reader is done', async () => {
    await using bus = await open();
    const reader = new Reader();
    const event = makeAttempt();
    const stopped = Promise.withResolvers<void>();
    const reading = await bus.consume(async () => {
      stopped.resolve();
      throw new Fault('ledger_unavailable', 'The ledger stops in the midst of it.');
    });
    const publishing = publishUntilTaken(bus, [event]);
    await stopped.promise;
    await reading[Symbol.asyncDispose]();
    await using _again = await bus.consume(reader.handle);
    await publishing;
    await reader.has([eventIdOf(event)]);
  });
}

/** As the relay does it: what was not accepted is published again. */
export async function publishUntilTaken(bus: EventBus, events: EventBatch): Promise<void> {
  for (;;) {
    try {
      await bus.publish(events);
      return;
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
