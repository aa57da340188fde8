import * as wire from '@weir/contracts';
import {
  type ChatDelta,
  type ChatMessage,
  type ChatReply,
  type ChatRequest,
  type Content,
  type ContentPart,
  type Expectations,
  Fault,
  type FinishReason,
  type Json,
  type ResponseFormat,
  type TokenLogprob,
  type Tool,
  type ToolCall,
  type ToolChoice,
  type TopLogprob,
  unreachable,
} from '@weir/core';
import {
  cacheFromWire,
  cacheToWire,
  cacheTtls,
  reasoningFromWire,
  reasoningToWire,
  serviceTiers,
} from './hints.ts';
import { Words } from './words.ts';

const finish = new Words<FinishReason>(
  {
    stop: wire.FinishReason.STOP,
    length: wire.FinishReason.LENGTH,
    tool_calls: wire.FinishReason.TOOL_CALLS,
    content_filter: wire.FinishReason.CONTENT_FILTER,
  },
  'stop',
);

const modes = new Words<Extract<ToolChoice, string>>(
  {
    none: wire.ToolChoice_Mode.NONE,
    auto: wire.ToolChoice_Mode.AUTO,
    required: wire.ToolChoice_Mode.REQUIRED,
  },
  'auto',
);

export function chatToWire(chat: ChatRequest): wire.ChatRequest {
  return {
    messages: chat.messages.map(messageToWire),
    maxOutputTokens: chat.maxOutputTokens,
    temperature: chat.temperature,
    topP: chat.topP,
    frequencyPenalty: chat.frequencyPenalty,
    presencePenalty: chat.presencePenalty,
    stop: chat.stop ? [...chat.stop] : [],
    seed: chat.seed === undefined ? undefined : BigInt(chat.seed),
    tools: chat.tools?.map(toolToWire) ?? [],
    toolChoice: choiceToWire(chat.toolChoice),
    parallelToolCalls: chat.parallelToolCalls,
    responseFormat: formatToWire(chat.responseFormat),
    topLogprobs: chat.topLogprobs,
    reasoning: reasoningToWire(chat.reasoning),
    promptCache: cacheToWire(chat.promptCache),
    prediction: chat.prediction,
    serviceTier: serviceTiers.toWire(chat.serviceTier),
    priority: chat.priority,
    passthroughJson: chat.passthrough && JSON.stringify(chat.passthrough),
  };
}

export function chatFromWire(chat: wire.ChatRequest | undefined): ChatRequest {
  if (!chat) throw missing('chat');
  return {
    messages: chat.messages.map(messageFromWire),
    maxOutputTokens: chat.maxOutputTokens,
    temperature: chat.temperature,
    topP: chat.topP,
    frequencyPenalty: chat.frequencyPenalty,
    presencePenalty: chat.presencePenalty,
    stop: chat.stop.length > 0 ? chat.stop : undefined,
    seed: chat.seed === undefined ? undefined : Number(chat.seed),
    tools: chat.tools.length > 0 ? chat.tools.map(toolFromWire) : undefined,
    toolChoice: choiceFromWire(chat.toolChoice),
    parallelToolCalls: chat.parallelToolCalls,
    responseFormat: formatFromWire(chat.responseFormat),
    topLogprobs: chat.topLogprobs,
    reasoning: reasoningFromWire(chat.reasoning),
    promptCache: cacheFromWire(chat.promptCache),
    prediction: chat.prediction,
    serviceTier: serviceTiers.fromWire(chat.serviceTier),
    priority: chat.priority,
    passthrough: chat.passthroughJson ? objectFrom(chat.passthroughJson) : undefined,
  };
}

const NO_MESSAGE: wire.ChatMessage = {
  role: wire.Role.UNSPECIFIED,
  text: undefined,
  parts: [],
  name: undefined,
  toolCalls: [],
  refusal: undefined,
  toolCallId: '',
  reasoning: undefined,
  reasoningState: undefined,
};

function messageToWire(message: ChatMessage): wire.ChatMessage {
  const content = contentToWire(message.content);
  switch (message.role) {
    case 'system':
      return { ...NO_MESSAGE, ...content, role: wire.Role.SYSTEM, name: message.name };
    case 'developer':
      return { ...NO_MESSAGE, ...content, role: wire.Role.DEVELOPER, name: message.name };
    case 'user':
      return { ...NO_MESSAGE, ...content, role: wire.Role.USER, name: message.name };
    case 'assistant':
      return {
        ...NO_MESSAGE,
        ...content,
        role: wire.Role.ASSISTANT,
        name: message.name,
        refusal: message.refusal,
        toolCalls: message.toolCalls ? [...message.toolCalls] : [],
        reasoning: message.reasoning,
        reasoningState: message.reasoningState,
      };
    case 'tool':
      return { ...NO_MESSAGE, ...content, role: wire.Role.TOOL, toolCallId: message.toolCallId };
    default:
      return unreachable(message);
  }
}

