import { equationsIn } from '../signals/text/equations.ts';
import type { Answer } from './answer.ts';
import { isFunctionWord } from './function-words.ts';
import { isDenied } from './negation.ts';
import { numericText } from './numeric-text.ts';
import { foldText, sentencesIn, sizeOf, wordsIn } from './plain-words.ts';
import { isSameQuantity, type Quantity, quantitiesIn } from './quantity.ts';
import { spelledNumber } from './spelled-number.ts';
import { unitOf } from './units.ts';

/** Conclusions stand in the end of an answer. */
const END_CHARACTERS = 4_096;
const MAX_SENTENCES = 64;
const MAX_QUANTITIES = 64;
/** Words of an answer that is hardly more than its number. */
const BRIEF_WORDS = 24;
/** Words of an answer that may conclude with a number without having worked it out. */
const PLAIN_WORDS = 80;
/** Words that a brief answer may have besides. */
const MAX_BESIDES = 2;
/** Words of an answer that is its number and what it counts. */
const BARE_WORDS = 4;

/** The number that an answer comes to, and how that is known: it says so, it computes it, or it says little else. */
interface Conclusion {
  readonly quantity: Quantity;
  readonly how: 'marked' | 'worked' | 'brief' | 'plain';
  /** Of a brief answer: all its numbers that the question does not have, if there are any. */
  readonly all: readonly Quantity[];
  /** Of a brief answer: its words besides, as far as they mean something. */
  readonly besides: ReadonlySet<string>;
  /** A brief answer of so few words that it says nothing but its number. */
  readonly isBare: boolean;
}

/** A question as numbers are looked for in it. */
export interface Asked {
  /** Whether it asks for a number. */
  readonly quantity: boolean;
  readonly numbers: ReadonlySet<number>;
  readonly words: ReadonlySet<string>;
}

