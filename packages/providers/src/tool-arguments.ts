import { isShallow } from '@weir/core';
import { refused } from './fault-message.ts';

/** A call's arguments, for protocols that want them parsed. A call without any may come as an empty text. */
export function argumentsIn(text: string, param: string): unknown {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !isShallow(value)) {
    throw refused(param, 'must be a JSON object for this provider, and not a deep one');
  }
  return value;
}
