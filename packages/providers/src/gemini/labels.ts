import type { Json } from '@weir/core';

type Labels = Readonly<Record<string, string>>;

const MAX_LABELS = 64;
const KEY = /^[a-z][a-z0-9_-]{0,62}$/;
const VALUE = /^[a-z0-9_-]{0,63}$/;

/**
 * OpenAI's `metadata` as the labels by which Google divides a bill; undefined where they are none, since labels are
 * lower case and short, and a call with one that is not is refused.
 */
export function labelsFrom(metadata: Json | undefined): Labels | undefined {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    return undefined;
  const entries = Object.entries(metadata);
  if (entries.length === 0 || entries.length > MAX_LABELS) return undefined;
  if (!entries.every(isLabel)) return undefined;
  return Object.fromEntries(entries);
}

function isLabel(entry: [string, unknown]): entry is [string, string] {
  const [key, value] = entry;
  return KEY.test(key) && typeof value === 'string' && VALUE.test(value);
}
