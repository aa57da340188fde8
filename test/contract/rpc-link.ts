import type { Fault } from '@weir/core';
import { Channel, type ChannelOptions, RpcServer, type RpcServerOptions } from '@weir/rpc';
import { systemClock } from '@weir/runtime';

export const MARGIN_MS = 20;

/** A server on a real loopback socket and a channel to it. */
export interface Link extends AsyncDisposable {
  readonly address: string;
  readonly channel: Channel;
  readonly server: RpcServer;
  /** Faults that nobody had classified. */
  readonly internal: readonly Fault[];
}

export interface LinkOptions extends Partial<ChannelOptions> {
  readonly server?: Partial<RpcServerOptions>;
}

export async function link(
  serve: (server: RpcServer) => void,
  options: LinkOptions = {},
): Promise<Link> {
  const internal: Fault[] = [];
  const server = new RpcServer({
    clock: systemClock,
    maxMessageBytes: 4 * 1024 * 1024,
    maxCallsPerStream: 1000,
    onInternal: (fault) => void internal.push(fault),
    ...options.server,
  });
  serve(server);
  const port = await server.listen('127.0.0.1:0');
  server.setServing(true);
  const address = `127.0.0.1:${port}`;
  const channel = dial(address, options);
  return {
    address,
    channel,
    server,
    internal,
    async [Symbol.asyncDispose]() {
      channel[Symbol.dispose]();
      await server.drain(0);
    },
  };
}

export function dial(address: string, options: Partial<ChannelOptions> = {}): Channel {
  return new Channel(address, {
    clock: systemClock,
    maxMessageBytes: 4 * 1024 * 1024,
    maxCallsPerStream: 1000,
    deadlineMarginMs: MARGIN_MS,
    defaultTimeoutMs: 5000,
    keepaliveMs: 30_000,
    ...options,
  });
}
