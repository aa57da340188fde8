import type { Json } from '@weir/core';

const MAX_LABELS = 16;
const KEY = /^[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}$/;
const VALUE = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/;

/** Labels of the invocation log; undefined where one is not as they must be, since the whole call would be refused. */
export function metadataFrom(value: Json): Readonly<Record<string, string>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const labels = Object.entries(value);
  if (labels.length > MAX_LABELS) return undefined;
  const fits = labels.every(
    ([key, label]) => KEY.test(key) && typeof label === 'string' && VALUE.test(label),
  );
  return fits ? (Object.fromEntries(labels) as Record<string, string>) : undefined;
}
