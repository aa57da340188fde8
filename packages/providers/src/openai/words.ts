import { isSaidAnyway } from '../said-anyway.ts';
import type { Compatible, Fields } from './compatible.ts';

/** A row of the table as it is looked up in, made once. */
export interface Words extends Compatible {
  readonly lacking: ReadonlySet<string>;
  readonly taking: ReadonlySet<string>;
}

export function wordsOf(row: Compatible): Words {
  return { ...row, lacking: new Set(row.lacks), taking: new Set(row.takes) };
}

/** OpenAI's own parameters among those that Weir hands on without reading them. */
const OPENAI_ONLY: ReadonlySet<string> = new Set([
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
]);

/**
 * Never handed on. The first four say what a call may cost and in what form it answers, and a hold rests on that; the
 * others are in Weir's vocabulary, so that they are said by it or not at all.
 */
const HELD: ReadonlySet<string> = new Set([
  'n',
  'best_of',
  'logprobs',
  'top_logprobs',
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'stop',
  'seed',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
  'priority',
]);

/** The parameters that are handed on and that this provider knows; the others are named in `dropped`. */
export function handedOn(
  passthrough: Fields | undefined,
  words: Words,
  dropped: Set<string>,
): Record<string, unknown> {
  if (!passthrough) return {};
  // The names are a caller's, so that one of them could be a prototype's.
  const body: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(passthrough)) {
    if (isSaidAnyway(name, value)) continue;
    if (!HELD.has(name) && isTaken(name, words)) body[name] = value;
    else dropped.add(name);
  }
  return body;
}

function isTaken(name: string, words: Words): boolean {
  switch (words.unknownFields) {
    case 'refused':
      return words.taking.has(name);
    case 'ignored':
      return !OPENAI_ONLY.has(name) || words.taking.has(name);
    default:
      return true;
  }
}

/** Puts fields into a body; objects that are already there are added to, so that a caller's own stay. */
export function put(body: Record<string, unknown>, fields: Fields | undefined): void {
  if (!fields) return;
  for (const [name, value] of Object.entries(fields)) {
    const there = body[name];
    body[name] = isObject(there) && isObject(value) ? { ...value, ...there } : value;
  }
}

/** One value at a path, as the fields that hold it. */
export function at(path: readonly string[], value: unknown): Fields {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Fields;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
