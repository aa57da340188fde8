import type { ChatReply, ChatRequest, TokenLogprob } from '@weir/core';

/** How a draft model does: all that a drift can change. */
export interface DraftModel {
  readonly fingerprint: string;
  /** Log-odds that the draft of a middling question is right. */
  readonly skill: number;
  /** How much less sure than usual it sounds. */
  readonly doubt: number;
  /** How hard the questions are beyond the usual. */
  readonly hardness: number;
  /** How often the answer to an easy question is wrong all the same, and sounds as sure as ever. */
  readonly slips: number;
}

export const GOOD_DRAFT: DraftModel = {
  fingerprint: 'endpoint-1',
  skill: 3,
  doubt: 0,
  hardness: 0,
  slips: 0,
};

const TOPICS = ['orders', 'refunds', 'parcels', 'invoices', 'prices', 'stocks', 'wages', 'taxes'];

/** A question, what draft and frontier answered, and whether the draft was right. */
export interface Exchange {
  readonly chat: ChatRequest;
  readonly reply: ChatReply;
  readonly frontier: ChatReply;
  readonly isRight: boolean;
}

/** Hard questions make drafts wrong and unsure alike; nothing but the log-probabilities tells them apart. */
export function simulatedExchange(
  { skill, doubt, hardness, slips }: DraftModel,
  random: () => number,
): Exchange {
  const difficulty = normal(random) + hardness;
  const isSlip = difficulty < 0 && random() < slips;
  const isRight = random() < 1 / (1 + Math.exp(1.6 * difficulty - skill)) && !isSlip;
  const truth = 100 + Math.floor(random() * 9000);
  const said = isRight ? truth : truth + 1 + Math.floor(random() * 50);
  const topic = TOPICS[Math.floor(random() * TOPICS.length)];
  const content = `How many ${topic} were there in week ${Math.floor(random() * 50)}?`;
  const words = ['The', ' number', ' is', ` ${said}`, '.'];
  const tokens = words.map((token, at): TokenLogprob => {
    // The number is where a draft is unsure.
    const level = at === 3 ? -1.5 : -4;
    const logprob = -Math.exp(level + 0.9 * difficulty + doubt + 0.7 * normal(random));
    const other = Math.log(Math.max(1e-6, 0.9 * (1 - Math.exp(logprob))));
    return {
      token,
      logprob,
      top: [
        { token, logprob },
        { token: ' so', logprob: other },
      ],
    };
  });
  return {
    chat: { messages: [{ role: 'user', content }], topLogprobs: 2 },
    reply: { text: words.join(''), toolCalls: [], finish: 'stop', tokens },
    frontier: { text: `The number is ${truth}.`, toolCalls: [], finish: 'stop' },
    isRight,
  };
}

/** A standard normal number (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
