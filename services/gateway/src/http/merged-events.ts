import type { InferenceEvent } from '@weir/core';

export interface ChoiceEvent {
  readonly choice: number;
  readonly event: InferenceEvent;
}

/**
 * The events of several choices in the order in which they come. Leaving early leaves every choice; `giveUp` is to end
 * those that are being waited for, since they cannot be left before their next event.
 */
export async function* mergedEvents(
  streams: readonly AsyncIterable<InferenceEvent>[],
  giveUp: () => void,
): AsyncGenerator<ChoiceEvent, void, undefined> {
  const [only] = streams;
  if (only && streams.length === 1) {
    for await (const event of only) yield { choice: 0, event };
    return;
  }
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  const steps = new Map(iterators.map((_iterator, choice) => [choice, step(iterators, choice)]));
  try {
    while (steps.size > 0) {
      const { choice, result } = await Promise.race(steps.values());
      if (result.done) steps.delete(choice);
      else {
        yield { choice, event: result.value };
        steps.set(choice, step(iterators, choice));
      }
    }
  } finally {
    giveUp();
    // A choice that failed ends the others; their own failures are then of no interest.
    for (const pending of steps.values()) pending.catch(() => {});
    await Promise.allSettled(iterators.map((iterator) => iterator.return?.()));
  }
}

async function step(iterators: readonly AsyncIterator<InferenceEvent>[], choice: number) {
  const iterator = iterators[choice] as AsyncIterator<InferenceEvent>;
  return { choice, result: await iterator.next() };
}
