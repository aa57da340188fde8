import type { Reading } from './reading.ts';

/** Buckets that words are hashed into: the question's into the first half, the answer's into the second. */
export const NGRAM_BUCKETS = 16_384;
const HALF = NGRAM_BUCKETS / 2;
/** Distinct words read of a question, and of an answer. */
const MAX_WORDS = 512;

const QUESTION_SALT = 0x3c6ef372;
const ANSWER_SALT = 0x510e527f;
const WHOLE_SALT = 0x1f83d9ab;

/**
 * The words of question and answer as buckets, ascending, each once, and one bucket for the question as a whole, by which a
 * question that comes again is known. Hashes only: no text can be read back from them.
 */
export function ngramsOf(reading: Reading): number[] {
  const buckets = new Set<number>();
  let whole = QUESTION_SALT;
  const question = reading.questionWords.hashes;
  for (const hash of question) whole = Math.imul(whole ^ hash, 0x01000193);
  if (question.length > 0) buckets.add(bucketOf(whole, WHOLE_SALT));
  addWords(buckets, reading.questionWords.distinct, QUESTION_SALT, 0);
  addWords(buckets, reading.words.distinct, ANSWER_SALT, HALF);
  return Array.from(Int32Array.from(buckets).sort());
}

/** Those of them that are the question's, which are known before there is an answer. */
export function questionNgrams(ngrams: readonly number[]): number[] {
  return ngrams.filter((bucket) => bucket < HALF);
}

function addWords(buckets: Set<number>, words: Iterable<number>, salt: number, from: number): void {
  let count = 0;
  for (const word of words) {
    if (count++ >= MAX_WORDS) break;
    buckets.add(from + bucketOf(word, salt));
  }
}

/** Murmur3's finisher: neighbouring hashes go to unrelated buckets. */
function bucketOf(hash: number, salt: number): number {
  let mixed = hash ^ salt;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) % HALF;
}
