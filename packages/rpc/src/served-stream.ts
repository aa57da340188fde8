import type { ServedEvent as WireEvent } from '@weir/contracts';
import type { ServedEvent } from '@weir/core';
import { servedEventFromWire, servedEventToWire } from '@weir/wire';
import { gathered } from './batched.ts';

/** Pieces that are ready together travel together; a message costs more than what is in it. */
const MAX_AHEAD = 64;

export async function* toMessages(
  events: AsyncIterable<ServedEvent>,
): AsyncGenerator<{ events: WireEvent[] }, void, undefined> {
  for await (const ready of gathered(events, MAX_AHEAD)) {
    yield { events: ready.map(servedEventToWire) };
  }
}

export async function* fromMessages(
  messages: AsyncIterable<{ readonly events: readonly WireEvent[] }>,
): AsyncGenerator<ServedEvent, void, undefined> {
  for await (const { events } of messages) {
    for (const event of events) {
      const served = servedEventFromWire(event);
      if (served) yield served;
    }
  }
}
