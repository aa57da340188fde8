import type { Usage, UsagePart } from '@weir/core';
import { anthropicUsageOf } from './anthropic-counts.ts';
import { inconsistent, partsOf, sumOf, type Wire, wordOf } from './counts.ts';

/** One of `iterations`: the model sampling, compacting, being advised, or answering in another's place. */
interface Pass {
  readonly type: string | undefined;
  readonly model: string | undefined;
  readonly usage: Usage;
}

/**
 * Anthropic's record of what is billed, pass by pass. The counts above it leave out compaction and advice, and after a
 * fallback they describe the last attempt alone. Undefined where there is no such record.
 */
export function passesOf(
  wire: Wire,
  top: Usage,
): { readonly usage: Usage; readonly parts: readonly UsagePart[] | undefined } | undefined {
  const passes = partsOf(wire, 'iterations').map((entry) => ({
    type: wordOf(entry, 'type'),
    model: wordOf(entry, 'model'),
    usage: anthropicUsageOf(entry),
  }));
  if (passes.length === 0) return undefined;
  const answers = passes.filter(isAnswer);
  agree(top, answers);
  const hasFallback = fellBack(answers);
  const billed = passes.filter((pass) => !hasFallback || !isDeclined(pass));
  const reasoned = withReasoning(billed, top.reasoningTokens);
  const parts = reasoned.map((pass) => {
    // Answers name their model too, but without a fallback that is the one that was asked.
    const model = hasFallback || pass.type === 'advisor_message' ? pass.model : undefined;
    return model === undefined ? { usage: pass.usage } : { model, usage: pass.usage };
  });
  const isPlain = parts.length === 1 && parts[0]?.model === undefined;
  return {
    usage: sumOf(parts.map(({ usage }) => usage)),
    parts: isPlain ? undefined : parts,
  };
}

function isAnswer(pass: Pass): boolean {
  return pass.type === 'message' || pass.type === 'fallback_message';
}

function fellBack(answers: readonly Pass[]): boolean {
  if (answers.some(({ type }) => type === 'fallback_message')) return true;
  return new Set(answers.map(({ model }) => model)).size > 1;
}

/** An attempt that a fallback took over from is billed only for what it had said by then. */
function isDeclined(pass: Pass): boolean {
  return pass.type === 'message' && pass.usage.outputTokens === 0;
}

const FIGURES: readonly ((usage: Usage) => number)[] = [
  (usage) => usage.inputTokens,
  (usage) => usage.cacheReadTokens,
  (usage) => usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
  (usage) => usage.outputTokens,
];

/** The counts of the message are those of all its answers, or of the last: from some pass on to the end. */
function agree(top: Usage, answers: readonly Pass[]): void {
  for (const figure of FIGURES) {
    let sum = 0;
    let isExplained = answers.length === 0 && figure(top) === 0;
    for (const { usage } of answers.toReversed()) {
      sum += figure(usage);
      isExplained ||= sum === figure(top);
    }
    if (!isExplained) throw inconsistent('The counts of the message are not those of its passes');
  }
}

/** Thinking is told of the whole message only. It lies within the latest answers, which the message's counts describe. */
function withReasoning(passes: readonly Pass[], reasoningTokens: number): readonly Pass[] {
  let rest = reasoningTokens;
  return passes
    .toReversed()
    .map((pass) => {
      if (rest === 0 || !isAnswer(pass)) return pass;
      const share = Math.min(rest, pass.usage.outputTokens);
      rest -= share;
      return { ...pass, usage: { ...pass.usage, reasoningTokens: share } };
    })
    .toReversed();
}
