import { type ChatReply, Fault } from '@weir/core';
import type { ProviderReply } from './adapter.ts';

type Told = Omit<ProviderReply, 'reply'>;

/** A whole reply that is no answer, though it was made: what it told of itself, since it is charged all the same. */
export class BrokenReply extends Fault {
  readonly told: Told;

  constructor({ kind, message, param, retryAfterMs, cause }: Fault, told: Told) {
    super(kind, message, { param, retryAfterMs, cause });
    this.told = told;
  }
}

/** A reply beside what was told of it, which outlives it where `read` finds that it is none. */
export function replyWith(told: Told, read: () => ChatReply): ProviderReply {
  let reply: ChatReply;
  try {
    reply = read();
  } catch (error) {
    throw new BrokenReply(Fault.from(error), told);
  }
  return { reply, ...told };
}
