import type { Config } from '@weir/config';
import { Channel } from '@weir/rpc';
import { systemClock } from '@weir/runtime';

/** A channel to another service, within the configured limits. */
export function openChannel(address: string, { limits }: Config): Channel {
  return new Channel(address, {
    clock: systemClock,
    maxMessageBytes: limits.rpcMaxMessageBytes,
    maxCallsPerStream: limits.rpcMaxCallsPerStream,
    deadlineMarginMs: limits.rpcDeadlineMarginMs,
    defaultTimeoutMs: limits.rpcDefaultTimeoutMs,
    keepaliveMs: limits.rpcKeepaliveMs,
  });
}
