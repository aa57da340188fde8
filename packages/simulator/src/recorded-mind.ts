import { encode } from 'gpt-tokenizer/encoding/cl100k_base';
import type { Mind, MindAnswer, MindEnd, MindRequest, MindToken } from './mind.ts';

/** One recorded question with the answers of a weak and a strong model. */
export interface Recording {
  readonly prompt: string;
  readonly weak_text: string;
  readonly strong_text: string;
}

export type Side = 'weak' | 'strong';

/** Recordings by their question, shared by both sides. */
export class Recordings {
  readonly #rows = new Map<string, Recording>();

  add(rows: readonly Recording[]): void {
    for (const row of rows) this.#rows.set(row.prompt, row);
  }

  find(prompt: string): Recording | undefined {
    return this.#rows.get(prompt);
  }
}

/** OpenAI's cookbook: each message costs three tokens besides its text, and the reply is opened by three more. */
const TOKENS_PER_MESSAGE = 3;
const TOKENS_PER_REPLY = 3;

/** Replays recorded answers. Tokens are counted by the cl100k vocabulary; there are no log-probabilities to replay. */
export class RecordedMind implements Mind {
  readonly #recordings: Recordings;
  readonly #side: Side;

  constructor(recordings: Recordings, side: Side) {
    this.#recordings = recordings;
    this.#side = side;
  }

  answer(request: MindRequest): MindAnswer | undefined {
    const row = this.#recordings.find(request.messages.at(-1)?.content ?? '');
    if (!row) return undefined;
    let promptTokens = TOKENS_PER_REPLY;
    for (const { content } of request.messages) {
      promptTokens += TOKENS_PER_MESSAGE + encode(content).length;
    }
    const text = this.#side === 'weak' ? row.weak_text : row.strong_text;
    return { promptTokens, tokens: replay(text, request.maxTokens) };
  }
}

function* replay(text: string, maxTokens: number): Generator<MindToken, MindEnd> {
  const total = encode(text).length;
  // Cut by characters in proportion: pieces of a token are not text, and only the count is billed.
  const whole = total <= maxTokens;
  const visible = whole ? text : text.slice(0, Math.floor((text.length * maxTokens) / total));
  for (const piece of visible.match(/\s*\S+\s*$|\s*\S+|\s+/g) ?? []) yield { text: piece, top: [] };
  return whole
    ? { finish: 'stop', completionTokens: total }
    : { finish: 'length', completionTokens: maxTokens };
}
