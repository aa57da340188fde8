import type { ChatRequest, Reasoning, ReasoningEffort } from '@weir/core';
import { mayThink, type Turn } from './messages.ts';
import type { Abilities } from './models.ts';

/** How a model is told to think; nothing where nobody asked, which leaves it to the model. */
export interface Thought {
  readonly thinking?: { readonly type: string; readonly [field: string]: unknown } | undefined;
  readonly effort?: { readonly effort: string } | undefined;
}

/** The API refuses less. */
const MIN_BUDGET = 1024;

/** Tokens by which models think that grade no effort: what Google's OpenAI face makes of each, since nobody else says. */
const BUDGETS: ReadonlyMap<ReasoningEffort, number> = new Map([
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
  ['xhigh', 24_576],
  ['max', 32_768],
]);

const NOTHING: Thought = {};

/** What was asked of the model's thinking, as it can be told; what it cannot be told is named in `dropped`. */
export function thoughtOf(
  request: ChatRequest,
  abilities: Abilities,
  maxTokens: number,
  turns: readonly Turn[],
  dropped: Set<string>,
): Thought {
  const { reasoning } = request;
  if (!reasoning) return NOTHING;
  const name = nameOf(reasoning);
  if (reasoning.effort === 'none') {
    if (abilities.thinking === 'none') return NOTHING;
    if (abilities.thoughtless) return { thinking: { type: 'disabled' } };
    dropped.add(name);
    return NOTHING;
  }
  const thinking = forcesTool(request)
    ? undefined
    : thinkingOf(reasoning, abilities, maxTokens, turns);
  const effort = effortOf(reasoning, abilities, thinking !== undefined);
  if (!thinking) dropped.add(name);
  // A budget cannot be told to a model that sees for itself.
  else if (
    abilities.thinking === 'adaptive' &&
    !reasoning.effort &&
    reasoning.maxTokens !== undefined
  ) {
    dropped.add('thinking');
  }
  return { thinking, effort };
}

function thinkingOf(
  reasoning: Reasoning,
  abilities: Abilities,
  maxTokens: number,
  turns: readonly Turn[],
): Thought['thinking'] {
  if (abilities.thinking === 'none') return undefined;
  // Its newest models hide their thoughts unless asked for them.
  if (abilities.thinking === 'adaptive') return { type: 'adaptive', display: 'summarized' };
  const asked = reasoning.maxTokens ?? BUDGETS.get(reasoning.effort ?? 'medium') ?? MIN_BUDGET;
  // Thoughts are part of the answer's limit, and something must be left to say.
  const budget = Math.min(Math.max(asked, MIN_BUDGET), maxTokens - 1);
  if (budget < MIN_BUDGET || !mayThink(turns)) return undefined;
  return { type: 'enabled', budget_tokens: budget };
}

/** More than `high` is for those who may think, and not for all of them: it is then the most that is taken. */
function effortOf(
  { effort }: Reasoning,
  { efforts }: Abilities,
  thinks: boolean,
): Thought['effort'] {
  if (efforts.length === 0 || effort === undefined || effort === 'none') return undefined;
  if (effort === 'minimal') return { effort: 'low' };
  const isTaken = efforts.includes(effort) && (thinks || !ABOVE_HIGH.has(effort));
  return { effort: isTaken ? effort : 'high' };
}

const ABOVE_HIGH: ReadonlySet<ReasoningEffort> = new Set(['xhigh', 'max']);

/** A tool that must be called leaves no room for thought. */
function forcesTool({ tools, toolChoice }: ChatRequest): boolean {
  return Boolean(tools?.length) && (toolChoice === 'required' || typeof toolChoice === 'object');
}

/** Under which name it was asked. */
function nameOf(reasoning: Reasoning): string {
  return reasoning.effort === undefined ? 'thinking' : 'reasoning_effort';
}
