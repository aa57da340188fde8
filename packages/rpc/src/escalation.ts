import { EscalationService as definition } from '@weir/contracts';
import type { Clock, Escalation } from '@weir/core';
import { modelCallFromWire, modelCallToWire, servedFromWire, servedToWire } from '@weir/wire';
import type { Channel } from './channel.ts';
import { fromMessages, toMessages } from './served-stream.ts';
import { type RpcServer, stream, unary } from './server.ts';

/** Both ends of the escalation's wire: `dialEscalation(address)` is the escalation that `serveEscalation` put there. */
export function serveEscalation(server: RpcServer, escalation: Escalation, clock: Clock): void {
  const escalate = unary(definition.escalate, async ({ call }, { signal }) => {
    const served = await escalation.escalate(modelCallFromWire(call, clock.monotonicMs()), signal);
    return { served: servedToWire(served) };
  });
  const streamEscalate = stream(definition.streamEscalate, ({ call }, { signal }) =>
    toMessages(escalation.stream(modelCallFromWire(call, clock.monotonicMs()), signal)),
  );
  server.add(definition, { unary: [escalate], streams: [streamEscalate] }, true);
}

export function dialEscalation(channel: Channel): Escalation {
  return {
    async escalate(call, signal) {
      const remainingMs = channel.remainingMs(call.context.deadlineAtMs);
      const request = { call: modelCallToWire(call, remainingMs) };
      const { served } = await channel.call(definition.escalate, request, signal, remainingMs);
      return servedFromWire(served);
    },
    stream(call, signal) {
      const remainingMs = channel.remainingMs(call.context.deadlineAtMs);
      const request = { call: modelCallToWire(call, remainingMs) };
      return fromMessages(channel.stream(definition.streamEscalate, request, signal, remainingMs));
    },
  };
}
