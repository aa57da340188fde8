import type { Retirement } from '@weir/core';
import type { Dialect } from '@weir/providers';
import type { Authorize } from './authorize.ts';
import type { BreakerOptions } from './breaker.ts';
import type { UnsupportedParameters } from './dropped.ts';

export interface Timeouts {
  readonly connectMs: number;
  /** Until the first piece of the answer; for a call that does not stream, until all of it. */
  readonly firstTokenMs: number;
  /** Between one piece and the next. */
  readonly idleMs: number;
  readonly totalMs: number;
}

/** One model at one provider: everything that a call to it needs. Comes from the config, never from a request. */
export interface Deployment {
  /** `provider/model`. */
  readonly name: string;
  readonly provider: string;
  readonly model: string;
  readonly dialect: Dialect;
  readonly baseUrl: string;
  /** Authorisation and the like. Secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** For credentials that expire or sign; absent where the headers say it all. */
  readonly authorize?: Authorize | undefined;
  readonly timeouts: Timeouts;
  readonly breaker: BreakerOptions;
  readonly maxConnections: number;
  readonly maxReplyBytes: number;
  /** Sent when the caller named none, because an engine without a limit may never stop; and the most it may name. */
  readonly maxOutputTokens: number;
  readonly unsupportedParameters: UnsupportedParameters;
  /** Of a call that nobody waits for any more: ended, or heard out for its usage. */
  readonly onCancel: 'abort' | 'drain';
  /** What moves the price of every call and no reply says. */
  readonly conditions?: Readonly<Record<string, string>> | undefined;
  /** From its day on the model is not asked any more. */
  readonly retirement?: Retirement | undefined;
}
