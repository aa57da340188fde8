import type { ChatRequest, Json, Tool } from '@weir/core';
import type { ProviderCall, Target } from '../adapter.ts';
import { refused } from '../fault-message.ts';
import { asTakenBy, mayThink } from '../openai/models.ts';
import { isSaidAnyway } from '../said-anyway.ts';
import { type Item, toInput } from './input.ts';

/** The least that the API takes as a limit. */
const MIN_OUTPUT_TOKENS = 16;

/** A tool that names no parameters has none; the API wants that said. */
const NO_PARAMETERS: Json = { type: 'object', properties: {} };

/** A chat request as a call of the Responses API, which refuses fields that it does not know. */
export function toCall(asked: ChatRequest, target: Target, stream: boolean): ProviderCall {
  const dropped = new Set<string>();
  const request = asTakenBy(target.model, asked, 'responses', dropped);
  const { items, hasThoughts } = toInput(request.messages, mayThink(target.model), dropped);
  const { text, reasoning, ...handedOn } = handOn(request.passthrough ?? {}, dropped);
  const format = formatOf(request);
  const effort = request.reasoning?.effort;
  const { wantsLogprobs, topLogprobs } = logprobsOf(request, target, dropped);
  const include = [
    ...(wantsLogprobs ? ['message.output_text.logprobs'] : []),
    // Models that do not reason refuse this, and those that do may give it unasked.
    ...(request.reasoning || hasThoughts ? ['reasoning.encrypted_content'] : []),
  ];
  const body = {
    store: false,
    ...handedOn,
    model: target.model,
    input: items,
    max_output_tokens: limitOf(request),
    temperature: request.temperature,
    top_p: request.topP,
    tools: request.tools?.map(toolOf),
    tool_choice: toolChoiceOf(request),
    parallel_tool_calls: request.parallelToolCalls,
    ...((text || format) && { text: { ...text, ...format } }),
    ...((reasoning || effort) && { reasoning: { ...reasoning, ...(effort && { effort }) } }),
    top_logprobs: topLogprobs,
    ...(include.length > 0 && { include }),
    prompt_cache_key: request.promptCache?.key,
    prompt_cache_retention: request.promptCache?.retention,
    service_tier: request.serviceTier,
    ...(stream && { stream }),
  };
  dropUnspoken(request, dropped);
  return { path: '/responses', body: JSON.stringify(body), dropped: [...dropped] };
}

/** A limit below the API's least can neither be said nor left out; to raise it would be not to keep it. */
function limitOf({ maxOutputTokens }: ChatRequest): number | undefined {
  if (maxOutputTokens !== undefined && maxOutputTokens < MIN_OUTPUT_TOKENS) {
    const why = `must be at least ${MIN_OUTPUT_TOKENS} for this model`;
    throw refused('max_completion_tokens', why);
  }
  return maxOutputTokens;
}

/** Strictness is always said: what the API takes silence for is not what chat completions take it for. */
function toolOf({ name, description, parameters, strict }: Tool): Item {
  return {
    type: 'function',
    name,
    description,
    parameters: parameters ?? NO_PARAMETERS,
    strict: strict ?? false,
  };
}

function toolChoiceOf({ toolChoice }: ChatRequest): unknown {
  return typeof toolChoice === 'object' ? { type: 'function', name: toolChoice.name } : toolChoice;
}

function formatOf({ responseFormat }: ChatRequest): { readonly format: Item } | undefined {
  if (!responseFormat) return undefined;
  if (responseFormat.type !== 'json_schema') return { format: { type: responseFormat.type } };
  const { type, name, schema, strict } = responseFormat;
  return { format: { type, name, schema, strict: strict ?? false } };
}

function logprobsOf({ topLogprobs }: ChatRequest, { dialect }: Target, dropped: Set<string>) {
  const wantsLogprobs = topLogprobs !== undefined && dialect.takesLogprobs;
  if (topLogprobs !== undefined && !wantsLogprobs) dropped.add('logprobs');
  return { wantsLogprobs, topLogprobs: wantsLogprobs && topLogprobs > 0 ? topLogprobs : undefined };
}

/** Names what the API has no word for. A penalty of zero is none, and zero is everybody's priority. */
function dropUnspoken(request: ChatRequest, dropped: Set<string>): void {
  if (request.stop?.length) dropped.add('stop');
  if (request.seed !== undefined) dropped.add('seed');
  if (request.frequencyPenalty) dropped.add('frequency_penalty');
  if (request.presencePenalty) dropped.add('presence_penalty');
  if (request.prediction !== undefined) dropped.add('prediction');
  if (request.priority) dropped.add('priority');
  // Thought is graded here and not counted.
  const { effort, maxTokens } = request.reasoning ?? {};
  if (maxTokens !== undefined && effort === undefined) dropped.add('thinking');
  if (hasCacheMarks(request)) dropped.add('cache_control');
}

/** The API finds prefixes by itself; only its newest models can be told where one ends. */
function hasCacheMarks({ messages, tools, promptCache }: ChatRequest): boolean {
  if (promptCache?.ttl !== undefined || tools?.some(({ cache }) => cache)) return true;
  return messages.some(
    ({ content }) => Array.isArray(content) && content.some(({ cache }) => cache !== undefined),
  );
}

/** What can be said here of the parameters that Weir hands on. */
interface HandedOn {
  readonly user?: Json;
  readonly metadata?: Json;
  readonly safety_identifier?: Json;
  readonly store?: boolean;
  readonly text?: { readonly verbosity: Json };
  readonly reasoning?: { readonly summary: Json };
}

function handOn(passthrough: Readonly<Record<string, Json>>, dropped: Set<string>): HandedOn {
  let said: HandedOn = {};
  for (const [name, value] of Object.entries(passthrough)) {
    if (isSaidAnyway(name, value)) continue;
    const fields = translated(name, value);
    if (fields) said = { ...said, ...fields };
    else dropped.add(name);
  }
  return said;
}

function translated(name: string, value: Json): HandedOn | undefined {
  switch (name) {
    case 'user':
    case 'metadata':
    case 'safety_identifier':
      return { [name]: value };
    case 'store':
      return { store: value === true };
    case 'verbosity':
      return { text: { verbosity: value } };
    // By its name in this API: chat completions have none for it.
    case 'reasoning': {
      const summary = isObject(value) ? value['summary'] : undefined;
      return summary === undefined ? undefined : { reasoning: { summary } };
    }
    default:
      return undefined;
  }
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
