import { refused } from '../fault-message.ts';
import { record, text, type Wire } from '../wire.ts';

/**
 * OpenRouter's `reasoning_details`: what the model behind it thought, with the signatures and encrypted thoughts that it
 * wants back unaltered to go on. In a stream they come in pieces.
 */
export type Detail = Readonly<Record<string, string | number>>;

const PREFIX = 'openai:';
const TYPES = new Set(['reasoning.text', 'reasoning.summary', 'reasoning.encrypted']);
/** The fields that grow from piece to piece, then those that are there once. */
const GROWING = ['text', 'summary', 'data'] as const;
const FIXED = ['signature', 'id', 'format'] as const;
/** More than any answer has; what a caller sends back is bounded. */
const MAX_DETAILS = 1000;

/** Puts the pieces of details together in the order in which they began. */
export class Details {
  readonly #whole: Record<string, string | number>[] = [];

  add(pieces: unknown): void {
    if (!Array.isArray(pieces)) return;
    for (const piece of pieces) {
      const detail = detailFrom(record(piece));
      if (detail) this.#addOne(detail);
    }
  }

  #addOne(piece: Detail): void {
    const last = this.#whole.at(-1);
    if (!last || !goesOn(last, piece)) {
      if (this.#whole.length < MAX_DETAILS) this.#whole.push({ ...piece });
      return;
    }
    for (const name of GROWING) {
      if (piece[name] !== undefined) last[name] = `${last[name] ?? ''}${piece[name]}`;
    }
    for (const name of FIXED) {
      const value = piece[name];
      if (value !== undefined) last[name] = value;
    }
  }

  /** As a reply's `reasoningState`; none where there is nothing that the thoughts' text does not say. */
  state(): string | undefined {
    const isBare = ({ signature, data }: Detail) => signature === undefined && data === undefined;
    if (this.#whole.every(isBare)) return undefined;
    // Each anew, so that pieces and a whole come to the same text.
    return PREFIX + JSON.stringify(this.#whole.map(detailFrom));
  }
}

/** Pieces of one detail carry its index. Encrypted thoughts are whole. */
function goesOn(last: Detail, piece: Detail): boolean {
  const { type, index } = piece;
  return type !== 'reasoning.encrypted' && last['type'] === type && last['index'] === index;
}

/** The details of a state that came back; none where it is another provider's. */
export function detailsIn(state: string | undefined, param: string): readonly Detail[] | undefined {
  if (!state?.startsWith(PREFIX)) return undefined;
  const details = parsed(state.slice(PREFIX.length));
  if (!details) throw refused(param, 'must be given back as it came');
  return details;
}

function parsed(json: string): readonly Detail[] | undefined {
  let values: unknown;
  try {
    values = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!Array.isArray(values) || values.length > MAX_DETAILS) return undefined;
  const details: Detail[] = [];
  for (const value of values) {
    const detail = detailFrom(record(value));
    if (!detail) return undefined;
    details.push(detail);
  }
  return details;
}

/** The known fields of a detail; what its type is not known for could be anything. */
function detailFrom(wire: Wire): Detail | undefined {
  const type = text(wire['type']);
  if (!TYPES.has(type)) return undefined;
  const detail: Record<string, string | number> = { type };
  for (const name of [...GROWING, ...FIXED]) {
    const value = wire[name];
    if (typeof value === 'string') detail[name] = value;
  }
  const { index } = wire;
  if (Number.isSafeInteger(index)) detail['index'] = index as number;
  return detail;
}
