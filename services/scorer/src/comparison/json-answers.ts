import { foldWord } from './plain-words.ts';

/** Longer texts are not taken for JSON. */
const MAX_CHARACTERS = 262_144;
/** So much prose may be around it, or as much as it is long itself: more, and it is an example within a text. */
const PROSE_CHARACTERS = 200;

/** What is in an answer that is JSON, or that has one block of it: an object or a list. Undefined where there is none. */
export function jsonIn(text: string): object | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  const whole = parsed(text);
  if (whole) return whole;
  const fence = text.indexOf('```');
  const start = fence === -1 ? text.search(/[[{]/) : text.indexOf('\n', fence);
  if (start === -1) return undefined;
  const close = text.charAt(start) === '{' ? '}' : ']';
  const end = fence === -1 ? text.lastIndexOf(close) + 1 : text.lastIndexOf('```');
  const length = end - start;
  if (length <= 0 || text.length - length > Math.max(length, PROSE_CHARACTERS)) return undefined;
  return parsed(text.slice(start, end));
}

function parsed(text: string): object | undefined {
  const first = text.trimStart().charAt(0);
  if (first !== '{' && first !== '[') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The share of leaves that are equal, among all that either has: fields by name, elements by position, numbers by value,
 * strings folded, an empty object or list as a leaf. Walks with a list of its own, since depth is the model's choice.
 */
export function equalLeaves(left: unknown, right: unknown): number {
  const pairs: [unknown, unknown][] = [[left, right]];
  let equal = 0;
  let all = 0;
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const [one, other] = pair;
    if (isBranch(one) && isBranch(other) && Array.isArray(one) === Array.isArray(other)) {
      const names = new Set([...Object.keys(one), ...Object.keys(other)]);
      for (const name of names) pairs.push([fieldOf(one, name), fieldOf(other, name)]);
      continue;
    }
    if (isBranch(one) || isBranch(other)) {
      // Everything within is missing on the other side.
      all += Math.max(leavesOf(one), leavesOf(other));
      continue;
    }
    all++;
    if (isSameLeaf(one, other)) equal++;
  }
  return all === 0 ? 1 : equal / all;
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function fieldOf(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function leavesOf(value: unknown): number {
  const rest: unknown[] = [value];
  let leaves = 0;
  while (rest.length > 0) {
    const next = rest.pop();
    if (isBranch(next)) for (const child of Object.values(next)) rest.push(child);
    else leaves++;
  }
  return leaves;
}

function isSameLeaf(left: unknown, right: unknown): boolean {
  if (typeof left === 'string' && typeof right === 'string') {
    return left === right || foldLeaf(left) === foldLeaf(right);
  }
  if (typeof left === 'object' && typeof right === 'object' && left !== null && right !== null) {
    return Array.isArray(left) === Array.isArray(right);
  }
  return left === right;
}

function foldLeaf(text: string): string {
  return foldWord(text).trim().replace(/\s+/g, ' ');
}
