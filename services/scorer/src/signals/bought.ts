import type { ChatRequest } from '@weir/core';
import { agreement } from '../comparison/index.ts';
import type { Signal } from './signal.ts';

/** Below this a model says nearly the same again, and its agreement with itself says little. */
const LEAST_TEMPERATURE = 0.7;
/** The one that every model takes. */
const USUAL_TEMPERATURE = 1;
const SEEDS = 2 ** 31;

/** How far a second draft of the same question agrees. Abstains without one, and where neither gives an answer. */
const SECOND_DRAFT_AGREEMENT: Signal = {
  name: 'second_draft_agreement',
  cost: 'bought',
  read: ({ chat, reply, beside: { secondDraft } }) => {
    const agreed = secondDraft && agreement(chat, reply, secondDraft);
    return agreed && agreed.kind !== 'none' ? agreed.share : undefined;
  },
};

/** How likely a judge model takes the draft to be right. */
const JUDGE_OPINION: Signal = {
  name: 'judge_opinion',
  cost: 'bought',
  read: ({ beside: { judged } }) => judged,
};

/** What is bought for a draft in the grey zone. */
export const BOUGHT_SIGNALS: readonly Signal[] = [SECOND_DRAFT_AGREEMENT, JUDGE_OPINION];

/**
 * The same question once more, so that the answer is a second opinion: with another seed, and with as much chance as its
 * agreement needs to mean something. Its log-probabilities are of no use.
 */
export function secondDraftRequest(chat: ChatRequest): ChatRequest {
  const { topP: _, topLogprobs: __, ...question } = chat;
  return {
    ...question,
    seed: otherSeed(chat.seed ?? 0),
    temperature: Math.max(LEAST_TEMPERATURE, chat.temperature ?? USUAL_TEMPERATURE),
  };
}

function otherSeed(seed: number): number {
  return (Math.abs(seed) + 1) % SEEDS;
}
