import {
  type ChatRequest,
  type Reasoning,
  type ReasoningEffort,
  type Tool,
  unreachable,
} from '@weir/core';
import type { ProviderCall, Target } from '../adapter.ts';
import { hasCacheMarks } from '../cache-marks.ts';
import { hasDetails, hasNames } from '../message-hints.ts';
import { isSaidAnyway } from '../said-anyway.ts';
import { toMessages } from './messages.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A chat request as a call of `/api/chat`. How long the model stays loaded and how much context it has are left to the
 * server: to say another `num_ctx` than it was loaded with is to have it loaded anew.
 */
export function toCall(request: ChatRequest, target: Target, stream: boolean): ProviderCall {
  const dropped = new Set<string>();
  const body = {
    model: target.model,
    messages: toMessages(request.messages),
    // Ollama streams unless told otherwise.
    stream,
    ...toolsOf(request, dropped),
    format: formatOf(request),
    think: thinkOf(request.reasoning, target.model, dropped),
    ...logprobsOf(request, target, dropped),
    // Or else Ollama leaves out old messages of a prompt that does not fit its context, and the beginning of what an
    // answer outgrows, and says nothing of either. These make it an error and an end by length, from version 0.12.6 on.
    truncate: false,
    shift: false,
    options: {
      num_predict: request.maxOutputTokens,
      temperature: request.temperature,
      top_p: request.topP,
      // A negative seed is any seed to Ollama, and one only has to be the same again, so it is folded.
      seed: request.seed === undefined ? undefined : request.seed & 0x7fff_ffff,
      stop: request.stop?.length ? request.stop : undefined,
      frequency_penalty: request.frequencyPenalty,
      presence_penalty: request.presencePenalty,
    },
  };
  addHints(request, dropped);
  for (const [name, value] of Object.entries(request.passthrough ?? {})) {
    if (!isSaidAnyway(name, value)) dropped.add(name);
  }
  return { path: '/api/chat', body: JSON.stringify(body), dropped: [...dropped] };
}

/** That no tool may be called is said by having none; that one must be called cannot be said. */
function toolsOf(request: ChatRequest, dropped: Set<string>): Fields {
  const { tools, toolChoice } = request;
  if (toolChoice === 'required' || typeof toolChoice === 'object') dropped.add('tool_choice');
  if (!tools?.length || toolChoice === 'none') return {};
  if (request.parallelToolCalls === false) dropped.add('parallel_tool_calls');
  if (tools.some(({ strict }) => strict)) dropped.add('tools.function.strict');
  return { tools: tools.map(toTool) };
}

/** Ollama wants a schema, and templates print its properties without asking whether there are any. */
function toTool({ name, description, parameters }: Tool): Fields {
  const schema = isObject(parameters) ? parameters : {};
  return {
    type: 'function',
    function: { name, description, parameters: { type: 'object', properties: {}, ...schema } },
  };
}

/** A schema has no name here and is always kept to. */
function formatOf({ responseFormat }: ChatRequest): unknown {
  switch (responseFormat?.type) {
    case undefined:
    case 'text':
      return undefined;
    case 'json_object':
      return 'json';
    case 'json_schema':
      // `true` as a schema allows everything.
      return isObject(responseFormat.schema) ? responseFormat.schema : 'json';
    default:
      return unreachable(responseFormat);
  }
}

/** The three levels of gpt-oss, which cannot but think. */
const LEVELS: Readonly<Record<ReasoningEffort, string>> = {
  none: 'low',
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

/**
 * Levels are taken for gpt-oss only, up to version 0.17 at least: others think or do not, and a level is an error. What
 * a model is named is all there is to go by. Nowhere is thought counted in tokens.
 */
function thinkOf(
  reasoning: Reasoning | undefined,
  model: string,
  dropped: Set<string>,
): string | boolean | undefined {
  if (!reasoning) return undefined;
  const { effort } = reasoning;
  if (effort === undefined) {
    if (reasoning.maxTokens !== undefined) dropped.add('thinking');
    return true;
  }
  const isGraded = /gpt-?oss/i.test(model);
  if (isGraded ? effort === 'none' : effort !== 'none' && effort !== 'medium') {
    dropped.add('reasoning_effort');
  }
  return isGraded ? LEVELS[effort] : effort !== 'none';
}

function logprobsOf({ topLogprobs }: ChatRequest, target: Target, dropped: Set<string>): Fields {
  if (topLogprobs === undefined) return {};
  if (!target.dialect.takesLogprobs) {
    dropped.add('logprobs');
    return {};
  }
  return { logprobs: true, top_logprobs: topLogprobs > 0 ? topLogprobs : undefined };
}

/** Hints for which Ollama has no word. Served as everybody is, and no sooner, is what it does anyway. */
function addHints(request: ChatRequest, dropped: Set<string>): void {
  const { promptCache, serviceTier } = request;
  if (promptCache?.key !== undefined) dropped.add('prompt_cache_key');
  if (promptCache?.retention !== undefined) dropped.add('prompt_cache_retention');
  if (hasCacheMarks(request)) dropped.add('cache_control');
  if (request.prediction !== undefined) dropped.add('prediction');
  if (serviceTier !== undefined && serviceTier !== 'auto' && serviceTier !== 'default') {
    dropped.add('service_tier');
  }
  if (request.priority) dropped.add('priority');
  if (hasNames(request)) dropped.add('name');
  if (hasDetails(request)) dropped.add('detail');
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
