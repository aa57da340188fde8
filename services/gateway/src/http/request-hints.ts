import {
  type CacheTtl,
  CHAT_RANGES,
  type ChatRequest,
  MAX_CACHE_KEY_CHARACTERS,
  type PromptCache,
  REASONING_EFFORTS,
  type Reasoning,
  SERVICE_TIERS,
} from '@weir/core';
import type { Fields } from './fields.ts';

/** Everything by which a request says how it is to be answered rather than what. */
type Hints = Pick<
  ChatRequest,
  'reasoning' | 'promptCache' | 'prediction' | 'serviceTier' | 'priority'
>;

/** The names that `requestHints` reads. */
export const HINTS = [
  'reasoning_effort',
  'thinking',
  'prompt_cache_key',
  'prompt_cache_retention',
  'cache_control',
  'prediction',
  'service_tier',
  'priority',
] as const;

export function requestHints(fields: Fields): Hints {
  return {
    reasoning: reasoning(fields),
    promptCache: promptCache(fields),
    prediction: prediction(fields),
    serviceTier: fields.oneOf('service_tier', SERVICE_TIERS),
    priority: fields.integer('priority', ...CHAT_RANGES.priority),
  };
}

/** OpenAI's effort, Anthropic's budget, or both: each provider takes the one that it knows. */
function reasoning(fields: Fields): Reasoning | undefined {
  const effort = fields.oneOf('reasoning_effort', REASONING_EFFORTS);
  const thinking = fields.fields('thinking');
  if (!thinking) return effort && { effort };
  const type = thinking.oneOf('type', ['enabled', 'disabled', 'adaptive']);
  if (type === undefined) throw thinking.fault('type', 'is required');
  const maxTokens = thinking.integer('budget_tokens', ...CHAT_RANGES.reasoningTokens);
  if (type !== 'disabled') return { effort, maxTokens };
  if (effort !== undefined && effort !== 'none') {
    throw fields.fault('thinking', 'is disabled, which contradicts "reasoning_effort"');
  }
  return { effort: 'none' };
}

function promptCache(fields: Fields): PromptCache | undefined {
  const key = fields.string('prompt_cache_key');
  if ((key?.length ?? 0) > MAX_CACHE_KEY_CHARACTERS) {
    const complaint = `must have at most ${MAX_CACHE_KEY_CHARACTERS} characters`;
    throw fields.fault('prompt_cache_key', complaint);
  }
  const retention = fields.oneOf<'in_memory' | '24h'>('prompt_cache_retention', [
    'in_memory',
    '24h',
  ]);
  const ttl = cacheTtl(fields);
  if (key === undefined && retention === undefined && ttl === undefined) return undefined;
  return { key, retention, ttl };
}

/** Anthropic's `cache_control`, wherever it stands: on a part, on a tool, on the request. */
export function cacheTtl(fields: Fields): CacheTtl | undefined {
  const control = fields.fields('cache_control');
  if (!control) return undefined;
  if (control.oneOf('type', ['ephemeral']) === undefined) {
    throw control.fault('type', 'is required');
  }
  return control.oneOf<CacheTtl>('ttl', ['5m', '1h']) ?? '5m';
}

function prediction(fields: Fields): string | undefined {
  const predicted = fields.fields('prediction');
  if (!predicted) return undefined;
  if (predicted.oneOf('type', ['content']) === undefined) {
    throw predicted.fault('type', 'is required');
  }
  const content = predicted.raw('content');
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) {
    throw predicted.fault('content', 'must be a string or an array of text parts');
  }
  return content.map(textOf(predicted)).join('');
}

function textOf(predicted: Fields) {
  return (part: unknown): string => {
    const text = (part as { text?: unknown } | null)?.text;
    if (typeof text === 'string') return text;
    throw predicted.fault('content', 'must be a string or an array of text parts');
  };
}
