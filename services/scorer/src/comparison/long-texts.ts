import type { Answer } from './answer.ts';
import { isFunctionWord } from './function-words.ts';
import { areOpposite, isNegated, isNegation } from './negation.ts';
import { namesAndWordsIn } from './plain-words.ts';

/** Of a word this much is compared: a stem, roughly, in languages that inflect at the end. */
const STEM_CHARACTERS = 6;
/** With fewer words that are not the question's, its words count too. */
const MIN_NEW_WORDS = 3;
/**
 * The overlap of two good texts by two models, of few words and of many: long ones agree in what they say and not in how.
 */
const OVERLAP_OF_FEW = 0.8;
const OVERLAP_OF_MANY = 0.45;
const FEW_WORDS = 6;
const MANY_WORDS = 40;
/** Two sentences with this much in common say something about the same thing. */
const ALIGNED = 0.6;

/** What a sentence says, as far as that can be counted. */
interface Said {
  readonly stems: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
  readonly numbers: ReadonlySet<string>;
  readonly negated: boolean;
}

/**
 * How far two texts say the same: the overlap (F1) of the words that mean something and are not the question's, less
 * where their numbers or names differ, and less for every sentence that the other contradicts. As a share of the overlap
 * that two good texts of their length have.
 */
export function sameText(left: Answer, right: Answer, question: ReadonlySet<string>): number {
  const one = left.sentences.map(saidBy);
  const other = right.sentences.map(saidBy);
  const asked = new Set(Array.from(question, stemOf));
  const stems: [Set<string>, Set<string>] = [union(one, 'stems'), union(other, 'stems')];
  const isNew = (stem: string) => !asked.has(stem);
  const news = stems.map((all) => new Set(Array.from(all).filter(isNew)));
  const [newOne = new Set<string>(), newOther = new Set<string>()] = news;
  const hasNew = Math.min(newOne.size, newOther.size) >= MIN_NEW_WORDS;
  const compared = hasNew ? ([newOne, newOther] as const) : stems;
  const least = Math.min(compared[0].size, compared[1].size);
  const overlap = Math.min(1, f1(...compared) / overlapAmong(least));
  const factsAgree =
    halfOfOverlap(union(one, 'numbers'), union(other, 'numbers'), question) *
    halfOfOverlap(union(one, 'names'), union(other, 'names'), question);
  return overlap * factsAgree * (1 - contradicted(one, other));
}

/** What two good texts of so many words have in common. */
function overlapAmong(words: number): number {
  const share = (words - FEW_WORDS) / (MANY_WORDS - FEW_WORDS);
  return OVERLAP_OF_FEW + (OVERLAP_OF_MANY - OVERLAP_OF_FEW) * Math.min(1, Math.max(0, share));
}

function saidBy(sentence: string): Said {
  const stems = new Set<string>();
  const plain = new Set<string>();
  const names = new Set<string>();
  const numbers = new Set<string>();
  const words = namesAndWordsIn(sentence);
  const folded = words.map((word) => word.toLowerCase());
  for (const [at, word] of folded.entries()) {
    plain.add(word);
    if (isFunctionWord(word) || isNegation(word)) continue;
    stems.add(stemOf(word));
    if (/^\p{N}/u.test(word)) numbers.add(word);
    else if (at > 0 && word !== words[at]) names.add(word);
  }
  const negated = isNegated(sentence.toLowerCase(), folded);
  return { stems, words: plain, names, numbers, negated };
}

function stemOf(word: string): string {
  return word.slice(0, STEM_CHARACTERS);
}

function union(said: readonly Said[], what: 'stems' | 'names' | 'numbers'): Set<string> {
  const all = new Set<string>();
  for (const sentence of said) for (const word of sentence[what]) all.add(word);
  return all;
}

function f1(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  const all = left.size + right.size;
  return all === 0 ? 0 : (2 * shared(left, right)) / all;
}

function shared(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  let count = 0;
  for (const word of left) if (right.has(word)) count++;
  return count;
}

/** Between a half, where both name facts and share none, and 1. */
function halfOfOverlap(
  left: ReadonlySet<string>,
  right: ReadonlySet<string>,
  question: ReadonlySet<string>,
): number {
  const one = new Set(Array.from(left).filter((word) => !question.has(word)));
  const other = new Set(Array.from(right).filter((word) => !question.has(word)));
  const least = Math.min(one.size, other.size);
  return least === 0 ? 1 : 0.5 + (0.5 * shared(one, other)) / least;
}

/** Of the sentences that have a counterpart in the other text, the share that it contradicts. */
function contradicted(left: readonly Said[], right: readonly Said[]): number {
  let aligned = 0;
  let conflicts = 0;
  for (const [some, others] of [
    [left, right],
    [right, left],
  ] as const) {
    for (const sentence of some) {
      const counterpart = closestTo(sentence, others);
      if (!counterpart) continue;
      aligned++;
      if (isContradiction(sentence, counterpart)) conflicts++;
    }
  }
  return aligned === 0 ? 0 : conflicts / aligned;
}

function closestTo(sentence: Said, others: readonly Said[]): Said | undefined {
  let closest: Said | undefined;
  let most = ALIGNED;
  for (const other of others) {
    const overlap = f1(sentence.stems, other.stems);
    if (overlap < most) continue;
    // Of two as close, one that says it too.
    if (overlap === most && closest && !isContradiction(sentence, closest)) continue;
    closest = other;
    most = overlap;
  }
  return closest;
}

/** One denies what the other says, has the opposite of one of its words, or another name or number in its place. */
function isContradiction(left: Said, right: Said): boolean {
  return (
    left.negated !== right.negated ||
    areOpposite(left.words, right.words) ||
    areExchanged(left.numbers, right.numbers) ||
    areExchanged(left.names, right.names)
  );
}

function areExchanged(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  const common = shared(left, right);
  return left.size > common && right.size > common;
}
