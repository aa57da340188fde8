import { type ChatReply, type ChatRequest, unreachable } from '@weir/core';
import { Answer, askedIn, saidIn } from './answer.ts';
import { choiceIn, optionsIn } from './choice.ts';
import { askedOf, sameConclusion } from './conclusion.ts';
import { isDeclined } from './declined.ts';
import { equalLeaves, jsonIn } from './json-answers.ts';
import { sameText } from './long-texts.ts';
import { sameShortAnswer } from './short-answers.ts';
import { sameCalls } from './tool-calls.ts';

/**
 * How far two answers to one question agree, and by what that was told. `none`: neither gives an answer, so neither is
 * better.
 */
export interface Agreement {
  readonly kind: 'json' | 'tools' | 'choice' | 'number' | 'short' | 'text' | 'none';
  /** In [0, 1]. */
  readonly share: number;
}

/**
 * Compares two answers, whichever comes first. Null where that says nothing about either: one is empty, broken off, or
 * declines what the other answers (a frontier that refuses makes no draft wrong), or only one of them has the JSON that was
 * asked for, which validators see. Time is bounded, of long texts the head and the tail are read.
 */
export function agreement(chat: ChatRequest, left: ChatReply, right: ChatReply): Agreement | null {
  const texts = [saidIn(left), saidIn(right)] as const;
  if (isEmpty(left, texts[0]) || isEmpty(right, texts[1])) return null;
  const declined = isDeclined(left, texts[0]);
  if (declined !== isDeclined(right, texts[1])) return null;
  if (declined) return { kind: 'none', share: 1 };
  const isCut = left.finish === 'length' || right.finish === 'length';
  if (isCut && !isSame(left, right)) return null;
  if (left.toolCalls.length > 0 || right.toolCalls.length > 0) {
    return { kind: 'tools', share: sameCalls(left.toolCalls, right.toolCalls) };
  }
  const structured = ofStructures(chat, texts);
  return structured === undefined ? ofTexts(chat, texts) : structured;
}

/** Whether a reply is an answer at all: neither empty, nor broken off, nor the word that there will be none. */
export function isAnswer(reply: ChatReply): boolean {
  const text = saidIn(reply);
  return !isEmpty(reply, text) && !isDeclined(reply, text) && reply.finish !== 'length';
}

/** A structure is right with this share of its leaves: in one of nine or fewer no leaf may be wrong. */
const RIGHT_LEAVES = 0.9;
const RIGHT_SHORT = 0.5;
/** Texts in one language have this much in common whatever they say. */
const UNLIKE_TEXT = 0.25;

/** How right a draft is in [0, 1], the answer that it was compared with being right: graded for texts, else 0 or 1. */
export function draftRightFrom({ kind, share }: Agreement): number {
  switch (kind) {
    case 'text':
      return Math.max(0, (share - UNLIKE_TEXT) / (1 - UNLIKE_TEXT));
    case 'json':
      return share >= RIGHT_LEAVES ? 1 : 0;
    case 'short':
      return share >= RIGHT_SHORT ? 1 : 0;
    case 'tools':
    case 'choice':
    case 'number':
    case 'none':
      return share === 1 ? 1 : 0;
    default:
      return unreachable(kind);
  }
}

function isEmpty({ toolCalls, refusal, finish }: ChatReply, text: string): boolean {
  return text === '' && toolCalls.length === 0 && !refusal && finish !== 'content_filter';
}

function isSame(left: ChatReply, right: ChatReply): boolean {
  return left.text === right.text && sameCalls(left.toolCalls, right.toolCalls) === 1;
}

/** Undefined where JSON has nothing to do with it. */
function ofStructures(
  { responseFormat }: ChatRequest,
  [left, right]: readonly [string, string],
): Agreement | null | undefined {
  const one = jsonIn(left);
  const other = jsonIn(right);
  if (one && other) return { kind: 'json', share: equalLeaves(one, other) };
  if (!one && !other) return undefined;
  return responseFormat && responseFormat.type !== 'text' ? null : { kind: 'json', share: 0 };
}

function ofTexts(chat: ChatRequest, [left, right]: readonly [string, string]): Agreement {
  const question = new Answer(askedIn(chat));
  const options = optionsIn(question.text);
  if (options.size > 0) {
    const one = choiceIn(left, options);
    const other = choiceIn(right, options);
    if (one && other) return { kind: 'choice', share: one === other ? 1 : 0 };
  }
  const answers = [new Answer(left), new Answer(right)] as const;
  const asked = askedOf(question);
  const number = sameConclusion(...answers, asked);
  if (number !== undefined) return { kind: 'number', share: number };
  const short = sameShortAnswer(...answers, asked.words);
  if (short !== undefined) return { kind: 'short', share: short };
  return { kind: 'text', share: left === right ? 1 : sameText(...answers, asked.words) };
}
