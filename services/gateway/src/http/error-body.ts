import type { Fault } from '@weir/core';

/** OpenAI's error envelope; all four fields are required by its schema. */
export function errorBody(fault: Fault): string {
  const { type, code } = fault.row;
  return JSON.stringify({
    error: { message: fault.message, type, param: fault.param ?? null, code },
  });
}

/** The longest wait that OpenAI's SDKs honour; beyond it they would come back at once. */
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * What tells a client whether and when to come back. Weir has done its own retries, so mostly it should not; where a
 * provider said when it will take requests again, that is passed on, for clients that come back all the same.
 */
export function retryHeaders(fault: Fault): Record<string, string> {
  if (fault.row.http < 429 || fault.kind === 'cancelled') return {};
  const { retryAfterMs } = fault;
  const isLong = retryAfterMs !== undefined && retryAfterMs > MAX_RETRY_AFTER_MS;
  const again = fault.row.retry === 'later' && !isLong;
  return {
    ...(!again && { 'x-should-retry': 'false' }),
    ...(retryAfterMs !== undefined &&
      !isLong && {
        'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
        'retry-after-ms': String(Math.ceil(retryAfterMs)),
      }),
  };
}
