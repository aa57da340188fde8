import { type ChatRequest, type Json, type ToolChoice, unreachable } from '@weir/core';
import type { ProviderCall, Target } from '../adapter.ts';
import { refused } from '../fault-message.ts';
import { toConversation } from './contents.ts';
import { isVertex, thinksByBudget } from './model.ts';

const MAX_STOPS = 5;

/** A chat request as a call of `generateContent`. Candidates are never asked for by number: one is what there is. */
export function toCall(request: ChatRequest, target: Target, stream: boolean): ProviderCall {
  const { systemInstruction, contents } = toConversation(request.messages, target.model);
  const passed = toPassed(request.passthrough ?? {}, target.model);
  const dropped = [...passed.dropped];
  // Calls in parallel are what Gemini makes anyway; only that it must not cannot be said.
  if (request.parallelToolCalls === false) dropped.unshift('parallel_tool_calls');
  if (request.topLogprobs !== undefined && !target.dialect.takesLogprobs)
    dropped.unshift('logprobs');
  const body = {
    systemInstruction,
    contents,
    tools: toTools(request),
    toolConfig: request.toolChoice && { functionCallingConfig: toMode(request.toolChoice) },
    generationConfig: unlessEmpty({ ...toConfig(request, target), ...passed.config }),
    serviceTier: passed.serviceTier,
  };
  return { path: pathOf(target.model, stream), body: toJson(body), dropped };
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

function toTools(request: ChatRequest): unknown {
  if (!request.tools || request.tools.length === 0) return undefined;
  const functionDeclarations = request.tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    // `parameters` would be Google's own subset of OpenAPI; this is JSON Schema, as the caller wrote it.
    parametersJsonSchema: tool.parameters,
  }));
  return [{ functionDeclarations }];
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

function toConfig(request: ChatRequest, target: Target): Readonly<Record<string, unknown>> {
  const { stop, seed, topLogprobs } = request;
  if (stop && stop.length > MAX_STOPS) {
    throw refused('stop', `must have at most ${MAX_STOPS} sequences for this model`);
  }
  const wantsLogprobs = topLogprobs !== undefined && target.dialect.takesLogprobs;
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

interface Passed {
  readonly config: Readonly<Record<string, unknown>>;
  readonly serviceTier: string | undefined;
  readonly dropped: readonly string[];
}

/** What Gemini has a word for among the parameters that are passed on; it refuses the others, so they are left out. */
function toPassed(passthrough: Readonly<Record<string, Json>>, model: string): Passed {
  let thinkingConfig: object | undefined;
  let serviceTier: string | undefined;
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(passthrough)) {
    // A null is a parameter that was not set.
    if (value === null) continue;
    if (name === 'reasoning_effort') {
      thinkingConfig = toThinking(value, model);
      if (!thinkingConfig) dropped.push(name);
    } else if (name === 'service_tier') {
      serviceTier = toServiceTier(value, model);
      if (!serviceTier && value !== 'auto') dropped.push(name);
    } else dropped.push(name);
  }
  return { config: thinkingConfig ? { thinkingConfig } : {}, serviceTier, dropped };
}

/** Vertex has it in headers of its own. */
function toServiceTier(tier: Json, model: string): string | undefined {
  return typeof tier === 'string' && !isVertex(model) ? SERVICE_TIERS.get(tier) : undefined;
}

/** OpenAI's `auto` is the project's own setting, which is what saying nothing asks for. */
const SERVICE_TIERS: ReadonlyMap<string, string> = new Map([
  ['default', 'standard'],
  ['flex', 'flex'],
  ['priority', 'priority'],
]);

/** Gemini 3 and later. Thinking cannot be turned off there, and only some models know a level below this `low`. */
const LEVELS: ReadonlyMap<string, string> = new Map([
  ['minimal', 'LOW'],
  ['low', 'LOW'],
  ['medium', 'MEDIUM'],
  ['high', 'HIGH'],
  ['xhigh', 'HIGH'],
]);

/** Gemini 2.5, in tokens: what Google's own OpenAI face makes of each. */
const BUDGETS: ReadonlyMap<string, number> = new Map([
  ['none', 0],
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
  ['xhigh', 24_576],
]);

function toThinking(effort: Json, model: string): object | undefined {
  if (typeof effort !== 'string') return undefined;
  if (thinksByBudget(model)) {
    const thinkingBudget = BUDGETS.get(effort);
    return thinkingBudget === undefined ? undefined : { thinkingBudget };
  }
  const thinkingLevel = LEVELS.get(effort);
  return thinkingLevel === undefined ? undefined : { thinkingLevel };
}

/** Nothing asked for is nothing sent. */
function unlessEmpty(config: Readonly<Record<string, unknown>>): object | undefined {
  return Object.values(config).some((value) => value !== undefined) ? config : undefined;
}
