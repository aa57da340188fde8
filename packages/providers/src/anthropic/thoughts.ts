import { refused } from '../fault-message.ts';
import { record, text, type Wire } from '../wire.ts';

/**
 * What a model thought, and where in its answer it thought it. The API signs thoughts and wants them back unaltered
 * and in their place, or it refuses the next turn of a model that was in the middle of calling tools.
 */
export interface Thought {
  readonly block: Readonly<Record<string, string>>;
  /** How much of the answer's text came before it, in UTF-16 units, and how many of its tool calls. */
  readonly characters: number;
  readonly calls: number;
}

const PREFIX = 'anthropic:';
/** More thoughts than any answer has; what a caller sends back is bounded. */
const MAX_THOUGHTS = 1000;

/** A thought as its block has it; undefined for one that is not signed, which the API would not take back. */
export function thoughtFrom(
  block: Wire,
  at: Pick<Thought, 'characters' | 'calls'>,
): Thought | undefined {
  const { characters, calls } = at;
  if (block['type'] === 'redacted_thinking') {
    const data = text(block['data']);
    return data ? { block: { type: 'redacted_thinking', data }, characters, calls } : undefined;
  }
  const signature = text(block['signature']);
  if (!signature) return undefined;
  const thinking = text(block['thinking']);
  return { block: { type: 'thinking', thinking, signature }, characters, calls };
}

/** As a reply's `reasoningState`. */
export function stateFrom(thoughts: readonly Thought[]): string | undefined {
  return thoughts.length === 0 ? undefined : PREFIX + JSON.stringify(thoughts);
}

/** The thoughts of a state that came back; none where it is another provider's. */
export function thoughtsIn(state: string | undefined, param: string): readonly Thought[] {
  if (!state?.startsWith(PREFIX)) return [];
  const thoughts = parsed(state.slice(PREFIX.length));
  if (!thoughts) throw refused(param, 'must be given back as it came');
  return thoughts;
}

function parsed(json: string): readonly Thought[] | undefined {
  let values: unknown;
  try {
    values = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!Array.isArray(values) || values.length > MAX_THOUGHTS) return undefined;
  const thoughts: Thought[] = [];
  for (const value of values) {
    const wire = record(value);
    const { characters, calls } = wire;
    if (!isCount(characters) || !isCount(calls)) return undefined;
    const thought = thoughtFrom(record(wire['block']), { characters, calls });
    if (!thought) return undefined;
    thoughts.push(thought);
  }
  return thoughts;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
