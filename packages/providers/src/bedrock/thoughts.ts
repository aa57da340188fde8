import * as placed from '../placed-thoughts.ts';
import { record, text, type Wire } from '../wire.ts';

export type Thought = placed.Thought;

const PREFIX = 'bedrock:';

/** A thought as a block of an answer; undefined for one that is not signed, which no model takes back. */
export function thoughtFrom(block: Wire): Wire | undefined {
  const content = record(block['reasoningContent']);
  const redactedContent = text(content['redactedContent']);
  if (redactedContent) return { reasoningContent: { redactedContent } };
  const said = record(content['reasoningText']);
  const signature = text(said['signature']);
  if (!signature) return undefined;
  return { reasoningContent: { reasoningText: { text: text(said['text']), signature } } };
}

/** As a reply's `reasoningState`. */
export function stateFrom(thoughts: readonly Thought[]): string | undefined {
  return placed.stateFrom(PREFIX, thoughts);
}

/** The thoughts of a state that came back; none where it is another provider's. */
export function thoughtsIn(state: string | undefined, param: string): readonly Thought[] {
  return placed.thoughtsIn(PREFIX, state, param, thoughtFrom);
}
