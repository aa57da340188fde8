import { refused } from '../fault-message.ts';
import { record, text, type Wire } from '../wire.ts';

/**
 * What a model thought, and where in its answer it thought it. Thoughts are signed and wanted back unaltered and in
 * their place by a model that was in the middle of calling tools.
 */
export interface Thought extends Place {
  /** As `reasoningContent` has it. */
  readonly content: Wire;
}

/** How much of the answer's text came before, in UTF-16 units, and how many of its tool calls. */
export interface Place {
  readonly characters: number;
  readonly calls: number;
}

const PREFIX = 'bedrock:';
/** More thoughts than any answer has; what a caller sends back is bounded. */
const MAX_THOUGHTS = 1000;

/** A thought as its block has it; undefined for one that is not signed, which no model takes back. */
export function thoughtFrom(content: Wire, { characters, calls }: Place): Thought | undefined {
  const redactedContent = text(content['redactedContent']);
  if (redactedContent) return { content: { redactedContent }, characters, calls };
  const wire = record(content['reasoningText']);
  const signature = text(wire['signature']);
  if (!signature) return undefined;
  return {
    content: { reasoningText: { text: text(wire['text']), signature } },
    characters,
    calls,
  };
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
    const { content, characters, calls } = record(value);
    if (!isCount(characters) || !isCount(calls)) return undefined;
    const thought = thoughtFrom(record(content), { characters, calls });
    if (!thought) return undefined;
    thoughts.push(thought);
  }
  return thoughts;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
