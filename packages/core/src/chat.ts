/** The chat vocabulary: what a caller asks and what a model answers, in nobody's dialect. */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** How long a provider should keep a cached prefix; those that can be told know these two spans. */
export type CacheTtl = '5m' | '1h';

/** `cache` marks the end of a prefix that is worth caching: everything up to and including what carries it. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string; readonly cache?: CacheTtl | undefined }
  | {
      readonly type: 'image';
      readonly url: string;
      readonly detail?: string | undefined;
      readonly cache?: CacheTtl | undefined;
    };

export type Content = string | readonly ContentPart[];

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** The arguments as the model wrote them: JSON text, not checked. */
  readonly arguments: string;
}

export type ChatMessage =
  | {
      readonly role: 'system' | 'developer' | 'user';
      readonly content: Content;
      readonly name?: string | undefined;
    }
  | {
      readonly role: 'assistant';
      readonly content: Content | null;
      readonly name?: string | undefined;
      readonly refusal?: string | undefined;
      readonly toolCalls?: readonly ToolCall[] | undefined;
      /** What the model thought before it said this. */
      readonly reasoning?: string | undefined;
      /** The `reasoningState` of the reply that this message repeats. */
      readonly reasoningState?: string | undefined;
    }
  | { readonly role: 'tool'; readonly content: Content; readonly toolCallId: string };

export interface Tool {
  readonly name: string;
  readonly description?: string | undefined;
  readonly parameters?: Json | undefined;
  readonly strict?: boolean | undefined;
  /** As of a content part: this tool ends a prefix worth caching. */
  readonly cache?: CacheTtl | undefined;
}

/** `none`, `auto`, `required`, or the one tool that must be called. */
export type ToolChoice = 'none' | 'auto' | 'required' | { readonly name: string };

export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema';
      readonly name: string;
      readonly schema: Json;
      readonly strict?: boolean | undefined;
    };

export const REASONING_EFFORTS = [
  'none',
  'minimal',
  'low',
  'medium',
  'high',
  'xhigh',
  'max',
] as const;
export type ReasoningEffort = (typeof REASONING_EFFORTS)[number];

/** How much the model may think. Empty means: as much as it sees fit. */
export interface Reasoning {
  readonly effort?: ReasoningEffort | undefined;
  /** Tokens; for providers that count a budget rather than grade an effort. */
  readonly maxTokens?: number | undefined;
}

/** Hints for the provider's prompt cache. They change the bill, never the answer. */
export interface PromptCache {
  /** Requests with one key go to one cache. */
  readonly key?: string | undefined;
  readonly retention?: 'in_memory' | '24h' | undefined;
  /** Cache the longest prefix that the provider finds by itself. */
  readonly ttl?: CacheTtl | undefined;
}

export const SERVICE_TIERS = ['auto', 'default', 'flex', 'priority', 'scale'] as const;
/** Under OpenAI's names: `default` is the standard tier, `flex` the slow and cheap one, `priority` the dear and fast. */
export type ServiceTier = (typeof SERVICE_TIERS)[number];

/** What the caller knows a good answer must satisfy; a draft that fails any of it is never accepted. */
export interface Expectations {
  /** Words or phrases that must occur, whatever their case. */
  readonly keywords?: readonly string[] | undefined;
  /** A regular expression (ECMAScript, `u` flag) that must match somewhere in the answer. */
  readonly pattern?: string | undefined;
  readonly minCharacters?: number | undefined;
  readonly maxCharacters?: number | undefined;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly maxOutputTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly seed?: number | undefined;
  readonly tools?: readonly Tool[] | undefined;
  readonly toolChoice?: ToolChoice | undefined;
  readonly parallelToolCalls?: boolean | undefined;
  readonly responseFormat?: ResponseFormat | undefined;
  /** How many alternatives to give per token; 0 gives the chosen token's log-probability only. */
  readonly topLogprobs?: number | undefined;
  readonly reasoning?: Reasoning | undefined;
  readonly promptCache?: PromptCache | undefined;
  /** Text that the answer will mostly repeat, so that an engine may guess by it. */
  readonly prediction?: string | undefined;
  readonly serviceTier?: ServiceTier | undefined;
  /** Its place in the engine's own queue: the higher, the sooner. Zero is everybody's. */
  readonly priority?: number | undefined;
  /** Parameters that Weir hands on as they are, under OpenAI's names (`user`, `metadata`, ...). */
  readonly passthrough?: { readonly [parameter: string]: Json } | undefined;
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

export interface TopLogprob {
  readonly token: string;
  readonly logprob: number;
}

/** One token of an answer with its natural-log probability, as the engine reported it: trust is the scorer's matter. */
export interface TokenLogprob {
  readonly token: string;
  /** Absent where the engine gave none for this token. */
  readonly logprob?: number | undefined;
  readonly top: readonly TopLogprob[];
}

export interface ChatReply {
  readonly text: string;
  readonly refusal?: string | undefined;
  readonly reasoning?: string | undefined;
  /**
   * What the provider needs back to go on thinking where it stopped (signatures, redacted or encrypted thoughts).
   * Opaque, and of use to that provider only, whose adapter wrote it and reads it again.
   */
  readonly reasoningState?: string | undefined;
  readonly toolCalls: readonly ToolCall[];
  readonly finish: FinishReason;
  /** Absent when the engine gave no log-probabilities at all. */
  readonly tokens?: readonly TokenLogprob[] | undefined;
}

/** The text of a message, its parts joined; images have none. */
export function textOf(content: Content | null): string {
  if (content === null) return '';
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
