import type { Clock } from '@weir/core';

/** The machine's clock; the one place that reads it. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
