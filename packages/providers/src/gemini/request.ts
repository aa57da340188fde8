import {
  type ChatMessage,
  type ChatRequest,
  type Reasoning,
  type ReasoningEffort,
  type ServiceTier,
  type ToolChoice,
  unreachable,
} from '@weir/core';
import type { ProviderCall, Target } from '../adapter.ts';
import { hasCacheMarks } from '../cache-marks.ts';
import { refused } from '../fault-message.ts';
import { hasDetails, hasNames } from '../message-hints.ts';
import { isSaidAnyway } from '../said-anyway.ts';
import { toConversation } from './contents.ts';
import { labelsFrom } from './labels.ts';
import { budgetRange, givesLogprobs, thinksByBudget } from './model.ts';

const MAX_STOPS = 5;

/** A chat request as a call of `generateContent`. Candidates are never asked for by number: one is what there is. */
export function toCall(request: ChatRequest, target: Target, stream: boolean): ProviderCall {
  const { model, dialect } = target;
  const { systemInstruction, contents } = toConversation(request.messages, target);
  const labels = dialect.takesLabels ? labelsFrom(request.passthrough?.['metadata']) : undefined;
  const dropped = unsaid(request).filter((name) => name !== 'metadata' || !labels);
  const thinkingConfig = toThinking(request.reasoning, model, dropped);
  const tier = request.serviceTier && SERVICE_TIERS.get(request.serviceTier);
  if (request.serviceTier && request.serviceTier !== 'auto' && !tier) dropped.push('service_tier');
  // Calls in parallel are what Gemini makes anyway; only that it must not cannot be said.
  if (request.parallelToolCalls === false) dropped.unshift('parallel_tool_calls');
  if (request.topLogprobs !== undefined && !takesLogprobs(target)) dropped.unshift('logprobs');
  const { tierHeader } = dialect;
  const body = {
    systemInstruction,
    contents,
    ...toTools(request),
    generationConfig: unlessEmpty({ ...toConfig(request, target), thinkingConfig }),
    labels,
    serviceTier: tierHeader === undefined ? tier : undefined,
  };
  return {
    path: pathOf(model, stream),
    body: toJson(body),
    ...(tier && tierHeader !== undefined && { headers: { [tierHeader]: tier } }),
    dropped,
  };
}

