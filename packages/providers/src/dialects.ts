import type { Dialect } from './adapter.ts';
import { anthropic } from './anthropic/index.ts';
import { bedrock } from './bedrock/index.ts';
import { cohere } from './cohere/index.ts';
import { gemini } from './gemini/index.ts';
import { ollama } from './ollama/index.ts';
import {
  COMPATIBLE,
  ENGINE,
  GATEWAY,
  OPENAI,
  OWN_EFFORTS,
  RARE,
  THREE_EFFORTS,
} from './openai/bases.ts';
import { compatible } from './openai/index.ts';
import { openaiResponses } from './openai-responses/index.ts';

/** A protocol of its own, and nothing else that is unusual. */
const NATIVE = { takesLogprobs: true, freesSlotOnlyOnStreams: false } as const;

/**
 * Everyone whom Weir can call: whose protocol each speaks, and how it departs from it. Of those who speak OpenAI's, what
 * a row does not say is as in the base that it begins with. Where no other source is named, the facts are from the types
 * and texts of each one's own SDK or source.
 */
export const DIALECTS = {
  'openai-responses': { ...NATIVE, adapter: openaiResponses },
  anthropic: { ...NATIVE, adapter: anthropic, takesLogprobs: false },
  // Its models since 2.5 refuse to be asked for log-probabilities here; on Vertex those of 2.5 still give them.
  gemini: { ...NATIVE, adapter: gemini, takesLogprobs: false, billsCancelled: true },
  bedrock: {
    ...NATIVE,
    adapter: bedrock,
    takesLogprobs: false,
    credentials: 'aws',
    billsCancelled: true,
  },
  vertex: {
    ...NATIVE,
    adapter: gemini,
    credentials: 'google',
    refusesCallIds: true,
    tierHeader: 'x-vertex-ai-llm-shared-request-type',
    takesLabels: true,
    billsCancelled: true,
  },
  cohere: { ...NATIVE, adapter: cohere },
  ollama: { ...NATIVE, adapter: ollama, engine: 'ollama' },
  openai: compatible(OPENAI),
  // Version 1 of its API, where a deployment is named in the body as a model is. Facts are from Microsoft's pages.
  azure: {
    ...compatible({
      ...OPENAI,
      lacks: ['prompt_cache_retention'],
      takes: [
        'user',
        'metadata',
        'store',
        'logit_bias',
        'safety_identifier',
        'verbosity',
        'modalities',
        'audio',
      ],
      tiers: { auto: 'auto', default: 'default', priority: 'priority' },
    }),
    keyHeader: 'api-key',
    billsFilteredPrompts: true,
  },
  'openai-compatible': compatible({
    ...COMPATIBLE,
    // Whoever configures it may know that it knows one.
    developer: 'developer',
    usage: { ...COMPATIBLE.usage, at: [['usage'], ['x_groq', 'usage'], ['timings']] },
  }),
  mistral: compatible({
    ...COMPATIBLE,
    renamed: { max_completion_tokens: 'max_tokens', seed: 'random_seed' },
    // Only a tool's message may have a name there.
    lacks: ['refusal', 'name', 'prompt_cache_retention'],
    unknownFields: 'refused',
    takes: ['metadata', 'safe_prompt', 'prompt_mode', 'guardrails'],
    callIds: /^[a-zA-Z0-9]{9}$/,
    // Its last chunk has the usage, asked or not.
    usage: { at: [['usage']] },
    logprobs: undefined,
    thoughts: 'parts',
    tiers: { auto: 'auto', default: 'standard_only' },
    errors: { overflow: /^Prompt contains \d+ tokens/ },
    billsCancelled: true,
  }),
  deepseek: compatible({
    ...COMPATIBLE,
    // Both penalties are taken and do nothing. A schema is a 400.
    lacks: [
      ...RARE,
      'seed',
      'frequency_penalty',
      'presence_penalty',
      'parallel_tool_calls',
      'json_schema',
    ],
    unknownFields: 'ignored',
    takes: ['user_id'],
    reasoning: {
      on: { thinking: { type: 'enabled' } },
      off: { thinking: { type: 'disabled' } },
      effort: {
        at: ['reasoning_effort'],
        words: {
          minimal: 'low',
          low: 'low',
          medium: 'high',
          high: 'high',
          xhigh: 'max',
          max: 'max',
        },
      },
    },
    // A tool call that comes back without the thoughts before it is a 400 while the model thinks; nothing but a blank
    // will do for those of another model (LiteLLM).
    thoughts: 'reasoning_content',
    blankThought: ' ',
    tiers: {},
  }),
  qwen: compatible({
    ...COMPATIBLE,
    lacks: [...RARE, 'frequency_penalty'],
    unknownFields: 'ignored',
    logprobs: { by: 'switch', most: 5 },
    reasoning: {
      on: { enable_thinking: true },
      off: { enable_thinking: false },
      // It counts tokens where others grade; the numbers are those that Google gives to the same words.
      effort: {
        at: ['thinking_budget'],
        words: {
          minimal: 1024,
          low: 1024,
          medium: 8192,
          high: 24_576,
          xhigh: 24_576,
          max: 24_576,
        },
      },
      budget: { at: ['thinking_budget'] },
    },
    thoughts: 'reasoning_content',
    tiers: {},
    // Five minutes, and it has no word for longer.
    cacheMarks: { on: ['parts'], spans: ['5m'] },
    errors: {
      kinds: {
        Arrearage: 'upstream_rejected',
        data_inspection_failed: 'content_filtered',
        // Tokens per minute, not money.
        insufficient_quota: 'upstream_rate_limited',
      },
      overflow:
        /^(?:<400> )?InternalError\.Algo\.InvalidParameter: Range of input length should be/,
    },
    billsCancelled: true,
  }),
  xai: compatible({
    ...COMPATIBLE,
    renamed: {},
    // Its models that think refuse these three, and names are refused by all (LiteLLM).
    lacks: [...RARE, 'name', 'frequency_penalty', 'presence_penalty', 'stop'],
    takes: ['user', 'logit_bias', 'search_parameters', 'deferred'],
    unknownFields: 'ignored',
    developer: 'system',
    logprobs: { by: 'switch', most: 8 },
    reasoning: { effort: { at: ['reasoning_effort'], words: THREE_EFFORTS } },
    tiers: {},
  }),
  groq: compatible({
    ...COMPATIBLE,
    renamed: {},
    // "Not yet supported by any of our models".
    lacks: [...RARE, 'name', 'frequency_penalty', 'presence_penalty'],
    unknownFields: 'refused',
    // What a model's thoughts look like is asked per model: the wrong question is a 400.
    takes: ['user', 'reasoning_format', 'include_reasoning', 'search_settings', 'compound_custom'],
    developer: 'developer',
    // In a stream it has a place of its own, asked or not; in a reply that place tells of its caches.
    usage: { at: [['usage'], ['x_groq', 'usage']] },
    logprobs: undefined,
    reasoning: { effort: { at: ['reasoning_effort'], words: THREE_EFFORTS } },
    thoughts: 'reasoning',
    // In its format "raw", which is the default of some models.
    thinksInText: true,
    tiers: { auto: 'auto', default: 'on_demand', flex: 'flex', priority: 'performance' },
    billsCancelled: true,
  }),
  together: compatible({
    ...COMPATIBLE,
    lacks: [...RARE, 'parallel_tool_calls'],
    unknownFields: 'ignored',
    takes: ['logit_bias'],
    logprobs: { by: 'count', most: 20 },
    reasoning: {
      off: { reasoning: { enabled: false } },
      effort: { at: ['reasoning_effort'], words: { ...THREE_EFFORTS, none: undefined } },
    },
    thoughts: 'reasoning',
    tiers: {},
    errors: {
      overflow: /^(?:Input validation error: )?`inputs` tokens \+ `max_new_tokens` must be/,
    },
  }),
  fireworks: compatible({
    ...COMPATIBLE,
    lacks: ['refusal', 'prompt_cache_retention'],
    unknownFields: 'refused',
    takes: [
      'user',
      'metadata',
      'logit_bias',
      'reasoning_history',
      'context_length_exceeded_behavior',
      'prompt_truncate_len',
      'perf_metrics_in_response',
    ],
    logprobs: { by: 'switch', most: 5 },
    // A budget is an effort that is a number.
    reasoning: {
      effort: { at: ['reasoning_effort'], words: THREE_EFFORTS },
      budget: { at: ['reasoning_effort'] },
    },
    thoughts: 'reasoning_content',
    // Others are taken for the default.
    tiers: { auto: 'auto', default: 'default', priority: 'priority' },
    errors: { overflow: /^The prompt is too long: \d+/ },
  }),
  perplexity: compatible({
    ...COMPATIBLE,
    lacks: [...RARE, 'name', 'seed', 'json_object'],
    unknownFields: 'ignored',
    takes: ['web_search_options'],
    // On every chunk, and there is nothing to ask for it with.
    usage: { at: [['usage']] },
    logprobs: undefined,
    reasoning: {
      effort: {
        at: ['reasoning_effort'],
        words: { ...THREE_EFFORTS, minimal: 'minimal', none: undefined },
      },
    },
    thinksInText: true,
    tiers: {},
    billsCancelled: true,
  }),
  cerebras: compatible({
    ...COMPATIBLE,
    renamed: {},
    lacks: ['refusal', 'prompt_cache_retention'],
    unknownFields: 'refused',
    takes: ['user', 'logit_bias', 'clear_thinking', 'disable_reasoning', 'reasoning_format'],
    reasoning: { effort: { at: ['reasoning_effort'], words: THREE_EFFORTS } },
    thoughts: 'reasoning',
    tiers: { auto: 'auto', default: 'default', flex: 'flex', priority: 'priority' },
  }),
  openrouter: compatible({
    ...GATEWAY,
    lacks: ['prompt_cache_retention'],
    // Always sent; asking does nothing any more.
    usage: { at: [['usage']] },
    reasoning: {
      on: { reasoning: { enabled: true } },
      effort: { at: ['reasoning', 'effort'], words: OWN_EFFORTS },
      budget: { at: ['reasoning', 'max_tokens'] },
    },
    thoughts: 'details',
    cacheMarks: { on: ['parts', 'tools', 'request'], spans: ['5m', '1h'] },
    errors: {
      ...COMPATIBLE.errors,
      // Its own words, whatever the provider behind it said and with whatever status.
      at: ['metadata', 'error_type'],
      kinds: {
        rate_limit_exceeded: 'upstream_rate_limited',
        provider_overloaded: 'upstream_unavailable',
        provider_unavailable: 'upstream_unavailable',
        timeout: 'upstream_unavailable',
        server: 'upstream_unavailable',
        authentication: 'upstream_auth',
        permission_denied: 'upstream_auth',
        payment_required: 'upstream_rejected',
        not_found: 'upstream_rejected',
        refusal: 'content_filtered',
      },
    },
  }),
  // A relay of which little is written down: what it hands on is the other side's matter.
  tokenmix: compatible({
    ...GATEWAY,
    renamed: COMPATIBLE.renamed,
    developer: 'system',
    cacheMarks: undefined,
  }),
  litellm: compatible({
    ...GATEWAY,
    reasoning: {
      effort: { at: ['reasoning_effort'], words: OWN_EFFORTS },
      budget: { at: ['thinking', 'budget_tokens'], beside: { thinking: { type: 'enabled' } } },
    },
    thoughts: 'reasoning_content',
    errors: {
      kinds: { budget_exceeded: 'upstream_rejected' },
      // It puts the name of its exception before every message.
      overflow: /^litellm\.ContextWindowExceededError:/,
    },
  }),
  portkey: compatible({
    ...GATEWAY,
    // Hands roles on as they are.
    developer: 'system',
    reasoning: {
      effort: { at: ['reasoning_effort'], words: OWN_EFFORTS },
      budget: { at: ['thinking', 'budget_tokens'], beside: { thinking: { type: 'enabled' } } },
    },
    errors: { ...COMPATIBLE.errors, kinds: { hooks_failed: 'content_filtered' } },
  }),
  vllm: compatible({
    ...ENGINE,
    engine: 'vllm',
    // Templates differ in what turns thinking off; older versions refuse the effort "none".
    reasoning: {
      on: { chat_template_kwargs: { enable_thinking: true } },
      off: { chat_template_kwargs: { enable_thinking: false } },
      effort: { at: ['reasoning_effort'], words: OWN_EFFORTS },
      budget: { at: ['thinking_token_budget'] },
    },
    // Refused unless the server runs its priority policy.
    priority: 'lowest_first',
  }),
  sglang: compatible({
    ...ENGINE,
    engine: 'sglang',
    // Qwen and GLM look at the one, DeepSeek and Kimi at the other.
    reasoning: {
      on: { chat_template_kwargs: { enable_thinking: true, thinking: true } },
      off: { chat_template_kwargs: { enable_thinking: false, thinking: false } },
      effort: { at: ['reasoning_effort'], words: OWN_EFFORTS },
    },
    priority: 'highest_first',
    speculation: {
      asked: { return_spec_tokens_details: true },
      at: ['sglext', 'spec_tokens_details'],
      accepted: 'spec_num_correct_drafts',
      guessed: 'spec_num_proposed_drafts',
    },
    errors: {
      overflow:
        /^(?:Input length \(\d+ tokens\) exceeds|Requested token count exceeds the model's maximum|The input \(\d+ tokens\) is longer)/,
    },
  }),
  'tensorrt-llm': compatible({
    ...ENGINE,
    engine: 'tensorrt-llm',
    // Takes whether calls may be parallel, and does not hold to it.
    lacks: [...RARE, 'parallel_tool_calls'],
    unknownFields: 'refused',
    takes: ['user', 'logit_bias', 'top_k', 'min_p', 'repetition_penalty', 'chat_template_kwargs'],
    reasoning: {
      effort: { at: ['reasoning_effort'], words: { ...THREE_EFFORTS, max: 'max' } },
      budget: { at: ['thinking_token_budget'] },
    },
    priority: 'fraction',
    errors: {
      overflow: /^(?:The sum of prompt length \(|Prompt length \(\d+\) exceeds maximum)/,
    },
  }),
  // Its OpenAI frontend. Log-probabilities are a 400 before every backend but vLLM's.
  triton: compatible({
    ...ENGINE,
    lacks: [...RARE, 'parallel_tool_calls', 'json_object', 'json_schema'],
    takes: [],
    logprobs: undefined,
    reasoning: {},
    thoughts: undefined,
  }),
  'llama.cpp': compatible({
    ...ENGINE,
    engine: 'llama.cpp',
    // Its timings are told whether usage is or not.
    usage: { ...COMPATIBLE.usage, at: [['usage'], ['timings']] },
    reasoning: {
      on: { chat_template_kwargs: { enable_thinking: true } },
      off: { chat_template_kwargs: { enable_thinking: false } },
      effort: { at: ['chat_template_kwargs', 'reasoning_effort'], words: OWN_EFFORTS },
    },
    speculation: { at: ['timings'], accepted: 'draft_n_accepted', guessed: 'draft_n' },
    errors: {},
    freesSlotOnlyOnStreams: true,
  }),
  // Its own `/generate` takes a prompt and no messages, so that the model's chat template would be ours to guess.
  tgi: compatible({
    ...ENGINE,
    engine: 'tgi',
    // To it a presence penalty is something else, of which zero is a lot. JSON without a schema is not to be had.
    lacks: [...RARE, 'presence_penalty', 'parallel_tool_calls', 'json_object'],
    neutral: { top_p: 1 },
    schemasAsValues: true,
    takes: [],
    logprobs: { by: 'switch', most: 5 },
    reasoning: {},
    thoughts: undefined,
    errors: {
      kinds: { template_error: 'upstream_rejected', tool_error: 'upstream_unavailable' },
      overflow:
        /^Input validation error: `inputs` (?:tokens \+ `max_new_tokens` must be <=|must have less than) \d+/,
    },
  }),
  tabbyapi: compatible({
    ...ENGINE,
    engine: 'tabbyapi',
    takes: ['logit_bias', 'verbosity'],
    // Whole replies too have none unless it is asked for.
    usage: { ...COMPATIBLE.usage, alwaysAsked: true },
    reasoning: {
      on: { chat_template_kwargs: { enable_thinking: true } },
      off: { chat_template_kwargs: { enable_thinking: false } },
      effort: { at: ['chat_template_kwargs', 'reasoning_effort'], words: OWN_EFFORTS },
    },
  }),
} as const satisfies Record<string, Dialect>;

export type DialectName = keyof typeof DIALECTS;
