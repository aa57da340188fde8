import type { ChatRequest, Json, Tool } from '@weir/core';
import type { ProviderCall, Target } from '../adapter.ts';
import { refused } from '../fault-message.ts';
import { toConversation } from './messages.ts';
import { type Abilities, abilitiesOf } from './models.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What can be said here of the parameters that Weir hands on. */
interface HandedOn {
  readonly metadata?: { readonly user_id: string };
  readonly service_tier?: string;
  readonly thinking?: Json;
  readonly cache_control?: Json;
  readonly output_config?: { readonly effort: string };
}

/** The API demands a limit; callers of the adapter set one, so that this is only for those who do not. */
const DEFAULT_MAX_TOKENS = 4096;

/** What Weir says itself, so that nobody misses it where it is passed on. */
const OURS = new Set([
  'model',
  'messages',
  'max_tokens',
  'max_completion_tokens',
  'stream',
  'stream_options',
]);

/** A chat request as a call of the Messages API. Nothing is passed on by default: the API refuses unknown fields. */
export function toCall(request: ChatRequest, target: Target, stream: boolean): ProviderCall {
  const dropped = new Set<string>();
  const abilities = abilitiesOf(target.model);
  const { system, turns } = toConversation(request.messages);
  const { output_config: effort, ...handedOn } = handOn(request, abilities, dropped);
  const format = formatOf(request, dropped);
  const body = {
    ...handedOn,
    model: target.model,
    max_tokens: request.maxOutputTokens ?? DEFAULT_MAX_TOKENS,
    ...(system.length > 0 && { system }),
    messages: turns,
    ...samplingOf(request, abilities, dropped),
    stop_sequences: stopsOf(request, dropped),
    ...(request.tools?.length && { tools: request.tools.map((tool) => toolOf(tool, dropped)) }),
    tool_choice: toolChoiceOf(request, dropped),
    ...((effort || format) && { output_config: { ...effort, ...format } }),
    ...(stream && { stream }),
  };
  if (request.seed !== undefined) dropped.add('seed');
  // A penalty of zero is none.
  if (request.frequencyPenalty) dropped.add('frequency_penalty');
  if (request.presencePenalty) dropped.add('presence_penalty');
  // There are none to be had, so that such an answer is judged without them.
  if (request.topLogprobs !== undefined) dropped.add('logprobs');
  return { path: '/messages', body: JSON.stringify(body), dropped: [...dropped] };
}

/** A cut at 1 cuts nothing, and a temperature of 1 is the default: neither is missed. */
function samplingOf(request: ChatRequest, abilities: Abilities, dropped: Set<string>): Fields {
  const { temperature, topP } = request;
  if (temperature !== undefined && temperature > 1) {
    throw refused('temperature', 'must be at most 1 for this provider');
  }
  const takesTemperature = abilities.sampling || temperature === 1;
  const takesTopP =
    (abilities.sampling || topP === 1) && (abilities.samplingTogether || temperature === undefined);
  if (temperature !== undefined && !takesTemperature) dropped.add('temperature');
  if (topP !== undefined && topP !== 1 && !takesTopP) dropped.add('top_p');
  return {
    ...(takesTemperature && { temperature }),
    ...(takesTopP && { top_p: topP }),
  };
}

/** The API refuses stop sequences of nothing but whitespace. */
function stopsOf(request: ChatRequest, dropped: Set<string>): readonly string[] | undefined {
  const taken = request.stop?.filter((stop) => stop.trim() !== '');
  if (taken?.length !== request.stop?.length) dropped.add('stop');
  return taken?.length ? taken : undefined;
}

function toolOf(tool: Tool, dropped: Set<string>): Fields {
  if (tool.strict) dropped.add('tools.function.strict');
  const schema = isObject(tool.parameters) ? tool.parameters : {};
  return {
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    input_schema: { type: 'object', ...schema },
  };
}

/** A choice among no tools is refused, so it is not sent; what it says holds all the same, unless a tool must be used. */
function toolChoiceOf(request: ChatRequest, dropped: Set<string>): Fields | undefined {
  const { toolChoice, parallelToolCalls } = request;
  if (!request.tools?.length) {
    if (toolChoice === 'required' || typeof toolChoice === 'object') dropped.add('tool_choice');
    return undefined;
  }
  if (toolChoice === 'none') return { type: 'none' };
  if (toolChoice === undefined && parallelToolCalls !== false) return undefined;
  const oneOnly = parallelToolCalls === false && { disable_parallel_tool_use: true };
  if (typeof toolChoice === 'object') return { type: 'tool', name: toolChoice.name, ...oneOnly };
  return { type: toolChoice === 'required' ? 'any' : 'auto', ...oneOnly };
}

/** A schema has no name here and is always kept to; JSON without one cannot be asked for. */
function formatOf(request: ChatRequest, dropped: Set<string>): Fields | undefined {
  const format = request.responseFormat;
  if (format?.type === 'json_object') dropped.add('response_format');
  if (format?.type !== 'json_schema') return undefined;
  return { format: { type: 'json_schema', schema: format.schema } };
}

/** A null is a parameter that was not set. */
function handOn(request: ChatRequest, abilities: Abilities, dropped: Set<string>): HandedOn {
  let said: HandedOn = {};
  for (const [name, value] of Object.entries(request.passthrough ?? {})) {
    if (value === null || OURS.has(name)) continue;
    const fields = translated(name, value, abilities);
    if (fields) said = { ...said, ...fields };
    else dropped.add(name);
  }
  return said;
}

function translated(name: string, value: Json, abilities: Abilities): HandedOn | undefined {
  switch (name) {
    case 'user':
      return typeof value === 'string' ? { metadata: { user_id: value } } : undefined;
    case 'service_tier': {
      const tier = typeof value === 'string' ? SERVICE_TIERS.get(value) : undefined;
      return tier === undefined ? undefined : { service_tier: tier };
    }
    case 'reasoning_effort': {
      const effort = typeof value === 'string' ? EFFORTS.get(value) : undefined;
      return effort && abilities.effort ? { output_config: { effort } } : undefined;
    }
    case 'thinking':
    case 'cache_control':
      return isObject(value) ? { [name]: value } : undefined;
    default:
      return undefined;
  }
}

/** OpenAI's `default` is the standard tier and no other; its `flex` and `priority` have no like. */
const SERVICE_TIERS = new Map([
  ['auto', 'auto'],
  ['default', 'standard_only'],
  ['standard_only', 'standard_only'],
]);

/** OpenAI's `none` has no like: some of these models cannot but think. */
const EFFORTS = new Map([
  ['minimal', 'low'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'xhigh'],
  ['max', 'max'],
]);

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
