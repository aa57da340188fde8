import type { ReasoningEffort, ServiceTier } from '@weir/core';
import type { Compatible, Lackable } from './compatible.ts';

/** What rows of the table begin with. */

/** Each effort by its own name. */
export const OWN_EFFORTS = {
  none: 'none',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'xhigh',
  max: 'max',
} as const satisfies Record<ReasoningEffort, string>;

/** Each tier by its own name. */
export const OWN_TIERS = {
  auto: 'auto',
  default: 'default',
  flex: 'flex',
  priority: 'priority',
  scale: 'scale',
} as const satisfies Record<ServiceTier, string>;

/** Efforts of those who know three, and how to think nothing. */
export const THREE_EFFORTS = {
  none: 'none',
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
} as const;

/** What none but OpenAI and a few others have a word for. */
export const RARE = [
  'refusal',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_retention',
] as const satisfies readonly Lackable[];

/**
 * How OpenAI says that a model refuses a parameter. Chat completions have a machine word beside it; the Responses API
 * has none (BerriAI/litellm#13407), nor has either for tools that a model takes only where it does not think.
 */
export const UNSUPPORTED =
  /^(?:Unsupported (?:parameter|value): '|Function tools with reasoning_effort are not supported for |Encrypted content is not supported with this model|Reasoning input items can only be provided to a reasoning)/;

/** What an unknown server most likely takes; what the rows of the table begin with. */
export const COMPATIBLE: Compatible = {
  renamed: { max_completion_tokens: 'max_tokens' },
  lacks: ['refusal'],
  unknownFields: 'handed_on',
  takes: [],
  // Few templates know a developer.
  developer: 'system',
  usage: { options: { include_usage: true }, at: [['usage']] },
  logprobs: { by: 'switch', most: 20 },
  reasoning: { effort: { at: ['reasoning_effort'], words: OWN_EFFORTS } },
  tiers: OWN_TIERS,
  speculation: {
    at: ['usage', 'completion_tokens_details'],
    accepted: 'accepted_prediction_tokens',
    rejected: 'rejected_prediction_tokens',
  },
  // OpenAI, vLLM, DeepSeek, OpenRouter, xAI, and whoever copied them.
  errors: {
    overflow: /^This (?:model|endpoint)'s maximum (?:context|prompt) length is \d+/,
    unsupported: UNSUPPORTED,
  },
};

/** OpenAI itself, which names what it takes and refuses all else. */
export const OPENAI: Compatible = {
  ...COMPATIBLE,
  renamed: {},
  lacks: [],
  unknownFields: 'refused',
  takes: [
    'user',
    'metadata',
    'store',
    'logit_bias',
    'safety_identifier',
    'verbosity',
    'modalities',
    'audio',
    'moderation',
    'prompt_cache_options',
    'web_search_options',
  ],
  models: 'openai',
  // More is "string too long" to some models (vercel/ai#5171).
  callIds: /^.{1,40}$/s,
  developer: 'developer',
};

/** Somebody else stands behind it, who is asked in OpenAI's words and marks caches in Anthropic's. */
export const GATEWAY: Compatible = {
  ...COMPATIBLE,
  renamed: {},
  lacks: [],
  developer: 'developer',
  cacheMarks: { on: ['parts', 'tools'], spans: ['5m', '1h'] },
};

/** Our own hardware: no labels, no tiers, no cache but its own, and nothing that it was not made for. */
export const ENGINE: Compatible = {
  ...COMPATIBLE,
  lacks: RARE,
  unknownFields: 'ignored',
  takes: ['logit_bias'],
  thoughts: 'reasoning_content',
  tiers: {},
};
