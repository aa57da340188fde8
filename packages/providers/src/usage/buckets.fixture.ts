import { type Usage, UsageError, type UsageReport } from '@weir/core';

/** Uncached, read from cache, written to it for five minutes, an hour, otherwise; output, reasoning. */
export function bucketsOf({ usage }: { readonly usage: Usage }): number[] {
  return [
    usage.inputTokens,
    usage.cacheReadTokens,
    usage.cacheWrite5mTokens,
    usage.cacheWrite1hTokens,
    usage.cacheWriteOtherTokens,
    usage.outputTokens,
    usage.reasoningTokens,
  ];
}

/** The code of the usage error that it throws; anything else that it throws goes on. */
export function refusalOf(read: () => UsageReport): string {
  try {
    read();
  } catch (error) {
    if (error instanceof UsageError) return error.code;
    throw error;
  }
  return 'none';
}
