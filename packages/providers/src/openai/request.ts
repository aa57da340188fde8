import type { ChatRequest, ResponseFormat } from '@weir/core';
import type { ProviderCall } from '../adapter.ts';
import { withCallIds } from './call-ids.ts';
import type { Parameter, PriorityOrder } from './compatible.ts';
import { markOf, toMessages, toTool } from './messages.ts';
import { asTakenBy } from './models.ts';
import { reasoningFields } from './reasoning.ts';
import { handedOn, put, type Words } from './words.ts';

/** A chat request as a chat completion call, in one provider's words. */
export function toCall(
  asked: ChatRequest,
  model: string,
  words: Words,
  stream: boolean,
): ProviderCall {
  const dropped = new Set<string>();
  const request = words.models ? asTakenBy(model, asked, 'chat', dropped) : asked;
  const body = handedOn(request.passthrough, words, dropped);
  body['model'] = model;
  body['messages'] = toMessages(withCallIds(request.messages, words.callIds), words, dropped);
  const say = (name: Parameter, value: unknown, isNeutral = false) => {
    if (value === undefined || value === words.neutral?.[name]) return;
    if (!words.lacking.has(name)) body[words.renamed[name] ?? name] = value;
    else if (!isNeutral) dropped.add(name);
  };
  say('max_completion_tokens', request.maxOutputTokens);
  say('temperature', request.temperature);
  say('top_p', request.topP);
  // A penalty of zero is none, and calls in parallel are what is asked for by asking for nothing.
  say('frequency_penalty', request.frequencyPenalty, request.frequencyPenalty === 0);
  say('presence_penalty', request.presencePenalty, request.presencePenalty === 0);
  say('stop', request.stop);
  say('seed', request.seed);
  say('parallel_tool_calls', request.parallelToolCalls, request.parallelToolCalls);
  say(
    'tools',
    request.tools?.map((tool) => toTool(tool, words, dropped)),
  );
  say('tool_choice', toToolChoice(request));
  say('response_format', toResponseFormat(request.responseFormat, words, dropped));
  say('prediction', request.prediction && { type: 'content', content: request.prediction });
  say('prompt_cache_key', request.promptCache?.key);
  say('prompt_cache_retention', request.promptCache?.retention);
  sayHints(request, words, body, dropped);
  for (const fields of reasoningFields(request.reasoning, words.reasoning, dropped)) {
    put(body, fields);
  }
  sayLogprobs(request.topLogprobs, words, body, dropped);
  const { options, alwaysAsked } = words.usage;
  if (stream) body['stream'] = true;
  if (stream || alwaysAsked) put(body, options && { stream_options: options });
  put(body, words.speculation.asked);
  return {
    path: '/chat/completions',
    body: JSON.stringify(body),
    dropped: dropped.size === 0 ? NONE : [...dropped],
  };
}

const NONE: readonly string[] = [];

/** What moves the bill and the time, but not the answer. */
function sayHints(
  request: ChatRequest,
  words: Words,
  body: Record<string, unknown>,
  dropped: Set<string>,
): void {
  const { promptCache, serviceTier, priority } = request;
  if (promptCache?.ttl !== undefined) {
    body['cache_control'] = markOf(promptCache.ttl, 'request', words, dropped);
  }
  if (serviceTier !== undefined) {
    const tier = words.tiers[serviceTier];
    if (tier !== undefined) body['service_tier'] = tier;
    // The other two ask for what is given anyway.
    else if (serviceTier !== 'auto' && serviceTier !== 'default') dropped.add('service_tier');
  }
  // Zero is everybody's, and some engines refuse any other unless they were told to look at it.
  if (!priority) return;
  if (words.priority) body['priority'] = placeOf(priority, words.priority);
  else dropped.add('priority');
}

/** A place in the queue, from -100 to 100 and the highest first, in an engine's own order. */
function placeOf(priority: number, order: PriorityOrder): number {
  switch (order) {
    case 'lowest_first':
      return -priority;
    case 'highest_first':
      return priority;
    default:
      return 0.5 + priority / 200;
  }
}

function sayLogprobs(
  count: number | undefined,
  { logprobs }: Words,
  body: Record<string, unknown>,
  dropped: Set<string>,
): void {
  if (count === undefined) return;
  if (!logprobs) {
    dropped.add('logprobs');
    return;
  }
  const most = Math.min(count, logprobs.most);
  // A count of none would switch them off.
  if (logprobs.by === 'count') body['logprobs'] = Math.max(1, most);
  else body['logprobs'] = true;
  if (logprobs.by === 'switch' && most > 0) body['top_logprobs'] = most;
}

function toToolChoice({ toolChoice }: ChatRequest): unknown {
  return typeof toolChoice === 'object' ? { type: 'function', function: toolChoice } : toolChoice;
}

function toResponseFormat(
  format: ResponseFormat | undefined,
  { lacking, schemasAsValues }: Words,
  dropped: Set<string>,
): unknown {
  if (!format || format.type === 'text') return schemasAsValues ? undefined : format;
  if (lacking.has(format.type)) {
    dropped.add('response_format');
    return undefined;
  }
  if (format.type === 'json_object') return format;
  const { name, schema, strict } = format;
  if (schemasAsValues) return { type: 'json', value: schema };
  return { type: 'json_schema', json_schema: { name, schema, strict } };
}
