/**
 * Gemini 3 signs its function calls with what it thought when it made them, and refuses a conversation that gives such
 * a call back without its signature. Nobody else has a word for that, and callers keep nothing of a tool call but its
 * id, name and arguments. The id is the one of these that means nothing, so the signature travels in it:
 * `<id>~<signature>`, in the letters of base64url, since some callers let an id have no others.
 */

const MARK = '~';
const BASE64 = /^[\w+/-]+={0,2}$/;
const BASE64URL = /^[\w-]+$/;
/** What base64 leaves over of a length that no bytes have. */
const IMPOSSIBLE = 1;

export interface CallId {
  /** Gemini's own; absent where it gave none and the id was made up. */
  readonly id: string | undefined;
  /** As Gemini sent it. */
  readonly signature: string | undefined;
}

export function joinCallId(id: string, signature: string): string {
  const safe = signature.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  if (BASE64.test(signature) && safe.length % 4 !== IMPOSSIBLE) return `${id}${MARK}${safe}`;
  // So that the last mark is always the one that was put there.
  return id.includes(MARK) ? `${id}${MARK}` : id;
}

/** Takes an id apart again. One that another provider made has no signature in it and is handed on as it is. */
export function splitCallId(joined: string): CallId {
  const mark = joined.lastIndexOf(MARK);
  const tail = joined.slice(mark + 1);
  const none = { id: ownId(joined), signature: undefined };
  if (mark < 0) return none;
  const id = ownId(joined.slice(0, mark));
  if (tail === '') return { id, signature: undefined };
  if (!BASE64URL.test(tail) || tail.length % 4 === IMPOSSIBLE) return none;
  const letters = tail.replaceAll('-', '+').replaceAll('_', '/');
  return { id, signature: letters.padEnd(Math.ceil(letters.length / 4) * 4, '=') };
}

/** Ids that were made up here count anew in every turn: two calls of a conversation would seem to be one. */
function ownId(id: string): string | undefined {
  return id === '' || /^call_\d+$/.test(id) ? undefined : id;
}

/**
 * What Google takes in place of a signature for a call that Gemini did not make: the draft of a cascade may be another
 * provider's.
 */
export const NO_SIGNATURE = 'skip_thought_signature_validator';
