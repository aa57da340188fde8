import * as placed from '../placed-thoughts.ts';
import { text, type Wire } from '../wire.ts';

export type Thought = placed.Thought<Readonly<Record<string, string>>>;

const PREFIX = 'anthropic:';

/** A thought as its block has it; undefined for one that is not signed, which the API would not take back. */
export function thoughtFrom(block: Wire): Thought['block'] | undefined {
  if (block['type'] === 'redacted_thinking') {
    const data = text(block['data']);
    return data ? { type: 'redacted_thinking', data } : undefined;
  }
  const signature = text(block['signature']);
  if (!signature) return undefined;
  return { type: 'thinking', thinking: text(block['thinking']), signature };
}

/** As a reply's `reasoningState`. */
export function stateFrom(thoughts: readonly Thought[]): string | undefined {
  return placed.stateFrom(PREFIX, thoughts);
}

/** The thoughts of a state that came back; none where it is another provider's. */
export function thoughtsIn(state: string | undefined, param: string): readonly Thought[] {
  return placed.thoughtsIn(PREFIX, state, param, thoughtFrom);
}
