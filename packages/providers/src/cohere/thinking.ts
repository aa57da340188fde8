import type { ChatRequest, ReasoningEffort } from '@weir/core';

/** Tokens for the lower efforts, which Cohere does not grade; at the higher ones a model thinks as it sees fit. */
const BUDGETS: ReadonlyMap<ReasoningEffort, number> = new Map([
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
]);

/** Those from before there was thought, which have no such parameter; one of unknown name counts as newer. */
const THOUGHTLESS = /^(?:command-(?:r|light|nightly|a-(?:03|vision|translate))|c4ai-aya)/;

/** What was asked of the model's thinking; nothing where nobody asked, which leaves it to the model. */
export function thinkingOf(
  { reasoning, maxOutputTokens }: ChatRequest,
  model: string,
  dropped: Set<string>,
): object | undefined {
  if (!reasoning) return undefined;
  const { effort, maxTokens } = reasoning;
  if (THOUGHTLESS.test(model)) {
    if (effort !== 'none') dropped.add(effort === undefined ? 'thinking' : 'reasoning_effort');
    return undefined;
  }
  if (effort === 'none') return { type: 'disabled' };
  const asked = maxTokens ?? (effort && BUDGETS.get(effort));
  if (asked === undefined) return { type: 'enabled' };
  // Thoughts are part of the answer's limit, and something must be left to say.
  const budget = Math.min(asked, (maxOutputTokens ?? Number.POSITIVE_INFINITY) - 1);
  return { type: 'enabled', token_budget: Math.max(1, budget) };
}