/** A name, or for Vertex and tuned models a whole resource. */
function pathOf(model: string, stream: boolean): string {
  const isResource = /^(?:models|tunedModels|publishers|projects)\//.test(model);
  const resource = isResource ? model : `models/${encodeURIComponent(model)}`;
  return `/${resource}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
}

function toJson(body: object): string {
  try {
    return JSON.stringify(body);
  } catch {
    throw refused('messages', 'must hold no JSON nested this deeply');
  }
}

/** A choice among no tools is refused, so it is not sent; what it says holds all the same, unless a tool must be used. */
function toTools({ tools, toolChoice }: ChatRequest): Readonly<Record<string, unknown>> {
  if (!tools || tools.length === 0) return {};
  const functionDeclarations = tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    // `parameters` would be Google's own subset of OpenAPI; this is JSON Schema, as the caller wrote it.
    parametersJsonSchema: tool.parameters,
  }));
  return {
    tools: [{ functionDeclarations }],
    toolConfig: toolChoice && { functionCallingConfig: toMode(toolChoice) },
  };
}

function toMode(choice: ToolChoice): unknown {
  switch (choice) {
    case 'none':
      return { mode: 'NONE' };
    case 'auto':
      return { mode: 'AUTO' };
    case 'required':
      return { mode: 'ANY' };
    default:
      return { mode: 'ANY', allowedFunctionNames: [choice.name] };
  }
}

function takesLogprobs({ model, dialect }: Target): boolean {
  return dialect.takesLogprobs && givesLogprobs(model);
}

function toConfig(request: ChatRequest, target: Target): Readonly<Record<string, unknown>> {
  const { stop, seed, topLogprobs } = request;
  if (stop && stop.length > MAX_STOPS) {
    throw refused('stop', `must have at most ${MAX_STOPS} sequences for this model`);
  }
  const wantsLogprobs = topLogprobs !== undefined && takesLogprobs(target);
  return {
    temperature: request.temperature,
    topP: request.topP,
    maxOutputTokens: request.maxOutputTokens,
    stopSequences: stop && stop.length > 0 ? stop : undefined,
    // 32 bits to Google. A seed only has to be the same again, so a larger one is folded.
    seed: seed === undefined ? undefined : seed | 0,
    frequencyPenalty: request.frequencyPenalty,
    presencePenalty: request.presencePenalty,
    responseLogprobs: wantsLogprobs ? true : undefined,
    // How many alternatives; none is said by saying nothing, 1 is the least that can be said.
    logprobs: wantsLogprobs && topLogprobs > 0 ? topLogprobs : undefined,
    ...toResponseFormat(request),
  };
}

function toResponseFormat(request: ChatRequest): Readonly<Record<string, unknown>> {
  const format = request.responseFormat;
  switch (format?.type) {
    case undefined:
    case 'text':
      return {};
    case 'json_object':
      return { responseMimeType: 'application/json' };
    case 'json_schema':
      return { responseMimeType: 'application/json', responseJsonSchema: format.schema };
    default:
      return unreachable(format);
  }
}

/** Which of the request's hints, and of what is passed on, Gemini has no word for: it refuses what it does not know. */
function unsaid(request: ChatRequest): string[] {
  const { promptCache, tools, toolChoice } = request;
  const dropped = Object.entries(request.passthrough ?? {})
    .filter(([name, value]) => !isSaidAnyway(name, value))
    .map(([name]) => name);
  const mustCall = toolChoice === 'required' || typeof toolChoice === 'object';
  if (mustCall && !tools?.length) dropped.push('tool_choice');
  if (tools?.some(({ strict }) => strict)) dropped.push('tools.function.strict');
  // What Gemini caches it finds by itself, or is told in a call of its own.
  if (hasCacheMarks(request)) dropped.push('cache_control');
  if (promptCache?.key !== undefined) dropped.push('prompt_cache_key');
  if (promptCache?.retention !== undefined) dropped.push('prompt_cache_retention');
  if (request.prediction !== undefined) dropped.push('prediction');
  if (request.priority) dropped.push('priority');
  if (hasNames(request)) dropped.push('name');
  if (hasDetails(request)) dropped.push('detail');
  // Its own signatures travel in the ids of tool calls.
  if (request.messages.some(hasThought)) dropped.push('reasoning_content');
  return dropped;
}

function hasThought(message: ChatMessage): boolean {
  return message.role === 'assistant' && Boolean(message.reasoning || message.reasoningState);
}

/** OpenAI's `auto` is the project's own setting, which is what saying nothing asks for. */
const SERVICE_TIERS: ReadonlyMap<ServiceTier, string> = new Map([
  ['default', 'standard'],
  ['flex', 'flex'],
  ['priority', 'priority'],
]);

/** Gemini 3 and later. Thinking cannot be turned off there, and only some models know a level below this `low`. */
const LEVELS: ReadonlyMap<ReasoningEffort, string> = new Map([
  ['minimal', 'LOW'],
  ['low', 'LOW'],
  ['medium', 'MEDIUM'],
  ['high', 'HIGH'],
  ['xhigh', 'HIGH'],
  ['max', 'HIGH'],
]);

/** Gemini 2.5, in tokens: what Google's own OpenAI face makes of each. */
const BUDGETS: ReadonlyMap<ReasoningEffort, number> = new Map([
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
  ['xhigh', 24_576],
  ['max', 24_576],
]);

/** By the one measure that the model knows; a budget is never told to one that goes by levels, nor guessed at. */
function toThinking(
  reasoning: Reasoning | undefined,
  model: string,
  dropped: string[],
): object | undefined {
  if (!reasoning) return undefined;
  const { effort, maxTokens } = reasoning;
  if (thinksByBudget(model)) return toBudget(reasoning, model, dropped);
  const thinkingLevel = effort && LEVELS.get(effort);
  if (thinkingLevel !== undefined) return { thinkingLevel, ...SHOWN };
  if (effort !== undefined) {
    dropped.push('reasoning_effort');
    return undefined;
  }
  if (maxTokens !== undefined) dropped.push('thinking');
  return SHOWN;
}

function toBudget(
  { effort, maxTokens }: Reasoning,
  model: string,
  dropped: string[],
): object | undefined {
  const { least, most, thoughtless } = budgetRange(model);
  if (effort === 'none' || maxTokens === 0) {
    if (thoughtless) return { thinkingBudget: 0 };
    dropped.push(effort === undefined ? 'thinking' : 'reasoning_effort');
    return undefined;
  }
  const asked = maxTokens ?? (effort && BUDGETS.get(effort));
  // -1 leaves it to the model.
  const thinkingBudget = asked === undefined ? -1 : Math.min(most, Math.max(least, asked));
  return { thinkingBudget, ...SHOWN };
}

/** Whoever asks for thought may see what it came to; it is billed all the same. */
const SHOWN = { includeThoughts: true };

/** Nothing asked for is nothing sent. */
function unlessEmpty(config: Readonly<Record<string, unknown>>): object | undefined {
  return Object.values(config).some((value) => value !== undefined) ? config : undefined;
}
