import type { UsableLogprobs } from '@weir/cascade';
import { type ChatMessage, type ChatReply, type ChatRequest, textOf } from '@weir/core';
import { TokenStats } from './logprobs/token-stats.ts';
import { type Equations, equationsIn } from './text/equations.ts';
import { spelledNumbersIn } from './text/number-words.ts';
import { numbersIn } from './text/numbers.ts';
import { countPhrases, type PhraseCounts } from './text/phrases.ts';
import { Words } from './text/words.ts';

/** What signals read of an answer and of a question; of longer ones the head and the tail. */
const TEXT_CHARACTERS = 16_384;
/** What they read of everything else that the model was given: the end of it. */
const CONTEXT_CHARACTERS = 32_768;
/** How many numbers are taken from each of the three. */
const MAX_NUMBERS = 1_024;

/** What is known of a draft beside its text. */
export interface Beside {
  /** Token log-probabilities that may be believed; absent where there are none. */
  readonly logprobs?: UsableLogprobs | undefined;
  /** Of a recorded log: one confidence for the whole answer, in log-odds or as `sureness` gives it. */
  readonly confidence?: number | undefined;
  /** Of a recorded log: what the draft cost, in any unit. */
  readonly draftCost?: number | undefined;
  /** Bought: another draft of the same question. */
  readonly secondDraft?: ChatReply | undefined;
  /** Bought: how likely a judge takes the draft to be right, in [0, 1]. */
  readonly judged?: number | undefined;
}

/** A draft and its request as signals see them. Every view is bounded, computed when first asked for, and then kept. */
export class Reading {
  readonly chat: ChatRequest;
  readonly reply: ChatReply;
  readonly beside: Beside;
  #tokens: TokenStats | null | undefined;
  #text: string | undefined;
  #question: string | undefined;
  #context: string | undefined;
  #words: Words | undefined;
  #questionWords: Words | undefined;
  #contextWords: Words | undefined;

  #numbers: readonly number[] | undefined;
  #questionNumbers: ReadonlySet<number> | undefined;
  #contextNumbers: ReadonlySet<number> | undefined;
  #phrases: PhraseCounts | undefined;
  #equations: Equations | undefined;

  constructor(chat: ChatRequest, reply: ChatReply, beside: Beside = {}) {
    this.chat = chat;
    this.reply = reply;
    this.beside = beside;
  }

  /** Null where there are no log-probabilities that may be believed. */
  get tokens(): TokenStats | null {
    if (this.#tokens === undefined) {
      const { logprobs } = this.beside;
      const isUsable = logprobs && logprobs.forced.size < logprobs.tokens.length;
      this.#tokens = isUsable
        ? new TokenStats(logprobs, this.text, this.words, this.questionWords)
        : null;
    }
    return this.#tokens;
  }

  /** The answer: what was said, and the arguments of the tools called. */
  get text(): string {
    this.#text ??= headAndTail(answerOf(this.reply));
    return this.#text;
  }

  /** The last message of the user. */
  get question(): string {
    this.#question ??= headAndTail(questionOf(this.chat.messages));
    return this.#question;
  }

  /** Everything else that the model was given: instructions, earlier turns, what tools said. */
  get context(): string {
    this.#context ??= contextOf(this.chat.messages);
    return this.#context;
  }

  get words(): Words {
    this.#words ??= new Words(this.text);
    return this.#words;
  }

  get questionWords(): Words {
    this.#questionWords ??= new Words(this.question);
    return this.#questionWords;
  }

  get contextWords(): Words {
    this.#contextWords ??= new Words(this.context);
    return this.#contextWords;
  }

  /** The values of the numbers in the answer, in their order. */
  get numbers(): readonly number[] {
    this.#numbers ??= numbersIn(this.text, this.words, MAX_NUMBERS);
    return this.#numbers;
  }

  /** Those in the question, the ones spelled out too. */
  get questionNumbers(): ReadonlySet<number> {
    this.#questionNumbers ??= new Set(
      numbersIn(this.question, this.questionWords, MAX_NUMBERS).concat(
        spelledNumbersIn(this.questionWords),
      ),
    );
    return this.#questionNumbers;
  }

  /** Those in everything else that the model was given. */
  get contextNumbers(): ReadonlySet<number> {
    this.#contextNumbers ??= new Set(
      numbersIn(this.context, this.contextWords, MAX_NUMBERS).concat(
        spelledNumbersIn(this.contextWords),
      ),
    );
    return this.#contextNumbers;
  }

  get phrases(): PhraseCounts {
    this.#phrases ??= countPhrases(this.words);
    return this.#phrases;
  }

  /** The arithmetic in the answer, checked. */
  get equations(): Equations {
    this.#equations ??= equationsIn(this.text);
    return this.#equations;
  }
}

function answerOf(reply: ChatReply): string {
  if (reply.toolCalls.length === 0) return reply.text;
  let text = reply.text;
  for (const call of reply.toolCalls) {
    if (text.length > TEXT_CHARACTERS) break;
    text += `\n${call.arguments}`;
  }
  return text;
}

function questionOf(messages: readonly ChatMessage[]): string {
  const asked = messages.findLast(({ role }) => role === 'user');
  return asked ? textOf(asked.content) : '';
}

function contextOf(messages: readonly ChatMessage[]): string {
  const asked = messages.findLastIndex(({ role }) => role === 'user');
  let text = '';
  for (let at = messages.length - 1; at >= 0 && text.length < CONTEXT_CHARACTERS; at--) {
    const message = messages[at];
    if (!message || at === asked) continue;
    text = `${textOf(message.content).slice(-CONTEXT_CHARACTERS)}\n${text}`;
  }
  return text.slice(-CONTEXT_CHARACTERS);
}

function headAndTail(text: string): string {
  if (text.length <= TEXT_CHARACTERS) return text;
  const half = TEXT_CHARACTERS / 2;
  return `${text.slice(0, half)}\n${text.slice(-half)}`;
}
