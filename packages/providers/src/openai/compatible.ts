import type { CacheTtl, FaultKind, ReasoningEffort, ServiceTier } from '@weir/core';
import type { EngineName } from '../engine-facts.ts';

/**
 * What differs among those who speak OpenAI's chat completions, as data: nothing that reads or writes them knows a
 * provider's name.
 */
export interface Compatible {
  /** Its own names of parameters, by OpenAI's. */
  readonly renamed: Readonly<Partial<Record<Parameter, string>>>;
  /** What it refuses, or takes and passes over. It is not sent; what is lost by that is told, under OpenAI's names. */
  readonly lacks: readonly Lackable[];
  /** What changes nothing here, and is refused for that: it is not sent. */
  readonly neutral?: Readonly<Partial<Record<Parameter, number>>>;
  /** A schema is TGI's `{ type, value }`, and text is asked for by asking for nothing. */
  readonly schemasAsValues?: true;
  /** What becomes of a field that it does not know. */
  readonly unknownFields: UnknownFields;
  /** Parameters that Weir hands on and that it knows: OpenAI's, and its own where it refuses all others. */
  readonly takes: readonly string[];
  /** Its models are OpenAI's own, which differ among themselves in what they refuse: `models.ts` knows each by its name. */
  readonly models?: 'openai';
  /** What ids of tool calls must be like, or the request is a 400. Absent: any will do. */
  readonly callIds?: RegExp;
  /** The role of instructions that OpenAI calls the developer's. */
  readonly developer: 'developer' | 'system';
  readonly usage: UsageAsked;
  /** Absent: it gives none, so that an answer is judged without them. */
  readonly logprobs?: LogprobsAsked | undefined;
  readonly reasoning: ReasoningAsked;
  /** Where an earlier answer's thoughts go back; absent: it wants none. */
  readonly thoughts?: ThoughtsBack | undefined;
  /** Tool calls of earlier answers must come with thoughts; this stands for those that are not known. */
  readonly blankThought?: string;
  /** Its thoughts begin its text, between `<think>` and `</think>`. */
  readonly thinksInText?: true;
  /** Its own words for tiers; without one it has no such tier. */
  readonly tiers: Readonly<Partial<Record<ServiceTier, string>>>;
  /** How it orders its queue, where it can be told to. */
  readonly priority?: PriorityOrder;
  /** How the end of a prefix can be marked as worth caching, in Anthropic's manner. */
  readonly cacheMarks?: CacheMarks | undefined;
  /** Where it says how many tokens it had guessed ahead, and how many of them held. */
  readonly speculation: Speculation;
  readonly errors: ErrorWords;
  /** Goes on with an answer that nobody reads any more, and bills all of it. */
  readonly billsCancelled?: true;
  /** Whose software it is, where the hardware is one's own. */
  readonly engine?: EngineName;
  /** Notices that a caller has gone only while it streams. */
  readonly freesSlotOnlyOnStreams?: true;
}

/** OpenAI's names of what Weir says beside the messages. */
export type Parameter =
  | 'max_completion_tokens'
  | 'temperature'
  | 'top_p'
  | 'frequency_penalty'
  | 'presence_penalty'
  | 'stop'
  | 'seed'
  | 'tools'
  | 'tool_choice'
  | 'parallel_tool_calls'
  | 'response_format'
  | 'prediction'
  | 'prompt_cache_key'
  | 'prompt_cache_retention';

/** Beside parameters: two forms of an answer, the name of who speaks, and the field of an earlier refusal. */
export type Lackable = Parameter | 'json_object' | 'json_schema' | 'name' | 'refusal';

/**
 * `refused`: a field that it does not know fails the call, so only those that it takes are sent. `ignored`: it passes
 * over OpenAI's parameters that it does not take, which are left out so that somebody hears of it; others are meant for
 * it. `handed_on`: others stand behind it, and who knows what they know.
 */
export type UnknownFields = 'refused' | 'ignored' | 'handed_on';

export type Fields = Readonly<Record<string, unknown>>;

/** The names on the way to a value within a reply or an event. */
export type Path = readonly string[];

export interface UsageAsked {
  /** `stream_options`, where it wants to be asked for usage. */
  readonly options?: Fields;
  /** It wants to be asked for whole replies too. */
  readonly alwaysAsked?: true;
  /** Where usage may stand, the best first. In a stream the last one counts. */
  readonly at: readonly Path[];
}

export interface LogprobsAsked {
  /** By OpenAI's switch, with a count of alternatives beside it; or by that count alone. */
  readonly by: 'switch' | 'count';
  /** The most alternatives that it gives; more would be refused. */
  readonly most: number;
}

/** Whatever is said of thought: `on` or `off`, and beside `on` how much, as an effort or as a budget. */
export interface ReasoningAsked {
  readonly on?: Fields;
  readonly off?: Fields;
  readonly effort?: {
    readonly at: Path;
    /** Its own word or number for each; an effort without one cannot be asked for. */
    readonly words: Readonly<Partial<Record<ReasoningEffort, string | number | undefined>>>;
  };
  /** Where a number of tokens goes, and what must be said beside it. */
  readonly budget?: { readonly at: Path; readonly beside?: Fields };
}

/**
 * A field of the message; Mistral's parts of its content; or OpenRouter's details, which carry signatures, with a field
 * for thoughts that came without.
 */
export type ThoughtsBack = 'reasoning_content' | 'reasoning' | 'parts' | 'details';

/** The first of all is the lowest number, or the highest; or all are between 0 and 1, the highest first. */
export type PriorityOrder = 'lowest_first' | 'highest_first' | 'fraction';

export interface CacheMarks {
  readonly on: readonly ('parts' | 'tools' | 'request')[];
  /** A longer span than its shortest is said; a span that it does not know is not. */
  readonly spans: readonly CacheTtl[];
}

export interface Speculation {
  /** Asks for it. */
  readonly asked?: Fields;
  readonly at: Path;
  readonly accepted: string;
  /** Either all that were guessed, or those that did not hold. */
  readonly guessed?: string;
  readonly rejected?: string;
}

export interface ErrorWords {
  /** Machine words of its `code` and `type` that mean something else than its status says. */
  readonly kinds?: Readonly<Record<string, FaultKind>>;
  /** Where such a word stands, beside the usual places. */
  readonly at?: Path;
  /**
   * How it begins to say that a prompt does not fit, where it has no machine word for that. Only ever matched from the
   * first character on: what a server itself begins with is no prompt.
   */
  readonly overflow?: RegExp;
  /** How it begins to say that its model refuses a parameter that others take, in the same way. */
  readonly unsupported?: RegExp;
}
