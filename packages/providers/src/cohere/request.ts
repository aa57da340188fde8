import type { ChatRequest, Json, Tool } from '@weir/core';
import type { ProviderCall, Target } from '../adapter.ts';
import { hasCacheMarks } from '../cache-marks.ts';
import { refused } from '../fault-message.ts';
import { hasNames } from '../message-hints.ts';
import { isSaidAnyway } from '../said-anyway.ts';
import { toConversation } from './messages.ts';
import { thinkingOf } from './thinking.ts';

type Fields = Readonly<Record<string, unknown>>;

const MAX_STOPS = 5;
const MIN_P = 0.01;
const MAX_P = 0.99;
const MAX_PRIORITY = 999;

/** A chat request as a call of Cohere's chat, version 2. Nothing is passed on by default: its API has few like words. */
export function toCall(request: ChatRequest, target: Target, stream: boolean): ProviderCall {
  const dropped = new Set<string>();
  const { messages, forgetsThoughts } = toConversation(request.messages);
  if (forgetsThoughts) dropped.add('reasoning_content');
  const wantsLogprobs = request.topLogprobs !== undefined && target.dialect.takesLogprobs;
  if (request.topLogprobs !== undefined && !wantsLogprobs) dropped.add('logprobs');
  // The alternatives to a token are never told.
  else if (request.topLogprobs) dropped.add('top_logprobs');
  const body = {
    model: target.model,
    messages,
    ...toolsOf(request, dropped),
    response_format: formatOf(request, dropped),
    max_tokens: request.maxOutputTokens,
    stop_sequences: stopsOf(request),
    ...samplingOf(request, dropped),
    // A seed only has to be the same again, and here none is below zero.
    seed: request.seed === undefined ? undefined : Math.abs(request.seed),
    ...(wantsLogprobs && { logprobs: true }),
    thinking: thinkingOf(request, target.model, dropped),
    priority: priorityOf(request, dropped),
    ...(stream && { stream }),
  };
  nameHints(request, dropped);
  return { path: '/chat', body: JSON.stringify(body), dropped: [...dropped] };
}

/** Temperatures end at 1 and penalties begin at none. A cut that is none is the widest that there is. */
function samplingOf(request: ChatRequest, dropped: Set<string>): Fields {
  const { temperature, topP, frequencyPenalty, presencePenalty } = request;
  const inRange = (name: string, value: number | undefined): number | undefined => {
    if (value === undefined || (value >= 0 && value <= 1)) return value;
    dropped.add(name);
    return undefined;
  };
  return {
    temperature: inRange('temperature', temperature),
    p: topP === undefined ? undefined : Math.min(MAX_P, Math.max(MIN_P, topP)),
    // A penalty of zero is none, and some models refuse two.
    frequency_penalty: inRange('frequency_penalty', frequencyPenalty) || undefined,
    presence_penalty: inRange('presence_penalty', presencePenalty) || undefined,
  };
}

function stopsOf({ stop }: ChatRequest): readonly string[] | undefined {
  if (stop && stop.length > MAX_STOPS) {
    throw refused('stop', `must have at most ${MAX_STOPS} sequences for this provider`);
  }
  return stop?.length ? stop : undefined;
}

/** No tool can be chosen by its name; but one that is the only one offered, and must be used, is as good as chosen. */
function toolsOf(request: ChatRequest, dropped: Set<string>): Fields {
  const { tools = [], toolChoice: choice } = request;
  if (request.parallelToolCalls === false && tools.length > 0) dropped.add('parallel_tool_calls');
  const mustCall = choice === 'required' || typeof choice === 'object';
  const chosen =
    typeof choice === 'object' ? tools.filter(({ name }) => name === choice.name) : tools;
  const canCall = chosen.length > 0;
  if (mustCall && !canCall) dropped.add('tool_choice');
  const offered = canCall ? chosen : tools;
  if (offered.length === 0) return {};
  return {
    tools: offered.map(toolOf),
    ...strictnessOf(offered, dropped),
    ...(mustCall && canCall && { tool_choice: 'REQUIRED' }),
    ...(choice === 'none' && { tool_choice: 'NONE' }),
  };
}

function toolOf({ name, description, parameters }: Tool): Fields {
  const schema = isObject(parameters) ? parameters : { type: 'object', properties: {} };
  return { type: 'function', function: { name, description, parameters: schema } };
}

/** Strict are all tools or none. */
function strictnessOf(tools: readonly Tool[], dropped: Set<string>): Fields {
  if (tools.every(({ strict }) => strict)) return { strict_tools: true };
  if (tools.some(({ strict }) => strict)) dropped.add('tools.function.strict');
  return {};
}

/** A schema has no name here and is always kept to. Beside tools there is no format to be had. */
function formatOf(
  { responseFormat, tools }: ChatRequest,
  dropped: Set<string>,
): Fields | undefined {
  if (!responseFormat || responseFormat.type === 'text') return undefined;
  if (tools?.length) {
    dropped.add('response_format');
    return undefined;
  }
  if (responseFormat.type === 'json_object') return { type: 'json_object' };
  return { type: 'json_object', json_schema: responseFormat.schema };
}

/** There the least number goes first, and nobody goes before everybody: one can only let others pass. */
function priorityOf({ priority }: ChatRequest, dropped: Set<string>): number | undefined {
  if (!priority) return undefined;
  if (priority < 0) return Math.min(-priority, MAX_PRIORITY);
  dropped.add('priority');
  return undefined;
}

/** What there is no word for, under the names that callers know. */
function nameHints(request: ChatRequest, dropped: Set<string>): void {
  const { serviceTier, promptCache, prediction, passthrough = {} } = request;
  // There is one tier, which is the standard one.
  if (serviceTier && serviceTier !== 'auto' && serviceTier !== 'default')
    dropped.add('service_tier');
  if (promptCache?.key !== undefined) dropped.add('prompt_cache_key');
  if (promptCache?.retention !== undefined) dropped.add('prompt_cache_retention');
  if (hasCacheMarks(request)) dropped.add('cache_control');
  if (prediction !== undefined) dropped.add('prediction');
  if (hasNames(request)) dropped.add('name');
  for (const [name, value] of Object.entries(passthrough)) {
    if (!isSaidAnyway(name, value)) dropped.add(name);
  }
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
