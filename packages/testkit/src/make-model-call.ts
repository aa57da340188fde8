import type { CallContext, ChatRequest, ModelCall } from '@weir/core';
import { systemClock } from '@weir/runtime';
import { makeChat } from './make-chat.ts';

let made = 0;

/** A call with ten seconds left on the system's clock. */
export function makeModelCall(
  context: Partial<CallContext> = {},
  chat: Partial<ChatRequest> = {},
): ModelCall {
  return {
    context: {
      requestId: `call_${++made}`,
      tenant: 'acme',
      keyId: 'key-1',
      route: 'support',
      deadlineAtMs: systemClock.monotonicMs() + 10_000,
      attemptsLeft: 4,
      tags: {},
      ...context,
    },
    chat: makeChat(chat),
  };
}
