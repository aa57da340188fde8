import { DraftService as definition } from '@weir/contracts';
import type { Clock, Draft } from '@weir/core';
import { modelCallFromWire, modelCallToWire, servedFromWire, servedToWire } from '@weir/wire';
import type { Channel } from './channel.ts';
import { fromMessages, toMessages } from './served-stream.ts';
import { type RpcServer, stream, unary } from './server.ts';

/** Both ends of the draft's wire: `dialDraft(address)` is the draft that `serveDraft` put there. */
export function serveDraft(server: RpcServer, draft: Draft, clock: Clock): void {
  const generate = unary(definition.generate, async ({ call }, { signal }) => {
    const served = await draft.generate(modelCallFromWire(call, clock.monotonicMs()), signal);
    return { served: servedToWire(served) };
  });
  const streamGenerate = stream(definition.streamGenerate, ({ call }, { signal }) =>
    toMessages(draft.stream(modelCallFromWire(call, clock.monotonicMs()), signal)),
  );
  server.add(definition, { unary: [generate], streams: [streamGenerate] }, true);
}

export function dialDraft(channel: Channel): Draft {
  return {
    async generate(call, signal) {
      const remainingMs = channel.remainingMs(call.context.deadlineAtMs);
      const request = { call: modelCallToWire(call, remainingMs) };
      const { served } = await channel.call(definition.generate, request, signal, remainingMs);
      return servedFromWire(served);
    },
    stream(call, signal) {
      const remainingMs = channel.remainingMs(call.context.deadlineAtMs);
      const request = { call: modelCallToWire(call, remainingMs) };
      return fromMessages(channel.stream(definition.streamGenerate, request, signal, remainingMs));
    },
  };
}
