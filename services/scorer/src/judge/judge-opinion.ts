import type { ChatReply } from '@weir/core';

/** A verdict with all the white space that a model may put into it. */
const MAX_CHARACTERS = 256;
const VERDICT = '"verdict"\\s*:\\s*"(?<verdict>correct|incorrect|unsure)"';
const SCORE = '"score"\\s*:\\s*(?<score>100|[1-9]?[0-9])';
/** Both fields in either order, each once, and nothing else: no parser would tell us of a field said twice. */
const OPINIONS = [
  new RegExp(`^\\s*\\{\\s*${VERDICT}\\s*,\\s*${SCORE}\\s*\\}\\s*$`),
  new RegExp(`^\\s*\\{\\s*${SCORE}\\s*,\\s*${VERDICT}\\s*\\}\\s*$`),
];

/**
 * How likely a judge takes a draft to be right, in [0, 1]. Null when its reply is anything but the verdict that it was asked
 * for, or contradicts itself: that is no evidence, and never a reason to accept.
 */
export function judgeOpinion(reply: ChatReply): number | null {
  const { text, refusal, toolCalls, finish } = reply;
  if (finish !== 'stop' || refusal || toolCalls.length > 0) return null;
  if (text.length > MAX_CHARACTERS) return null;
  for (const opinion of OPINIONS) {
    const groups = opinion.exec(text)?.groups;
    if (!groups) continue;
    const { verdict } = groups;
    const score = Number(groups['score']);
    const contradicts = verdict === 'correct' ? score < 50 : verdict === 'incorrect' && score > 50;
    return contradicts ? null : score / 100;
  }
  return null;
}
