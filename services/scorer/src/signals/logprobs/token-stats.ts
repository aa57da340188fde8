import type { UsableLogprobs } from '@weir/cascade';
import type { TokenLogprob, TopLogprob } from '@weir/core';
import { Words } from '../text/words.ts';
import { contentRanges } from './content.ts';
import { quantiles } from './order.ts';

/** Long enough to outlast one odd word, short enough to catch one wrong number. */
const WINDOW_TOKENS = 8;
const FIRST_TOKENS = 5;
const UNSURE = Math.log(0.5);
const NEGLIGIBLE = -14.5;
/** A log-probability of zero would be infinitely sure; single precision ends about here. */
const SUREST = 1e-7;
/** The surest and the least sure that are told apart. */
const SUREST_Z = -Math.log(SUREST);
const LEAST_SURE_Z = -8;

/**
 * A log-probability as log-odds of a kind: -ln(-l). Linear models and calibration get along with it far better than with
 * probabilities, which crowd at 1.
 */
export function sureness(logprob: number): number {
  const z = -Math.log(Math.max(0, -logprob) + SUREST);
  return Math.min(SUREST_Z, Math.max(LEAST_SURE_Z, z));
}

/** Descending, as `quantiles` wants them. */
const SHARES = [0.5, 0.25, 0.1, 0.05];
/** Answers longer than this are taken as content throughout. */
const CONTENT_CHARACTERS = 16_384;

/** What an answer's token log-probabilities come to. Made of usable evidence only; every figure is finite. */
export class TokenStats {
  readonly count: number;
  readonly mean: number;
  readonly sum: number;
  readonly least: number;
  readonly firstMean: number;
  readonly worstWindowMean: number;
  readonly unsureShare: number;
  /** The log-probabilities below which half, a quarter, a tenth and a twentieth of the tokens are. */
  readonly q50: number;
  readonly q25: number;
  readonly q10: number;
  readonly q05: number;
  /** Of the tokens that carry something of the answer's own; all of them where none do. */
  readonly contentMean: number;
  readonly contentSum: number;
  readonly contentLeast: number;
  readonly contentShare: number;
  /** Of each token's alternatives; undefined without. */
  readonly choices: Choices | undefined;

  /** Tokens that a grammar forced count for nothing; at least one must be left. `words` and `text` are the answer's. */
  constructor({ tokens, forced }: UsableLogprobs, text: string, words: Words, question: Words) {
    const count = tokens.length - forced.size;
    this.count = count;
    const logprobs = new Float64Array(count);
    let spelt = '';
    let free = 0;
    let sum = 0;
    let unsure = 0;
    let least = 0;
    for (let at = 0; at < tokens.length; at++) {
      const token = tokens[at] as TokenLogprob;
      spelt += token.token;
      if (forced.size > 0 && forced.has(at)) continue;
      const logprob = token.logprob ?? 0;
      logprobs[free++] = logprob;
      sum += logprob;
      if (logprob < UNSURE) unsure++;
      if (logprob < least) least = logprob;
    }
    this.sum = sum;
    this.mean = sum / count;
    this.least = least;
    this.unsureShare = unsure / count;
    this.firstMean = meanOf(logprobs.subarray(0, FIRST_TOKENS));
    this.worstWindowMean = worstWindow(logprobs);
    const content = contentOf(tokens, forced, rangesIn(spelt, text, words, question));
    this.contentShare = content.length / count;
    const own = content.length > 0 ? content : logprobs;
    this.contentMean = meanOf(own);
    this.contentSum = this.contentMean * own.length;
    this.contentLeast = leastOf(own);
    this.choices = choicesOf(tokens, forced);
    // Last: it reorders them.
    const [q50 = 0, q25 = 0, q10 = 0, q05 = 0] = quantiles(logprobs, SHARES);
    this.q50 = q50;
    this.q25 = q25;
    this.q10 = q10;
    this.q05 = q05;
  }
}

