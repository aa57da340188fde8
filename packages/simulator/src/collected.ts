import type { FaultName } from './faults.ts';
import type { MindAnswer, MindEnd, MindToken } from './mind.ts';

/** All of an answer at once. */
export interface Collected {
  readonly tokens: readonly MindToken[];
  readonly end: MindEnd;
}

export function collect(answer: MindAnswer): Collected {
  const tokens: MindToken[] = [];
  let step = answer.tokens.next();
  while (!step.done) {
    tokens.push(step.value);
    step = answer.tokens.next();
  }
  return { tokens, end: step.value };
}

/** Answers that look well and are not. */
export function altered(collected: Collected, fault: FaultName | undefined): Collected {
  const { tokens, end } = collected;
  switch (fault) {
    case 'empty':
      return { tokens: [], end: { ...end, completionTokens: 1 } };
    case 'garble':
      return said(' the'.repeat(40), end);
    case 'refusal':
      return said("I'm sorry, but I can't help with that.", end);
    case 'zerofill':
      return { tokens: tokens.map(({ text }) => ({ text, logprob: 0, top: [] })), end };
    default:
      return collected;
  }
}

function said(text: string, end: MindEnd): Collected {
  const tokens = (text.match(/\s*\S+/g) ?? []).map((piece) => ({
    text: piece,
    logprob: -0.001,
    top: [{ token: piece, logprob: -0.001 }],
  }));
  return { tokens, end: { ...end, completionTokens: tokens.length + 1 } };
}
