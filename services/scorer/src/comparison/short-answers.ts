import type { Answer } from './answer.ts';
import { isAlternative, isFunctionWord, withoutArticles } from './function-words.ts';
import { isDenied, isNegated } from './negation.ts';
import { sizeOf, wordsIn } from './plain-words.ts';
import { polarityOf } from './polarity.ts';

/** Words of an answer that is nothing but itself: a name, a label, yes or no. */
const CLOSED_WORDS = 5;
/** Words of a sentence that may be a closed answer said in full. */
const PHRASE_WORDS = 24;
/** So many words of such a sentence may be the answer: those that the question does not have. */
const ANSWER_WORDS = 3;
/** Words of a sentence in which a closed answer is looked for. */
const SENTENCE_WORDS = 80;
/** A closed answer within a sentence that says more. */
const WITHIN_SHARE = 0.75;

/** How far two answers agree of which one at least is a closed one; undefined where neither is. */
export function sameShortAnswer(
  left: Answer,
  right: Answer,
  question: ReadonlySet<string>,
): number | undefined {
  const sizes = [sizeOf(left.words), sizeOf(right.words)] as const;
  const polarity = samePolarity(left, right);
  if (polarity === 0) return 0;
  const least = Math.min(...sizes);
  if (least === 0) return undefined;
  const one = withoutArticles(left.words);
  const other = withoutArticles(right.words);
  const phrases =
    Math.max(...sizes) <= PHRASE_WORDS ? samePhrase(left, right, question) : undefined;
  if (least > CLOSED_WORDS) return phrases;
  if (isSameList(one, other) || polarity === 1) return 1;
  if (isDenied(left) !== isDenied(right)) return 0;
  if (phrases === 1) return 1;
  const share = (short: readonly string[], long: Answer) => shareWithin(short, long, question);
  return Math.max(
    sizes[0] === least ? share(one, right) : 0,
    sizes[1] === least ? share(other, left) : 0,
  );
}

/** Yes against no. A bare yes or no against an answer without either: what that one affirms or denies. */
function samePolarity(left: Answer, right: Answer): 0 | 1 | undefined {
  const one = polarityOf(left);
  const other = polarityOf(right);
  if (one && other) return one === other ? 1 : 0;
  const polarity = one ?? other;
  if (!polarity) return undefined;
  const [bare, said] = one ? [left, right] : [right, left];
  if (bare.words.length > 1) return undefined;
  const first = said.sentences[0] ?? '';
  return isNegated(first.toLowerCase(), wordsIn(first)) === (polarity === 'no') ? 1 : 0;
}

/**
 * Two sentences that answer in full: by the words that mean something and are not the question's, in any order. Where both
 * have none of these the answer is one of the question's own words, so all of them count.
 */
function samePhrase(left: Answer, right: Answer, question: ReadonlySet<string>): 0 | 1 | undefined {
  if (left.sentences.length !== 1 || right.sentences.length !== 1) return undefined;
  if (isDenied(left) !== isDenied(right)) return 0;
  if (left.words.some(isAlternative) !== right.words.some(isAlternative)) return undefined;
  const meant = (words: readonly string[]) => words.filter((word) => !isFunctionWord(word));
  const one = meant(left.words);
  const other = meant(right.words);
  const isNew = (word: string) => !question.has(word);
  const news = [one.filter(isNew).sort(), other.filter(isNew).sort()] as const;
  if (news[0].length === 0 && news[1].length === 0) {
    return one.length > 0 && isSameList(one, other) ? 1 : 0;
  }
  if (news.some(({ length }) => length === 0 || length > ANSWER_WORDS)) return undefined;
  if (isSameList(...news)) return 1;
  return news[0].some((word) => news[1].includes(word)) ? undefined : 0;
}

/** Whether a short answer is what a longer one says: as its frame (`It is ...`), its first sentence or its last. */
function shareWithin(
  short: readonly string[],
  long: Answer,
  question: ReadonlySet<string>,
): number {
  const first = wordsIn(long.sentences[0] ?? '');
  const last = wordsIn(long.sentences.at(-1) ?? '');
  let share = 0;
  for (const words of [first, last]) {
    if (words.length > SENTENCE_WORDS) continue;
    const said = withoutArticles(words);
    if (isSameList(said, short)) return 1;
    const at = placeOf(short, said);
    if (at === -1) continue;
    const rest = [...said.slice(0, at), ...said.slice(at + short.length)];
    if (rest.some(isAlternative)) continue;
    if (!rest.some(isFunctionWord)) continue;
    const others = rest.filter((word) => !isFunctionWord(word));
    if (others.every((word) => question.has(word))) return 1;
    // One of the question's own words beside another of them may be what is denied.
    const isNew = short.some((word) => !question.has(word));
    if (isNew || !others.some((word) => question.has(word))) share = WITHIN_SHARE;
  }
  return share;
}

function placeOf(part: readonly string[], whole: readonly string[]): number {
  for (let at = 0; at + part.length <= whole.length; at++) {
    if (part.every((word, index) => whole[at + index] === word)) return at;
  }
  return -1;
}

function isSameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((word, at) => word === right[at]);
}
