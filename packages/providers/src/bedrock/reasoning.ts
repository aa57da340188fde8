import type { ChatRequest, Reasoning, ReasoningEffort } from '@weir/core';
import { thoughtOf } from '../anthropic/thinking.ts';
import type { Traits } from './models.ts';

/** How a model is told to think: in its maker's own fields, and in the one that Converse has for effort. */
export interface Told {
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  readonly effort?: string | undefined;
  /** Claude then takes no temperature of the caller's. */
  readonly thinks: boolean;
}

const NOTHING: Told = { thinks: false };

/** What was asked of the model's thinking, as it can be told; what it cannot be told is named in `dropped`. */
export function reasoningOf(
  request: ChatRequest,
  traits: Traits,
  mayThink: boolean,
  dropped: Set<string>,
): Told {
  const { reasoning } = request;
  if (!reasoning) return NOTHING;
  if (traits.family === 'claude') return toldToClaude(request, traits, mayThink, dropped);
  const effort = reasoning.effort ?? (reasoning.maxTokens === undefined ? 'medium' : undefined);
  const fields = effort && fieldsFor(traits.family, effort);
  if (!fields) dropped.add(nameOf(reasoning));
  return { ...NOTHING, fields };
}

function toldToClaude(
  request: ChatRequest,
  { abilities }: Traits,
  mayThink: boolean,
  dropped: Set<string>,
): Told {
  const { reasoning = {}, maxOutputTokens = Number.POSITIVE_INFINITY } = request;
  if (reasoning.effort !== 'none' && abilities.thinking === 'budget' && !mayThink) {
    dropped.add(nameOf(reasoning));
    return NOTHING;
  }
  const { thinking, effort } = thoughtOf(request, abilities, maxOutputTokens, [], dropped);
  // Whoever can be told not to think does not unless asked; and to be told so some of them refuse here.
  if (thinking?.type === 'disabled') return NOTHING;
  return {
    fields: thinking && { thinking },
    // A budget says it all, and the one model that takes both wants to be asked for it in a beta.
    effort: abilities.thinking === 'adaptive' ? effort?.effort : undefined,
    thinks: thinking !== undefined,
  };
}

function fieldsFor(family: Traits['family'], effort: ReasoningEffort): Told['fields'] {
  if (family === 'gpt-oss') {
    const level = GPT_OSS_LEVELS.get(effort);
    return level === undefined ? undefined : { reasoning_effort: level };
  }
  if (family !== 'nova-2') return undefined;
  if (effort === 'none') return { reasoningConfig: { type: 'disabled' } };
  const maxReasoningEffort = NOVA_LEVELS.get(effort);
  if (maxReasoningEffort === undefined) return undefined;
  return { reasoningConfig: { type: 'enabled', maxReasoningEffort } };
}

/** It cannot but think. */
const GPT_OSS_LEVELS: ReadonlyMap<ReasoningEffort, string> = new Map([
  ['minimal', 'low'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'high'],
  ['max', 'high'],
]);

/** Nova's `high` is for answers without a limit, and every answer here has one. */
const NOVA_LEVELS: ReadonlyMap<ReasoningEffort, string> = new Map([
  ['minimal', 'low'],
  ['low', 'low'],
  ['medium', 'medium'],
]);

/** Under which name it was asked. */
function nameOf(reasoning: Reasoning): string {
  return reasoning.effort === undefined ? 'thinking' : 'reasoning_effort';
}
