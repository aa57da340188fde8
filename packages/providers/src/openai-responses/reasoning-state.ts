import { listOf, record, text, type Wire } from '../wire.ts';

/**
 * What has to come back with the next turn so that a reasoning model can go on where it stopped. Weir does not let the
 * API store anything, so the thoughts themselves travel, encrypted; and since they must stand where they stood among
 * what was said and called, the state is an outline of the whole output.
 */
const PREFIX = 'openai-responses:';

export type Entry = Thought | Said | Called;

/** A reasoning item, as the API wants it back. */
export interface Thought {
  readonly type: 'reasoning';
  readonly id?: string;
  readonly summary: readonly string[];
  readonly encrypted_content: string;
}

/** A message, by its length: its text is in the message that comes back with the state. */
interface Said {
  readonly type: 'message';
  readonly characters: number;
  readonly phase?: Phase;
}

interface Called {
  readonly type: 'function_call';
}

/** Newer models tell commentary from answers, and get worse when they are not told again which was which. */
export type Phase = 'commentary' | 'final_answer';

/** Undefined where nothing but the text and the calls needs to come back. */
export function stateFrom(output: readonly unknown[]): string | undefined {
  const outline = output.map(entryOf).filter((entry) => entry !== undefined);
  const isNeeded = outline.some(
    (entry) => entry.type === 'reasoning' || (entry.type === 'message' && entry.phase),
  );
  return isNeeded ? PREFIX + JSON.stringify(outline) : undefined;
}

function entryOf(value: unknown): Entry | undefined {
  const item = record(value);
  switch (item['type']) {
    case 'reasoning': {
      const encrypted = text(item['encrypted_content']);
      // Without it there is nothing but an id, of something that was not stored.
      if (encrypted === '') return undefined;
      const summary = listOf(item['summary']).map((part) => text(record(part)['text']));
      const id = text(item['id']);
      return { type: 'reasoning', ...(id && { id }), summary, encrypted_content: encrypted };
    }
    case 'message': {
      const phase = phaseOf(item['phase']);
      return { type: 'message', characters: textIn(item).length, ...(phase && { phase }) };
    }
    case 'function_call':
      return { type: 'function_call' };
    default:
      return undefined;
  }
}

function textIn(message: Wire): string {
  const parts = listOf(message['content']).map(record);
  return parts.map((part) => (part['type'] === 'output_text' ? text(part['text']) : '')).join('');
}

function phaseOf(value: unknown): Phase | undefined {
  return value === 'commentary' || value === 'final_answer' ? value : undefined;
}

/** The outline in a state that came back. It comes from the caller, so anything in it may be anything. */
export function outlineIn(state: string | undefined): readonly Entry[] | undefined {
  if (!state?.startsWith(PREFIX)) return undefined;
  let wire: unknown;
  try {
    wire = JSON.parse(state.slice(PREFIX.length));
  } catch {
    return undefined;
  }
  if (!Array.isArray(wire) || wire.length === 0) return undefined;
  const outline = wire.map(checked).filter((entry) => entry !== undefined);
  return outline.length === wire.length ? outline : undefined;
}

function checked(value: unknown): Entry | undefined {
  const wire = record(value);
  switch (wire['type']) {
    case 'reasoning': {
      const { id, summary, encrypted_content } = wire;
      if (typeof encrypted_content !== 'string' || encrypted_content === '') return undefined;
      if (!Array.isArray(summary) || !summary.every((part) => typeof part === 'string')) {
        return undefined;
      }
      if (id === undefined) return { type: 'reasoning', summary, encrypted_content };
      return typeof id === 'string'
        ? { type: 'reasoning', id, summary, encrypted_content }
        : undefined;
    }
    case 'message': {
      const { characters, phase } = wire;
      if (typeof characters !== 'number' || !Number.isSafeInteger(characters) || characters < 0) {
        return undefined;
      }
      if (phase === undefined) return { type: 'message', characters };
      const known = phaseOf(phase);
      return known && { type: 'message', characters, phase: known };
    }
    case 'function_call':
      return { type: 'function_call' };
    default:
      return undefined;
  }
}
