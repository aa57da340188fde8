import { systemClock } from '@weir/runtime';
import { UsageError } from './command.ts';

/** A day or an instant on the command line, in UTC; now, where there is none. */
export function instantOf(option: string, text: string | undefined): number {
  if (text === undefined) return systemClock.nowMs();
  const isDate = /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(text);
  const atMs = isDate ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw new UsageError(`--${option} takes a day or an instant in UTC, not "${text}"`);
  }
  return atMs;
}
