import type { ToolCall } from '@weir/core';
import { equalLeaves } from './json-answers.ts';

/** More calls than this, or longer arguments of all of them, are compared as they are written and in their order. */
const MAX_CALLS = 32;
const MAX_CHARACTERS = 65_536;

/** The share of calls that both make, whatever their order: the same tool with the same arguments. */
export function sameCalls(left: readonly ToolCall[], right: readonly ToolCall[]): number {
  if (isTooMuch(left) || isTooMuch(right)) return isSameList(left, right) ? 1 : 0;
  const parsed = right.map((call) => ({ call, value: argumentsOf(call), taken: false }));
  let same = 0;
  for (const call of left) {
    const value = argumentsOf(call);
    const match = parsed.find(
      (other) =>
        !other.taken &&
        other.call.name === call.name &&
        isSame(call, value, other.call, other.value),
    );
    if (!match) continue;
    match.taken = true;
    same++;
  }
  const all = left.length + right.length;
  return all === 0 ? 1 : (2 * same) / all;
}

function isTooMuch(calls: readonly ToolCall[]): boolean {
  let characters = 0;
  for (const call of calls) characters += call.arguments.length;
  return calls.length > MAX_CALLS || characters > MAX_CHARACTERS;
}

function isSameList(left: readonly ToolCall[], right: readonly ToolCall[]): boolean {
  return (
    left.length === right.length &&
    left.every(
      (call, at) => call.name === right[at]?.name && call.arguments === right[at].arguments,
    )
  );
}

function isSame(left: ToolCall, value: unknown, right: ToolCall, other: unknown): boolean {
  if (left.arguments === right.arguments) return true;
  if (value === undefined || other === undefined) return false;
  return equalLeaves(value, other) === 1;
}

/** Undefined where they are no JSON; no arguments at all are an empty object. */
function argumentsOf(call: ToolCall): unknown {
  try {
    return JSON.parse(call.arguments.trim() === '' ? '{}' : call.arguments);
  } catch {
    return undefined;
  }
}