function messageFromWire(message: wire.ChatMessage): ChatMessage {
  const content = contentFromWire(message);
  switch (message.role) {
    case wire.Role.SYSTEM:
      return { role: 'system', content: content ?? '', name: message.name };
    case wire.Role.DEVELOPER:
      return { role: 'developer', content: content ?? '', name: message.name };
    case wire.Role.USER:
      return { role: 'user', content: content ?? '', name: message.name };
    case wire.Role.ASSISTANT:
      return {
        role: 'assistant',
        content,
        name: message.name,
        refusal: message.refusal,
        toolCalls: message.toolCalls.length > 0 ? message.toolCalls : undefined,
        reasoning: message.reasoning,
        reasoningState: message.reasoningState,
      };
    case wire.Role.TOOL:
      return { role: 'tool', content: content ?? '', toolCallId: message.toolCallId };
    default:
      throw new Fault('invalid_request', 'A message has no role.', { param: 'chat.messages.role' });
  }
}

function contentToWire(content: Content | null): Pick<wire.ChatMessage, 'text' | 'parts'> {
  if (content === null) return { text: undefined, parts: [] };
  if (typeof content === 'string') return { text: content, parts: [] };
  return { text: undefined, parts: content.map(partToWire) };
}

function partToWire(part: ContentPart): wire.ContentPart {
  const cache = cacheTtls.toWire<wire.CacheTtl>(part.cache);
  if (part.type === 'text') return { part: { $case: 'text', value: part.text }, cache };
  return { part: { $case: 'image', value: { url: part.url, detail: part.detail ?? '' } }, cache };
}

function contentFromWire(message: wire.ChatMessage): Content | null {
  if (message.parts.length === 0) return message.text ?? null;
  return message.parts.map(({ part, cache: ttl }): ContentPart => {
    const cache = cacheTtls.fromWire(ttl);
    if (part?.$case === 'image') {
      return { type: 'image', url: part.value.url, detail: part.value.detail || undefined, cache };
    }
    return { type: 'text', text: part?.value ?? '', cache };
  });
}

function toolToWire(tool: Tool): wire.Tool {
  const { name, description, parameters, strict } = tool;
  const parametersJson = parameters === undefined ? undefined : JSON.stringify(parameters);
  return { name, description, parametersJson, strict, cache: cacheTtls.toWire(tool.cache) };
}

function toolFromWire(tool: wire.Tool): Tool {
  const { name, description, parametersJson, strict } = tool;
  const parameters = parametersJson === undefined ? undefined : objectFrom(parametersJson);
  return { name, description, parameters, strict, cache: cacheTtls.fromWire(tool.cache) };
}

function choiceToWire(choice: ToolChoice | undefined): wire.ToolChoice | undefined {
  if (choice === undefined) return undefined;
  if (typeof choice === 'object') return { choice: { $case: 'name', value: choice.name } };
  return { choice: { $case: 'mode', value: modes.toWire<wire.ToolChoice_Mode>(choice) } };
}

function choiceFromWire(choice: wire.ToolChoice | undefined): ToolChoice | undefined {
  if (!choice?.choice) return undefined;
  if (choice.choice.$case === 'name') return { name: choice.choice.value };
  return modes.fromWire(choice.choice.value);
}

function formatToWire(format: ResponseFormat | undefined): wire.ResponseFormat | undefined {
  switch (format?.type) {
    case undefined:
      return undefined;
    case 'text':
      return { format: { $case: 'text', value: {} } };
    case 'json_object':
      return { format: { $case: 'jsonObject', value: {} } };
    case 'json_schema': {
      const { name, schema, strict } = format;
      const value = { name, schemaJson: JSON.stringify(schema), strict };
      return { format: { $case: 'jsonSchema', value } };
    }
  }
}

