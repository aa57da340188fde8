import { plain } from './wording.ts';

/** What a signal's value means to people. */
export interface Meaning {
  /** One short line. */
  readonly meaning: string;
  /** The value in the unit that people think in. */
  say(value: number): string;
}

/** Log-probabilities are kept as -ln(-l); the chance that they stand for. */
function chance(value: number): string {
  const likely = Math.exp(-Math.exp(-value));
  return likely < 0.9 ? plain(likely) : String(Number(likely.toFixed(5)));
}

/** Entropies are kept as log-probabilities are. */
function nats(value: number): string {
  return `${plain(Math.exp(-value))} nats`;
}

function percent(value: number): string {
  return `${plain(100 * value)} %`;
}

function yesOrNo(value: number): string {
  return value > 0.5 ? 'yes' : 'no';
}

function perSentence(value: number): string {
  return `${plain(value)} a sentence`;
}

function counted(unit: string): Meaning['say'] {
  return (value) => `${Math.round(Math.expm1(value))} ${unit}`;
}

/** By the signal's name. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  mean_logprob: { meaning: 'geometric mean of the chances of its tokens', say: chance },
  least_logprob: { meaning: 'chance of its least likely token', say: chance },
  sum_logprob: { meaning: 'chance of the answer, word for word', say: chance },
  logprob_q05: { meaning: 'one token in 20 was less likely', say: chance },
  logprob_q10: { meaning: 'one token in 10 was less likely', say: chance },
  logprob_q25: { meaning: 'one token in 4 was less likely', say: chance },
  logprob_q50: { meaning: 'half of the tokens were less likely', say: chance },
  worst_window: { meaning: 'mean chance in the worst run of 8 tokens', say: chance },
  first_tokens: { meaning: 'mean chance of the first 5 tokens', say: chance },
  unsure_share: { meaning: 'tokens with a chance below one half', say: percent },
  margin: { meaning: 'mean lead of the first choice over the second, in chance', say: plain },
  least_margin: { meaning: 'least lead of a first choice over the second', say: plain },
  entropy: { meaning: 'mean entropy over the alternatives told', say: nats },
  worst_entropy: { meaning: 'entropy where it was least decided', say: nats },
  content_mean: { meaning: 'mean chance of the tokens that say something of its own', say: chance },
  content_least: { meaning: 'least chance of a token that says something of its own', say: chance },
  content_sum: { meaning: 'chance of all that it says of its own', say: chance },
  content_share: { meaning: 'tokens that say something of its own', say: percent },
  token_count: { meaning: 'length', say: counted('tokens') },
  hedging: { meaning: 'takes back what it says', say: perSentence },
  refusal: { meaning: 'says that it cannot or will not answer', say: perSentence },
  second_thoughts: { meaning: 'corrects or contradicts itself', say: perSentence },
  answer_length: { meaning: 'length', say: counted('words') },
  length_ratio: {
    meaning: "length against the question's",
    say: (value) => `${plain(Math.exp(value))} times`,
  },
  repetition: { meaning: 'runs of three words that it had before', say: percent },
  cut_off: { meaning: 'breaks off within a sentence, bracket or code block', say: yesOrNo },
  last_line: { meaning: 'length of the last line', say: counted('characters') },
  language_mismatch: { meaning: 'in another language than the question', say: yesOrNo },
  unsupported_numbers: { meaning: 'numbers that come from nowhere', say: percent },
  unused_numbers: { meaning: 'numbers of the question that it does not take up', say: percent },
  unsupported_names: { meaning: 'names that the request does not have', say: percent },
  unsupported_addresses: { meaning: 'web addresses that the request does not have', say: percent },
  grounding: { meaning: 'longer words that the passages given have too', say: percent },
  echo: { meaning: "words that are the question's own", say: percent },
  equation_errors: { meaning: 'equations that are wrong', say: percent },
  result_kept: { meaning: 'concludes with what it computed last', say: yesOrNo },
  fraction_concluded: {
    meaning: 'concludes with a fraction, where the question has whole numbers',
    say: yesOrNo,
  },
  derived_number: {
    meaning: 'concludes with what follows from two numbers of the question',
    say: yesOrNo,
  },
  second_draft_agreement: { meaning: 'agreement of a second draft with it', say: percent },
  judge_opinion: { meaning: 'how likely a judge model takes it to be right', say: percent },
  confidence: { meaning: 'the one figure of a recorded log', say: plain },
  draft_cost: {
    meaning: "the draft's cost in a recorded log, in its unit",
    say: (value) => plain(Math.exp(value)),
  },
};

const UNKNOWN: Meaning = { meaning: 'of another version of Weir', say: plain };

/** What is known of a signal; of one that this version does not have, its value as it is. */
export function meaningOf(signal: string): Meaning {
  return Object.hasOwn(MEANINGS, signal) ? (MEANINGS[signal] ?? UNKNOWN) : UNKNOWN;
}

/** The signals that have a meaning here. */
export const KNOWN_SIGNALS: readonly string[] = Object.keys(MEANINGS);
