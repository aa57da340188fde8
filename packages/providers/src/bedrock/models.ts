import { type Abilities, abilitiesOf, generationOf } from '../anthropic/models.ts';

/**
 * What some models behind Converse refuse that others take: it answers 400 to what its model does not know. A model's
 * id names its maker; an ARN of one's own (an application's inference profile, a provisioned model, a router) names
 * nobody, so that its model counts as one that takes whatever the caller says.
 */
export interface Traits {
  readonly family: 'claude' | 'nova-2' | 'gpt-oss' | 'other';
  /** What Claude refuses; everybody else takes it. */
  readonly abilities: Abilities;
  /** Where a cache point may stand. */
  readonly caches: 'anywhere' | 'outside-tools' | 'nowhere';
  readonly cachesForAnHour: boolean;
  /** Takes back what it thought. */
  readonly remembersThoughts: boolean;
}

const OWN_ARN =
  /^arn:.*[:/](?:application-inference-profile|provisioned-model|custom-model-deployment|prompt-router|default-prompt-router)\//;

export function traitsOf(model: string): Traits {
  const abilities = abilitiesOf(model);
  if (/claude/i.test(model)) {
    const generation = generationOf(model);
    // Claude 3.7 and after, and one that came before it.
    const caches = generation >= 307 || /claude-3-5-haiku/i.test(model) ? 'anywhere' : 'nowhere';
    const cachesForAnHour = generation >= 405;
    return { family: 'claude', abilities, caches, cachesForAnHour, remembersThoughts: true };
  }
  if (OWN_ARN.test(model)) {
    const open = { caches: 'anywhere', cachesForAnHour: true, remembersThoughts: true } as const;
    return { family: 'other', abilities, ...open };
  }
  const isNova = model.includes('amazon.nova');
  const caches = isNova ? 'outside-tools' : 'nowhere';
  const closed = { abilities, caches, cachesForAnHour: false, remembersThoughts: false } as const;
  if (model.includes('openai.gpt-oss')) return { family: 'gpt-oss', ...closed };
  return { family: model.includes('amazon.nova-2') ? 'nova-2' : 'other', ...closed };
}
