import { refused } from './fault-message.ts';
import { record, type Wire } from './wire.ts';

/**
 * A thought, as a block of its protocol has it, and where in the answer it was thought. Some providers sign thoughts and
 * want them back unaltered and in their place, or refuse the next turn of a model that was in the middle of calling tools.
 */
export interface Thought<Block = Wire> extends Place {
  readonly block: Block;
}

/** How much of the answer's text came before, in UTF-16 units, and how many of its tool calls. */
export interface Place {
  readonly characters: number;
  readonly calls: number;
}

/** More thoughts than any answer has; what a caller sends back is bounded. */
const MAX_THOUGHTS = 1000;

/** As a reply's `reasoningState`. `prefix` says whose it is. */
export function stateFrom(prefix: string, thoughts: readonly Thought[]): string | undefined {
  return thoughts.length === 0 ? undefined : prefix + JSON.stringify(thoughts);
}

/**
 * The thoughts of a state that came back, each block looked at by `blockFrom`; none where it is another provider's. It
 * comes from the caller: anything but what was once given out is refused.
 */
export function thoughtsIn<Block>(
  prefix: string,
  state: string | undefined,
  param: string,
  blockFrom: (wire: Wire) => Block | undefined,
): readonly Thought<Block>[] {
  if (!state?.startsWith(prefix)) return [];
  const thoughts = parsed(state.slice(prefix.length), blockFrom);
  if (!thoughts) throw refused(param, 'must be given back as it came');
  return thoughts;
}

function parsed<Block>(
  json: string,
  blockFrom: (wire: Wire) => Block | undefined,
): readonly Thought<Block>[] | undefined {
  let values: unknown;
  try {
    values = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!Array.isArray(values) || values.length > MAX_THOUGHTS) return undefined;
  const thoughts: Thought<Block>[] = [];
  for (const value of values) {
    const { block: wire, characters, calls } = record(value);
    const block = blockFrom(record(wire));
    if (block === undefined || !isCount(characters) || !isCount(calls)) return undefined;
    thoughts.push({ block, characters, calls });
  }
  return thoughts;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** An answer that is repeated: its text, if that is all it said, what it said in blocks, and its calls. */
export interface Repeated<Block> {
  readonly text: string;
  readonly said: readonly Block[];
  readonly calls: readonly Block[];
}

/**
 * An answer as its model gave it, thoughts in their places. Where the text is no longer the one that they were thought
 * in, they come first, which is where a model begins.
 */
export function withThoughts<Block>(
  thoughts: readonly Thought<Block>[],
  { text, said, calls }: Repeated<Block>,
  textBlock: (text: string) => Block,
): Block[] {
  const last = thoughts.at(-1);
  if (!last) return [...said, ...calls];
  const fits = last.characters <= text.length && last.calls <= calls.length;
  if (!fits || (said.length > 0 && text === '')) {
    return [...thoughts.map(({ block }) => block), ...said, ...calls];
  }
  const blocks: Block[] = [];
  let characters = 0;
  let called = 0;
  const upTo = (textEnd: number, callEnd: number) => {
    const piece = text.slice(characters, textEnd);
    if (piece.trim() !== '') blocks.push(textBlock(piece));
    blocks.push(...calls.slice(called, callEnd));
    characters = Math.max(characters, textEnd);
    called = Math.max(called, callEnd);
  };
  for (const thought of thoughts) {
    upTo(thought.characters, thought.calls);
    blocks.push(thought.block);
  }
  upTo(text.length, calls.length);
  return blocks;
}
