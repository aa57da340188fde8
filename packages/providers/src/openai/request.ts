import { type ChatMessage, type ChatRequest, type Content, unreachable } from '@weir/core';
import type { ProviderCall, Target } from '../adapter.ts';

/** Never passed through: they say what a call may cost and in what form it answers, and a hold rests on that. */
const OURS = [
  'n',
  'best_of',
  'max_tokens',
  'max_completion_tokens',
  'logprobs',
  'top_logprobs',
  'stream',
  'stream_options',
] as const;

/** A chat request as an OpenAI chat completion call. */
export function toCall(request: ChatRequest, target: Target, stream: boolean): ProviderCall {
  const { dialect } = target;
  const body: Record<string, unknown> = dialect.knownFieldsOnly ? {} : { ...request.passthrough };
  for (const name of OURS) delete body[name];
  body['model'] = target.model;
  body['messages'] = request.messages.map(toMessage);
  if (request.maxOutputTokens !== undefined) body[dialect.maxTokensField] = request.maxOutputTokens;
  body['temperature'] = request.temperature;
  body['top_p'] = request.topP;
  body['frequency_penalty'] = request.frequencyPenalty;
  body['presence_penalty'] = request.presencePenalty;
  body['stop'] = request.stop;
  body['seed'] = request.seed;
  body['parallel_tool_calls'] = request.parallelToolCalls;
  body['tools'] = request.tools?.map((tool) => ({ type: 'function', function: tool }));
  body['tool_choice'] = toToolChoice(request);
  body['response_format'] = toResponseFormat(request);
  if (request.topLogprobs !== undefined && dialect.takesLogprobs) {
    body['logprobs'] = true;
    if (request.topLogprobs > 0) body['top_logprobs'] = request.topLogprobs;
  }
  if (stream) {
    body['stream'] = true;
    if (dialect.takesStreamOptions) body['stream_options'] = { include_usage: true };
  }
  return {
    path: '/chat/completions',
    body: JSON.stringify(body),
    dropped: droppedFrom(request, target),
  };
}

const NONE: readonly string[] = [];

/** What a dialect that takes known fields only does not get; what Weir says itself is not missed. */
function droppedFrom(request: ChatRequest, { dialect }: Target): readonly string[] {
  if (!dialect.knownFieldsOnly || !request.passthrough) return NONE;
  const isMissed = ([name, value]: [string, unknown]) =>
    value !== null && !(OURS as readonly string[]).includes(name);
  return Object.entries(request.passthrough)
    .filter(isMissed)
    .map(([name]) => name);
}

function toMessage(message: ChatMessage): unknown {
  switch (message.role) {
    case 'system':
    case 'developer':
    case 'user':
      return { role: message.role, content: toContent(message.content), name: message.name };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content === null ? null : toContent(message.content),
        name: message.name,
        refusal: message.refusal,
        tool_calls: message.toolCalls?.map((call) => ({
          id: call.id,
          type: 'function',
          function: { name: call.name, arguments: call.arguments },
        })),
      };
    case 'tool':
      return {
        role: 'tool',
        content: toContent(message.content),
        tool_call_id: message.toolCallId,
      };
    default:
      return unreachable(message);
  }
}

function toContent(content: Content): unknown {
  if (typeof content === 'string') return content;
  return content.map((part) =>
    part.type === 'text'
      ? part
      : { type: 'image_url', image_url: { url: part.url, detail: part.detail } },
  );
}

function toToolChoice(request: ChatRequest): unknown {
  const choice = request.toolChoice;
  return typeof choice === 'object' ? { type: 'function', function: choice } : choice;
}

function toResponseFormat(request: ChatRequest): unknown {
  const format = request.responseFormat;
  if (format?.type !== 'json_schema') return format;
  const { name, schema, strict } = format;
  return { type: 'json_schema', json_schema: { name, schema, strict } };
}