export interface Choices {
  /** Mean and least distance of the first from the second choice, in probability. */
  readonly margin: number;
  readonly leastMargin: number;
  /** Mean and worst entropy over the alternatives told, in nats. */
  readonly entropy: number;
  readonly worstEntropy: number;
}

/** Undefined where all of it is content. */
function rangesIn(
  spelt: string,
  text: string,
  words: Words,
  question: Words,
): readonly number[] | undefined {
  if (spelt === text) return contentRanges(spelt, words, question);
  // Engines differ in what they trim; the places of the words differ with it.
  if (spelt.length > CONTENT_CHARACTERS) return undefined;
  return contentRanges(spelt, new Words(spelt), question);
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at] ?? 0;
  return sum / values.length;
}

function leastOf(values: Float64Array): number {
  let least = 0;
  for (let at = 0; at < values.length; at++) least = Math.min(least, values[at] ?? 0);
  return least;
}

/** The lowest mean over any run of eight tokens; over all of them when there are fewer. */
function worstWindow(logprobs: Float64Array): number {
  const width = Math.min(WINDOW_TOKENS, logprobs.length);
  let sum = 0;
  for (let at = 0; at < width; at++) sum += logprobs[at] ?? 0;
  let worst = sum;
  for (let at = width; at < logprobs.length; at++) {
    sum += (logprobs[at] ?? 0) - (logprobs[at - width] ?? 0);
    if (sum < worst) worst = sum;
  }
  return worst / width;
}

/** Those of the tokens that reach into a range. Both are in the order of the text. */
function contentOf(
  tokens: readonly TokenLogprob[],
  forced: ReadonlySet<number>,
  ranges: readonly number[] | undefined,
): Float64Array {
  const content = new Float64Array(tokens.length);
  let count = 0;
  let from = 0;
  let range = 0;
  for (let at = 0; at < tokens.length; at++) {
    const { token, logprob } = tokens[at] as TokenLogprob;
    const to = from + token.length;
    if (ranges) while (range < ranges.length && (ranges[range + 1] ?? 0) <= from) range += 2;
    const isOwn = !ranges || (range < ranges.length && (ranges[range] ?? 0) < to);
    if (isOwn && !(forced.size > 0 && forced.has(at))) content[count++] = logprob ?? 0;
    from = to;
  }
  return content.subarray(0, count);
}

/** Undefined unless every token that had a choice came with at least two alternatives. */
function choicesOf(
  tokens: readonly TokenLogprob[],
  forced: ReadonlySet<number>,
): Choices | undefined {
  let margins = 0;
  let leastMargin = 1;
  let entropies = 0;
  let worstEntropy = 0;
  for (let at = 0; at < tokens.length; at++) {
    if (forced.size > 0 && forced.has(at)) continue;
    const { top } = tokens[at] as TokenLogprob;
    if (top.length < 2) return undefined;
    let first = 0;
    let second = 0;
    let mass = 0;
    let weighted = 0;
    for (let choice = 0; choice < top.length; choice++) {
      const logprob = (top[choice] as TopLogprob).logprob;
      // What is no log-probability is no alternative, and one in two million moves nothing.
      if (!(logprob <= 0) || logprob < NEGLIGIBLE) continue;
      const chance = Math.exp(logprob);
      mass += chance;
      weighted += chance * logprob;
      if (chance > first) {
        second = first;
        first = chance;
      } else if (chance > second) second = chance;
    }
    if (!(mass > 0)) return undefined;
    const margin = first - second;
    margins += margin;
    if (margin < leastMargin) leastMargin = margin;
    // Renormalised over the alternatives told: -sum (p/m) ln (p/m) = ln m - sum p ln p / m.
    const entropy = Math.max(0, Math.log(mass) - weighted / mass);
    entropies += entropy;
    if (entropy > worstEntropy) worstEntropy = entropy;
  }
  const count = tokens.length - forced.size;
  return { margin: margins / count, leastMargin, entropy: entropies / count, worstEntropy };
}