function formatFromWire(format: wire.ResponseFormat | undefined): ResponseFormat | undefined {
  switch (format?.format?.$case) {
    case undefined:
      return undefined;
    case 'text':
      return { type: 'text' };
    case 'jsonObject':
      return { type: 'json_object' };
    case 'jsonSchema': {
      const { name, schemaJson, strict } = format.format.value;
      return { type: 'json_schema', name, schema: objectFrom(schemaJson), strict };
    }
  }
}

export function expectToWire(expect: Expectations | undefined): wire.Expectations | undefined {
  return expect && { ...expect, keywords: [...(expect.keywords ?? [])] };
}

export function expectFromWire(expect: wire.Expectations | undefined): Expectations | undefined {
  return expect;
}

/** In columns; alternatives of all tokens follow one another. */
export function tokensToWire(tokens: readonly TokenLogprob[]): wire.TokenLogprobs {
  const columns: wire.TokenLogprobs = {
    tokens: [],
    logprobs: [],
    topCounts: [],
    topTokens: [],
    topLogprobs: [],
  };
  for (const { token, logprob, top } of tokens) {
    columns.tokens.push(token);
    columns.logprobs.push(logprob ?? Number.NaN);
    columns.topCounts.push(top.length);
    for (const alternative of top) {
      columns.topTokens.push(alternative.token);
      columns.topLogprobs.push(alternative.logprob);
    }
  }
  return columns;
}

export function tokensFromWire(columns: wire.TokenLogprobs): TokenLogprob[] {
  let at = 0;
  return columns.tokens.map((token, index) => {
    const top: TopLogprob[] = [];
    for (const end = at + (columns.topCounts[index] ?? 0); at < end; at++) {
      top.push({
        token: columns.topTokens[at] ?? '',
        logprob: columns.topLogprobs[at] ?? Number.NaN,
      });
    }
    const logprob = columns.logprobs[index] ?? Number.NaN;
    return { token, logprob: Number.isNaN(logprob) ? undefined : logprob, top };
  });
}

export function replyToWire(reply: ChatReply): wire.ChatReply {
  return {
    text: reply.text,
    refusal: reply.refusal,
    reasoning: reply.reasoning,
    reasoningState: reply.reasoningState,
    toolCalls: [...reply.toolCalls],
    finish: finish.toWire<wire.FinishReason>(reply.finish),
    tokens: reply.tokens && tokensToWire(reply.tokens),
  };
}

export function replyFromWire(reply: wire.ChatReply | undefined): ChatReply {
  if (!reply) throw missing('reply');
  return {
    text: reply.text,
    refusal: reply.refusal,
    reasoning: reply.reasoning,
    reasoningState: reply.reasoningState,
    toolCalls: reply.toolCalls satisfies ToolCall[],
    finish: finish.fromWire(reply.finish),
    tokens: reply.tokens && tokensFromWire(reply.tokens),
  };
}

export function deltaToWire(delta: ChatDelta): wire.ChatDelta {
  switch (delta.type) {
    case 'text-delta': {
      const tokens = delta.tokens && tokensToWire(delta.tokens);
      return { delta: { $case: 'text', value: { text: delta.text, tokens } } };
    }
    case 'refusal-delta':
      return { delta: { $case: 'refusal', value: { text: delta.text } } };
    case 'reasoning-delta':
      return { delta: { $case: 'reasoning', value: { text: delta.text, state: delta.state } } };
    case 'tool-delta': {
      const { index, id, name, arguments: piece } = delta;
      return { delta: { $case: 'tool', value: { index, id, name, arguments: piece } } };
    }
    default:
      return unreachable(delta);
  }
}

/** Undefined for a kind of delta that a newer peer invented. */
export function deltaFromWire(delta: wire.ChatDelta): ChatDelta | undefined {
  switch (delta.delta?.$case) {
    case 'text': {
      const { text, tokens } = delta.delta.value;
      return { type: 'text-delta', text, tokens: tokens && tokensFromWire(tokens) };
    }
    case 'refusal':
      return { type: 'refusal-delta', text: delta.delta.value.text };
    case 'reasoning':
      return { type: 'reasoning-delta', ...delta.delta.value };
    case 'tool':
      return { type: 'tool-delta', ...delta.delta.value };
    default:
      return undefined;
  }
}

function objectFrom(json: string): { readonly [key: string]: Json } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new Fault('invalid_request', 'A field that holds JSON does not parse.', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Fault('invalid_request', 'A field that holds a JSON object holds something else.');
  }
  return value as { readonly [key: string]: Json };
}

function missing(what: string): Fault {
  return new Fault('invalid_request', `The message has no ${what}.`, { param: what });
}