const ASKS_QUANTITY =
  /\bhow (?:many|much|long|far|old|tall|fast|often|big|large|high|heavy|deep|wide|late|early)\b|\bwhat (?:percent|fraction|number|age|time|year)|\bwhat(?:'s| is| was| are| were| will be) (?:the |their |his |her |its )?(?:\w+ ){0,3}(?:total|sum|product|difference|quotient|average|mean|number|amount|cost|price|profit|value|area|volume|speed|distance|probability|ratio|percentage|length|weight|age|\(?[-$]?\d)|\b(?:calculate|compute|evaluate|solve)\b|\b(?:add|subtract|multiply|divide) [-(]?\d|\bwie ?viele?\b|\bwie (?:lange|weit|alt|hoch|schnell|teuer)\b|\bberechne|\bcombien\b|\bcalcul|\bcuant[oa]s?\b|\bquant[eoia]s?\b|\bhoeveel\b|сколько|多少|几个|幾|いくつ|いくら|何[人個本枚円回]|몇|얼마/iu;

export function askedOf(question: Answer): Asked {
  const text = numericText(question.text);
  const numbers = quantitiesIn(text, MAX_QUANTITIES).map(({ value }) => value);
  return {
    quantity: ASKS_QUANTITY.test(question.folded),
    numbers: new Set(numbers),
    words: new Set(question.words),
  };
}

/** 1 where both answers come to the same number, 0 where they do not; undefined where it is not for numbers to tell. */
export function sameConclusion(left: Answer, right: Answer, asked: Asked): 0 | 1 | undefined {
  const one = conclusionOf(left, asked);
  const other = conclusionOf(right, asked);
  if (!one || !other) return undefined;
  if (!isCertain(one) && !isCertain(other)) {
    // `None` and `0` are one.
    const isZero = one.quantity.value === 0 && other.quantity.value === 0;
    if (!isZero && isDenied(left) !== isDenied(right)) return undefined;
    if (!asked.quantity && !isSameBesides(one, other)) return undefined;
    if (one.all.length !== other.all.length) return undefined;
    const isSame = one.all.every((quantity, at) => {
      const counterpart = other.all[at];
      return counterpart !== undefined && isSameQuantity(quantity, counterpart);
    });
    return isSame ? 1 : 0;
  }
  return isSameQuantity(one.quantity, other.quantity) ? 1 : 0;
}

function isCertain({ how }: Conclusion): boolean {
  return how === 'marked' || how === 'worked';
}

/** Hardly anything is said beside the number, and it is the same, or one is the bare number. */
function isSameBesides(one: Conclusion, other: Conclusion): boolean {
  if (one.how === 'plain' || other.how === 'plain') return false;
  const { besides: some } = one;
  const { besides: others } = other;
  if (Math.max(some.size, others.size) > MAX_BESIDES) return false;
  if ((some.size === 0 && one.isBare) || (others.size === 0 && other.isBare)) return true;
  return some.size === others.size && [...some].every((word) => others.has(word));
}

function conclusionOf(answer: Answer, asked: Asked): Conclusion | undefined {
  const text = numericText(answer.text.slice(-END_CHARACTERS)).trimEnd();
  const marked = markedIn(text);
  if (marked) return { quantity: marked, how: 'marked', ...NOTHING_ELSE };
  // The numbers of a program are no conclusion.
  if (answer.text.includes('```')) return undefined;
  const size = sizeOf(answer.words);
  const quantity = concludedIn(text, asked.numbers);
  if (!quantity) return spelledIn(answer, size, asked);
  const { count, results } = equationsIn(text);
  if (count > 0 && (asked.quantity || results.includes(quantity.value))) {
    return { quantity, how: 'worked', ...NOTHING_ELSE };
  }
  if (size <= BRIEF_WORDS) {
    const all = quantitiesIn(text, MAX_QUANTITIES);
    const news = all.filter(({ value }) => !asked.numbers.has(value));
    // A number of the question is what this one is about.
    if (news.length === 0 && !asked.quantity) return undefined;
    const besides = besidesOf(text, asked);
    const isBare = size <= BARE_WORDS;
    return { quantity, how: 'brief', all: news.length > 0 ? news : [quantity], besides, isBare };
  }
  if (!asked.quantity || size > PLAIN_WORDS) return undefined;
  return { ...NOTHING_ELSE, quantity, how: 'plain', all: [quantity] };
}

const NOTHING_ELSE = { all: [], besides: new Set<string>(), isBare: false } as const;

function spelledIn({ words }: Answer, size: number, asked: Asked): Conclusion | undefined {
  const value = asked.quantity && size <= BRIEF_WORDS ? spelledNumber(words) : undefined;
  if (value === undefined) return undefined;
  const quantity = { value, decimals: 0, unit: undefined, start: 0, end: 0 };
  return { ...NOTHING_ELSE, quantity, how: 'brief', all: [quantity], isBare: true };
}

const MARKS = [
  // As the last line; elsewhere it is a heading.
  /####[^\n]{0,80}$/g,
  /\\boxed\s?\{[^\n]{0,200}/g,
  /(?:answer|result|total|antwort|ergebnis|reponse|réponse|respuesta|resultado|risposta|resposta|ответ)(?:\s(?:is|ist|lautet|est|es|è|é)|\s?[:=])\s?\**\s?(?=[-$€£¥₹(\d])[^\n]{0,200}/giu,
  /(?:答案|答え)(?:是|为|は|[:：])\s?(?=[-$€£¥\d])[^\n]{0,200}/gu,
];

/** The number behind the last mark that says: this is the answer. */
function markedIn(text: string): Quantity | undefined {
  for (const mark of MARKS) {
    const last = [...text.matchAll(mark)].at(-1);
    if (!last) continue;
    const [line] = last;
    const found = resultIn(line) ?? quantitiesIn(line, 1)[0];
    if (found) return found;
  }
  return undefined;
}

/** Of the last sentence that has a number: what it computes, or else the first number that the question does not have. */
function concludedIn(text: string, known: ReadonlySet<number>): Quantity | undefined {
  const sentence = sentencesIn(text, MAX_SENTENCES).findLast((part) => /\d/.test(part));
  if (sentence === undefined) return undefined;
  const result = resultIn(sentence);
  if (result) return result;
  const all = quantitiesIn(sentence, MAX_QUANTITIES);
  return all.find(({ value }) => !known.has(value)) ?? all[0];
}

/** The first number behind the last equals sign; said twice (`0.35 or 35 %`), the second time. */
function resultIn(sentence: string): Quantity | undefined {
  const equals = sentence.lastIndexOf('=');
  if (equals === -1) return undefined;
  const after = quantitiesIn(sentence, MAX_QUANTITIES).filter(({ start }) => start > equals);
  const [first, second] = after;
  return first && second && isSameQuantity(first, second) ? second : first;
}

/** What a brief answer says besides its numbers, their units and what the question has. */
function besidesOf(text: string, asked: Asked): ReadonlySet<string> {
  const besides = new Set<string>();
  for (const word of wordsIn(foldText(text))) {
    const isNew = !isFunctionWord(word) && !asked.words.has(word) && !unitOf(word);
    if (isNew && !/^\p{N}/u.test(word)) besides.add(word);
  }
  return besides;
}
