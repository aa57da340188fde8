import { type ChatReply, type ChatRequest, textOf } from '@weir/core';
import { foldText, sentencesIn, wordsIn } from './plain-words.ts';

/** Read of a text: of longer ones the head and the tail. */
const TEXT_CHARACTERS = 32_768;
/** Read of a question: where options and the numbers given stand. */
const QUESTION_CHARACTERS = 16_384;
const MAX_SENTENCES = 32;
const THOUGHTS_END = '</think>';

/** One text as comparisons see it; every view is bounded, computed when first asked for, and then kept. */
export class Answer {
  readonly text: string;
  #folded: string | undefined;
  #words: readonly string[] | undefined;
  #sentences: readonly string[] | undefined;

  constructor(text: string) {
    this.text = headAndTail(text, TEXT_CHARACTERS);
  }

  /** Without accents and width, with its capitals. */
  get folded(): string {
    this.#folded ??= foldText(this.text);
    return this.#folded;
  }

  /** Folded, in lower case. */
  get words(): readonly string[] {
    this.#words ??= wordsIn(this.folded);
    return this.#words;
  }

  /** Folded; of many the first and the last. */
  get sentences(): readonly string[] {
    this.#sentences ??= sentencesIn(this.folded, MAX_SENTENCES);
    return this.#sentences;
  }
}

/** What was said, without thoughts that an engine left in. */
export function saidIn({ text }: ChatReply): string {
  const end = text.lastIndexOf(THOUGHTS_END);
  return (end === -1 ? text : text.slice(end + THOUGHTS_END.length)).trim();
}

/** The last message of the user. */
export function askedIn({ messages }: ChatRequest): string {
  const asked = messages.findLast(({ role }) => role === 'user');
  return asked ? headAndTail(textOf(asked.content), QUESTION_CHARACTERS) : '';
}

function headAndTail(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const half = characters / 2;
  return `${text.slice(0, half)}\n${text.slice(-half)}`;
}
