import type { MethodDefinition } from '@grpc/grpc-js';

/** A method as ts-proto generates it: its path, and both messages' codecs. */
export type Method<Req, Res> = Pick<
  MethodDefinition<Req, Res>,
  'path' | 'requestSerialize' | 'requestDeserialize' | 'responseSerialize' | 'responseDeserialize'
>;

/** What a handler may know of its caller. */
export interface CallInfo {
  /** Aborts when the caller gives up, its deadline passes or its connection breaks. */
  readonly signal: AbortSignal;
  readonly authorization: string | undefined;
  readonly traceparent: string | undefined;
  /** What of the caller's deadline is left; undefined when it set none. */
  readonly remainingMs: number | undefined;
  /** Sends metadata ahead of the answer, once; what is multiplexed has none. */
  readonly tell?: ((notices: Readonly<Record<string, string>>) => void) | undefined;
}

export type Unary<Req, Res> = (request: Req, info: CallInfo) => Promise<Res>;
export type ServerStream<Req, Res> = (request: Req, info: CallInfo) => AsyncIterable<Res>;
