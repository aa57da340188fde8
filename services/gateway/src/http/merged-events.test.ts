import type { InferenceEvent } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ChoiceEvent, mergedEvents } from './merged-events.ts';

function said(text: string): InferenceEvent {
  return { type: 'text-delta', text };
}

const giveNothingUp = () => {};

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Watched {
  readonly stream: AsyncIterable<InferenceEvent>;
  left: boolean;
}

/** A stream of these texts that notes when it is left; `waits` says after how many turns each comes. */
function streamOf(texts: readonly string[], waits: readonly number[] = []): Watched {
  const watched: Watched = { stream: events(), left: false };
  async function* events() {
    try {
      for (const [index, text] of texts.entries()) {
        for (let turn = 0; turn < (waits[index] ?? 0); turn++) await tick();
        yield said(text);
      }
    } finally {
      watched.left = true;
    }
  }
  return watched;
}

async function collected(streams: readonly Watched[]): Promise<ChoiceEvent[]> {
  const events: ChoiceEvent[] = [];
  for await (const event of mergedEvents(
    streams.map(({ stream }) => stream),
    giveNothingUp,
  ))
    events.push(event);
  return events;
}

test('every event of every choice comes once, under its choice, in its order', async () => {
  const texts = fc.array(fc.string(), { maxLength: 4 });
  const waits = fc.array(fc.nat({ max: 3 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(texts, waits), { minLength: 1, maxLength: 4 }),
      async (choices) => {
        const events = await collected(choices.map(([said, after]) => streamOf(said, after)));
        for (const [choice, [said]] of choices.entries()) {
          const own = events.filter((event) => event.choice === choice);
          expect(own.map(({ event }) => event)).toEqual(
            said.map((text) => ({ type: 'text-delta', text })),
          );
        }
        expect(events).toHaveLength(choices.flatMap(([said]) => said).length);
      },
    ),
    { numRuns: 50 },
  );
});

test('a slow choice does not hold back a fast one', async () => {
  const events = await collected([streamOf(['slow'], [20]), streamOf(['a', 'b', 'c'])]);
  expect(events.map(({ choice }) => choice)).toEqual([1, 1, 1, 0]);
});

test('leaving early leaves every choice', async () => {
  const streams = [streamOf(['a', 'b']), streamOf(['c', 'd'])];
  for await (const _event of mergedEvents(
    streams.map(({ stream }) => stream),
    giveNothingUp,
  ))
    break;
  expect(streams.map(({ left }) => left)).toEqual([true, true]);
});

test('a choice that fails ends the whole with its failure, and the others are left', async () => {
  const broken: AsyncIterable<InferenceEvent> = {
    async *[Symbol.asyncIterator]() {
      yield said('half');
      throw new Error('cut');
    },
  };
  const other = streamOf(['a', 'b', 'c'], [0, 5, 5]);
  const reading = (async () => {
    for await (const _event of mergedEvents([broken, other.stream], giveNothingUp)) {
      // Read on, until the failure.
    }
  })();
  await expect(reading).rejects.toThrow('cut');
  expect(other.left).toBe(true);
});

test('a choice that is waited for is given up when another fails', async () => {
  const given = Promise.withResolvers<never>();
  async function* hanging(): AsyncGenerator<InferenceEvent> {
    yield await given.promise;
  }
  async function* broken(): AsyncGenerator<InferenceEvent> {
    yield said('half');
    throw new Error('cut');
  }
  const giveUp = () => given.reject(new Error('given up'));
  const reading = Array.fromAsync(mergedEvents([hanging(), broken()], giveUp));
  await expect(reading).rejects.toThrow('cut');
});

test('one choice alone is passed through, its failure too', async () => {
  expect(await collected([streamOf(['a', 'b'])])).toEqual([
    { choice: 0, event: said('a') },
    { choice: 0, event: said('b') },
  ]);
});
