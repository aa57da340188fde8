import type { ChatRequest, Json, Tool } from '@weir/core';
import type { ProviderCall, Target } from '../adapter.ts';
import { withCacheMarks } from '../cache-marks.ts';
import { refused } from '../fault-message.ts';
import { hasDetails, hasNames } from '../message-hints.ts';
import { isSaidAnyway } from '../said-anyway.ts';
import { cacheControl, toConversation } from './messages.ts';
import { type Abilities, abilitiesOf } from './models.ts';
import { thoughtOf } from './thinking.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The API demands a limit; callers of the adapter set one, so that this is only for those who do not. */
const DEFAULT_MAX_TOKENS = 4096;

/** One more is a 400. */
const MAX_CACHE_MARKS = 4;

/** A chat request as a call of the Messages API. Nothing is passed on by default: the API refuses unknown fields. */
export function toCall(asked: ChatRequest, target: Target, stream: boolean): ProviderCall {
  const dropped = new Set<string>();
  const request = withCacheMarks(asked, MAX_CACHE_MARKS, dropped);
  const abilities = abilitiesOf(target.model);
  const { system, turns, forgetsThoughts } = toConversation(request.messages);
  if (forgetsThoughts) dropped.add('reasoning_content');
  const maxTokens = request.maxOutputTokens ?? DEFAULT_MAX_TOKENS;
  const { thinking, effort } = thoughtOf(request, abilities, maxTokens, turns, dropped);
  const format = formatOf(request, dropped);
  const body = {
    ...handedOn(request, dropped),
    model: target.model,
    max_tokens: maxTokens,
    ...(system.length > 0 && { system }),
    messages: turns,
    ...samplingOf(request, abilities, thinking?.type !== undefined, dropped),
    stop_sequences: stopsOf(request, dropped),
    ...(request.tools?.length && {
      tools: request.tools.map((tool) => toolOf(tool, abilities, dropped)),
    }),
    tool_choice: toolChoiceOf(request, dropped),
    thinking,
    ...((effort || format) && { output_config: { ...effort, ...format } }),
    service_tier: tierOf(request, dropped),
    ...cacheOf(request, dropped),
    ...(stream && { stream }),
  };
  if (request.seed !== undefined) dropped.add('seed');
  // A penalty of zero is none.
  if (request.frequencyPenalty) dropped.add('frequency_penalty');
  if (request.presencePenalty) dropped.add('presence_penalty');
  // There are none to be had, so that such an answer is judged without them.
  if (request.topLogprobs !== undefined) dropped.add('logprobs');
  if (request.prediction !== undefined) dropped.add('prediction');
  if (request.priority) dropped.add('priority');
  if (hasNames(request)) dropped.add('name');
  if (hasDetails(request)) dropped.add('detail');
  return { path: '/messages', body: JSON.stringify(body), dropped: [...dropped] };
}

/** A cut at 1 cuts nothing, and a temperature of 1 is the default, and all that is taken where there is thought. */
function samplingOf(
  request: ChatRequest,
  abilities: Abilities,
  thinks: boolean,
  dropped: Set<string>,
): Fields {
  const { temperature, topP } = request;
  if (temperature !== undefined && temperature > 1) {
    throw refused('temperature', 'must be at most 1 for this provider');
  }
  const samples = abilities.sampling && !thinks;
  const takesTemperature = samples || temperature === 1;
  const takesTopP =
    (samples || topP === 1) && (abilities.samplingTogether || temperature === undefined);
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

function toolOf(tool: Tool, { strictTools }: Abilities, dropped: Set<string>): Fields {
  if (tool.strict && !strictTools) dropped.add('tools.function.strict');
  const schema = isObject(tool.parameters) ? tool.parameters : {};
  return {
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    input_schema: { type: 'object', ...schema },
    ...(tool.strict && strictTools && { strict: true }),
    ...cacheControl(tool.cache),
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

/** Of what is passed on only the user's name has a like. */
function handedOn(request: ChatRequest, dropped: Set<string>): Fields {
  let metadata: Fields | undefined;
  for (const [name, value] of Object.entries(request.passthrough ?? {})) {
    if (isSaidAnyway(name, value)) continue;
    if (name === 'user' && typeof value === 'string') metadata = { user_id: value };
    else dropped.add(name);
  }
  return metadata ? { metadata } : {};
}

/** OpenAI's `default` is the standard tier and no other; its `flex` and `priority` have no like. */
function tierOf({ serviceTier }: ChatRequest, dropped: Set<string>): string | undefined {
  if (serviceTier === 'default') return 'standard_only';
  if (serviceTier === 'auto' || serviceTier === undefined) return serviceTier;
  dropped.add('service_tier');
  return undefined;
}

/** There is one cache, and nothing to choose but what is kept in it, and how long. */
function cacheOf({ promptCache }: ChatRequest, dropped: Set<string>): Fields {
  if (promptCache?.key !== undefined) dropped.add('prompt_cache_key');
  if (promptCache?.retention !== undefined) dropped.add('prompt_cache_retention');
  return cacheControl(promptCache?.ttl);
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
