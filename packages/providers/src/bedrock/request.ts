import type { ChatRequest, Json, Tool } from '@weir/core';
import type { ProviderCall, Target } from '../adapter.ts';
import { refused } from '../fault-message.ts';
import { hasDetails, hasNames } from '../message-hints.ts';
import { isSaidAnyway } from '../said-anyway.ts';
import { type CachePoints, cachePoints } from './cache-points.ts';
import { type Block, mayThink, type Turn, toConversation, usesTools } from './messages.ts';
import { metadataFrom } from './metadata.ts';
import { type Traits, traitsOf } from './models.ts';
import { reasoningOf } from './reasoning.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A chat request as a call of Converse. Nothing is passed on by default: it refuses fields that it does not know. */
export function toCall(request: ChatRequest, target: Target, stream: boolean): ProviderCall {
  const dropped = new Set<string>();
  const traits = traitsOf(target.model);
  const points = cachePoints(traits, dropped);
  const taking = { points, thoughts: traits.remembersThoughts };
  const { system, turns, forgetsThoughts } = toConversation(request.messages, taking);
  if (forgetsThoughts) dropped.add('reasoning_content');
  const { fields, effort, thinks } = reasoningOf(request, traits, mayThink(turns), dropped);
  turns.at(-1)?.content.push(...points.atEnd(request.promptCache, turns.at(-1)?.content.at(-1)));
  const format = formatOf(request, dropped);
  const body = {
    ...(system.length > 0 && { system }),
    messages: turns,
    inferenceConfig: unlessEmpty({
      maxTokens: request.maxOutputTokens,
      ...samplingOf(request, traits, thinks, dropped),
      stopSequences: stopsOf(request, traits, dropped),
    }),
    toolConfig: toolsOf(request, turns, points, dropped),
    additionalModelRequestFields: fields,
    outputConfig: unlessEmpty({ effort, textFormat: format }),
    serviceTier: tierOf(request, dropped),
    requestMetadata: unlessEmpty(handedOn(request, dropped)),
  };
  nameWhatIsMissing(request, dropped);
  const path = `/model/${encodeURIComponent(target.model)}/converse${stream ? '-stream' : ''}`;
  return {
    path,
    body: JSON.stringify(body),
    ...(stream && { headers: { accept: 'application/vnd.amazon.eventstream' } }),
    dropped: [...dropped],
  };
}

function nameWhatIsMissing(request: ChatRequest, dropped: Set<string>): void {
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
  if (request.promptCache?.key !== undefined) dropped.add('prompt_cache_key');
  if (request.promptCache?.retention !== undefined) dropped.add('prompt_cache_retention');
}

/** A cut at 1 cuts nothing, and a temperature of 1 is the default, and all that Claude takes where it thinks. */
function samplingOf(
  request: ChatRequest,
  { abilities }: Traits,
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
    ...(takesTopP && { topP }),
  };
}

/** Nobody takes an empty stop sequence, and Claude none of nothing but whitespace. */
function stopsOf(
  { stop }: ChatRequest,
  { family }: Traits,
  dropped: Set<string>,
): readonly string[] | undefined {
  const taken = stop?.filter((word) => (family === 'claude' ? word.trim() : word) !== '');
  if (taken?.length !== stop?.length) dropped.add('stop');
  return taken?.length ? taken : undefined;
}

/**
 * Converse has no word for calling none: it is said by showing no tools, as long as nobody called one before, since the
 * tools must then be shown. Nor has it one for calling a single tool at a time.
 */
function toolsOf(
  request: ChatRequest,
  turns: readonly Turn[],
  points: CachePoints,
  dropped: Set<string>,
): Fields | undefined {
  const { tools = [], toolChoice, parallelToolCalls } = request;
  const demands = toolChoice === 'required' || typeof toolChoice === 'object';
  const called = usesTools(turns);
  if (tools.length === 0) {
    if (called) throw refused('tools', 'must name the tools that were called, for this provider');
    if (demands) dropped.add('tool_choice');
    return undefined;
  }
  if (toolChoice === 'none') {
    if (!called) return undefined;
    dropped.add('tool_choice');
  }
  if (parallelToolCalls === false) dropped.add('parallel_tool_calls');
  return {
    tools: tools.flatMap((tool) => [toolOf(tool), ...points.afterTool(tool)]),
    toolChoice: choiceOf(toolChoice),
  };
}

function choiceOf(choice: ChatRequest['toolChoice']): Fields | undefined {
  if (typeof choice === 'object') return { tool: { name: choice.name } };
  if (choice === 'required') return { any: {} };
  return choice === 'auto' ? { auto: {} } : undefined;
}

/** A description that says nothing is refused. */
function toolOf({ name, description, parameters, strict }: Tool): Block {
  const schema = isObject(parameters) ? parameters : {};
  return {
    toolSpec: {
      name,
      ...(description?.trim() && { description }),
      inputSchema: { json: { type: 'object', ...schema } },
      ...(strict && { strict }),
    },
  };
}

/** A schema is always kept to, and sent as text; JSON without one cannot be asked for. */
function formatOf({ responseFormat }: ChatRequest, dropped: Set<string>): Fields | undefined {
  if (responseFormat?.type === 'json_object') dropped.add('response_format');
  if (responseFormat?.type !== 'json_schema') return undefined;
  const { name, schema } = responseFormat;
  return {
    type: 'json_schema',
    structure: { jsonSchema: { name, schema: JSON.stringify(schema) } },
  };
}

/** OpenAI's `auto` is what the account has set, which is what saying nothing asks for; its `scale` has no like. */
function tierOf({ serviceTier }: ChatRequest, dropped: Set<string>): Fields | undefined {
  if (serviceTier === undefined || serviceTier === 'auto') return undefined;
  if (serviceTier !== 'scale') return { type: serviceTier };
  dropped.add('service_tier');
  return undefined;
}

/** Of what is passed on only the labels have a like. */
function handedOn(request: ChatRequest, dropped: Set<string>): Fields {
  let metadata: Fields | undefined;
  for (const [name, value] of Object.entries(request.passthrough ?? {})) {
    if (isSaidAnyway(name, value)) continue;
    if (name === 'metadata') metadata = metadataFrom(value);
    if (name !== 'metadata' || !metadata) dropped.add(name);
  }
  return metadata ?? {};
}

/** Nothing asked for is nothing sent. */
function unlessEmpty(fields: Fields): Fields | undefined {
  return Object.values(fields).some((value) => value !== undefined) ? fields : undefined;
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
