import type { Reasoning } from '@weir/core';
import type { Fields, ReasoningAsked } from './compatible.ts';
import { at } from './words.ts';

const NOTHING: readonly Fields[] = [];

/**
 * What can be said here of a wish for thought. A budget goes before an effort, being the more exact; that nothing is to
 * be thought goes before both.
 */
export function reasoningFields(
  reasoning: Reasoning | undefined,
  asked: ReasoningAsked,
  dropped: Set<string>,
): readonly Fields[] {
  if (!reasoning) return NOTHING;
  const { effort, maxTokens } = reasoning;
  const word = effort === undefined ? undefined : asked.effort?.words[effort];
  const graded = asked.effort && word !== undefined ? at(asked.effort.at, word) : undefined;
  if (effort === 'none') {
    const off = asked.off ?? graded;
    if (!off) dropped.add('reasoning_effort');
    return off ? [off] : NOTHING;
  }
  const on = asked.on ? [asked.on] : NOTHING;
  if (maxTokens !== undefined && asked.budget) {
    const { beside } = asked.budget;
    const counted = at(asked.budget.at, maxTokens);
    return beside ? [...on, counted, beside] : [...on, counted];
  }
  if (graded) return [...on, graded];
  if (effort !== undefined) dropped.add('reasoning_effort');
  else if (maxTokens !== undefined) dropped.add('thinking');
  return on;
}
