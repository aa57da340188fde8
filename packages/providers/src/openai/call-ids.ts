import type { ChatMessage } from '@weir/core';

/**
 * The messages, with other ids of tool calls where a provider refuses theirs: those of earlier answers may be another
 * model's. A call and what answers it keep one id, different ids stay different, and an id becomes the same one in every
 * turn of a conversation, so that its prefix stays cached.
 */
export function withCallIds(
  messages: readonly ChatMessage[],
  fits: RegExp | undefined,
): readonly ChatMessage[] {
  const ids = new Set(fits ? messages.flatMap(idsIn) : []);
  const fitting = [...ids].filter((id) => fits?.test(id));
  if (fitting.length === ids.size) return messages;
  const known = new Map(fitting.map((id) => [id, id]));
  const taken = new Set(fitting);
  for (const id of ids) {
    if (known.has(id)) continue;
    const other = freeId(id, taken);
    known.set(id, other);
    taken.add(other);
  }
  return messages.map((message) => renamed(message, (id) => known.get(id) ?? id));
}

function idsIn(message: ChatMessage): readonly string[] {
  if (message.role === 'tool') return [message.toolCallId];
  return message.role === 'assistant' ? (message.toolCalls ?? []).map(({ id }) => id) : [];
}

function renamed(message: ChatMessage, idOf: (id: string) => string): ChatMessage {
  if (message.role === 'tool') return { ...message, toolCallId: idOf(message.toolCallId) };
  if (message.role !== 'assistant' || !message.toolCalls) return message;
  const toolCalls = message.toolCalls.map((call) => ({ ...call, id: idOf(call.id) }));
  return { ...message, toolCalls };
}

function freeId(id: string, taken: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt++) {
    const other = shortId(id, attempt);
    if (!taken.has(other)) return other;
  }
}

const SYMBOLS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** What Mistral demands, and everybody takes. */
const LENGTH = 9;

/** Letters and digits by two hashes in the manner of FNV-1a. They need not be hard to guess, only seldom the same. */
function shortId(id: string, attempt: number): string {
  let low = 0x81_1c_9d_c5 ^ attempt;
  let high = 0x01_00_01_93 ^ attempt;
  for (let index = 0; index < id.length; index++) {
    const unit = id.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01_00_01_93);
    high = Math.imul(high ^ unit, 0x85_eb_ca_6b);
  }
  // Of all their bits as many as a number holds exactly; the upper ones are mixed best.
  let rest = (high >>> 11) * 2 ** 32 + (low >>> 0);
  let letters = '';
  while (letters.length < LENGTH) {
    letters += SYMBOLS.charAt(rest % SYMBOLS.length);
    rest = Math.floor(rest / SYMBOLS.length);
  }
  return letters;
}
