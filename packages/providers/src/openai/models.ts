import {
  type ChatRequest,
  type ReasoningEffort as Effort,
  type Json,
  REASONING_EFFORTS,
  type Reasoning,
} from '@weir/core';
import { refused } from '../fault-message.ts';

/**
 * What some of OpenAI's models refuse that others take: each answers 400 to a parameter, or a value, that it does not
 * know, so what to leave out is read off the model's name. A GPT of unknown generation counts as the newest, since a
 * parameter left out is named to the caller and a refused call is not answered at all. Names that tell nothing, as
 * Azure's deployments may have any, take everything.
 *
 * Most of it nobody wrote down in one place: efforts are from OpenAI's page of each model and from two probes of all of
 * them (community.openai.com/t/1371738, enricoros/big-AGI#1159), the rest is as noted.
 */
export interface Abilities {
  /** Whatever it is asked to think. */
  readonly refuses: Refusals;
  /** Beside those, while it thinks. */
  readonly refusesThinking: Refusals;
  /** Absent: it does not think, and refuses to be told how much. */
  readonly efforts?: Efforts;
  /** Chat completions take tools for it only while it thinks nothing. */
  readonly toolsNeedRest: boolean;
}

/** Parameters by OpenAI's names, each with the values that change nothing: they are not said, and nobody misses them. */
type Refusals = Readonly<Record<string, readonly Json[]>>;

interface Efforts {
  readonly least: Effort;
  readonly most: Effort;
  /** It can be told to think nothing. */
  readonly none: boolean;
  /** It thinks nothing unless it is told to. */
  readonly rests: boolean;
}

type Api = 'chat' | 'responses';

const NOTHING: Refusals = {};

/** For a model's own answer, not for its thought. */
const SAMPLING: Refusals = { temperature: [1], top_p: [1], logprobs: [] };

/** Of all that can think, even while they do not (BerriAI/litellm#21576; huggingface/smolagents#1868 for `stop`). */
const REASONING: Refusals = {
  frequency_penalty: [0],
  presence_penalty: [0],
  logit_bias: [{}],
  prediction: [],
  modalities: [['text']],
  audio: [],
  web_search_options: [],
};
const STOP: Refusals = { stop: [[]] };

/** One degree is all that models before GPT-5 know. */
const VERBOSITY: Refusals = { verbosity: ['medium'] };

/** They have only the short one (home-assistant/core#161256). */
const SHORT_RETENTION: Refusals = { prompt_cache_retention: ['in_memory'] };

/** What can be asked of thought beside its effort. */
const THOUGHTLESS: Refusals = { reasoning: [] };

const PLAIN: Abilities = {
  refuses: { ...VERBOSITY, ...SHORT_RETENTION, ...THOUGHTLESS },
  refusesThinking: NOTHING,
  toolsNeedRest: false,
};

/** Nothing is known of what it refuses. */
export function abilitiesOf(model: string): Abilities | undefined {
  const generation = generationOf(model);
  if (generation !== undefined) return gpt(model, generation);
  const series = /(?:^|[^a-z\d])o([1-9])(?![a-z\d])/i.exec(model)?.[1];
  return series === undefined ? undefined : oSeries(model, Number(series));
}

/**
 * Of a GPT: 5.6 is 506. Dates and sizes are no versions: `gpt-5-2025-08-07` is 500. Azure calls 3.5 `gpt-35`, and its
 * deployments may have no dots.
 */
export function generationOf(model: string): number | undefined {
  const match = /gpt[-_.]?(1\d|[1-9])(?:[-_.]?(\d{1,2}))?(?!\d)/i.exec(model);
  return match ? Number(match[1]) * 100 + Number(match[2] ?? 0) : undefined;
}

function gpt(model: string, generation: number): Abilities {
  if (generation < 500) return PLAIN;
  if (/\d-search/i.test(model)) return searching();
  const isChat = /\d-chat/i.test(model);
  // The first of them was GPT-5 without its thought; the later ones think, and not to order (Aider-AI/aider#4707).
  if (isChat && generation === 500)
    return { ...PLAIN, refuses: { ...PLAIN.refuses, logprobs: [] } };
  return {
    refuses: { ...REASONING, ...STOP, ...retentionOf(model, generation) },
    refusesThinking: SAMPLING,
    efforts: isChat ? onlyEffort('medium') : effortsOf(model, generation),
    // developers.openai.com/api/docs/guides/responses-vs-chat-completions: "starting with GPT-5.4".
    toolsNeedRest: generation >= 504,
  };
}

/**
 * GPT-5.5 has the long one only (OpenAI's SDK); its successors have another parameter for it
 * (NousResearch/hermes-agent#91164).
 */
function retentionOf(model: string, generation: number): Refusals {
  if (generation >= 505) return { prompt_cache_retention: generation === 505 ? ['24h'] : [] };
  return generation === 500 && /mini|nano/i.test(model) ? SHORT_RETENTION : NOTHING;
}

function effortsOf(model: string, generation: number): Efforts {
  const most = mostOf(generation);
  if (/\d-pro(?![a-z])/i.test(model)) {
    if (generation === 500) return onlyEffort('high');
    return { least: 'medium', most, none: false, rests: false };
  }
  if (/codex/i.test(model)) {
    const isMax = /codex-max/i.test(model);
    return { least: 'low', most: isMax ? 'xhigh' : most, none: false, rests: false };
  }
  const least = generation === 500 ? 'minimal' : 'low';
  const none = mayRest(model, generation);
  return { least, most, none, rests: none && generation < 505 };
}

function mostOf(generation: number): Effort {
  if (generation < 502) return 'high';
  return generation < 506 ? 'xhigh' : 'max';
}

/** Of GPT-6 only the smaller models can be told to think nothing (OpenAI's deployment checklist). */
function mayRest(model: string, generation: number): boolean {
  if (generation === 500) return false;
  return generation < 600 || /gpt[-_.]?6(?:-(?:sol|luna)|[-_.]?1-terra)/i.test(model);
}

function onlyEffort(effort: Effort): Efforts {
  return { least: effort, most: effort, none: false, rests: false };
}

/** Made for one thing, it takes nothing that would steer it (BerriAI/litellm#21574). */
function searching(): Abilities {
  const { web_search_options: _, ...rest } = REASONING;
  const refuses = { ...SAMPLING, ...rest, ...STOP, ...THOUGHTLESS, seed: [] };
  return { refuses, refusesThinking: NOTHING, toolsNeedRest: false };
}

function oSeries(model: string, series: number): Abilities {
  // OpenAI's SDK: "Not supported with latest reasoning models `o3` and `o4-mini`".
  const stops = series < 3 || /o3-mini/i.test(model);
  return {
    refuses: {
      ...SAMPLING,
      ...REASONING,
      ...(stops ? NOTHING : STOP),
      ...VERBOSITY,
      ...SHORT_RETENTION,
      // They make one call at a time, whatever is said of it (langchain-ai/langchain#29704).
      parallel_tool_calls: [true, false],
    },
    refusesThinking: NOTHING,
    efforts: /deep-research/i.test(model)
      ? onlyEffort('medium')
      : { least: 'low', most: 'high', none: false, rests: false },
    toolsNeedRest: false,
  };
}

/** It can be given what was thought before, as far as is known. */
export function mayThink(model: string): boolean {
  const abilities = abilitiesOf(model);
  return abilities === undefined || abilities.efforts !== undefined;
}

/** The request without what this model refuses, which is named in `dropped` unless it changes nothing. */
export function asTakenBy(
  model: string,
  request: ChatRequest,
  api: Api,
  dropped: Set<string>,
): ChatRequest {
  const abilities = abilitiesOf(model);
  if (!abilities) return request;
  const { refuses, refusesThinking, efforts } = abilities;
  const reasoning = reasoningFor(request, abilities, api, dropped);
  const rests = reasoning?.effort === undefined ? efforts?.rests : reasoning.effort === 'none';
  const refusals = rests ? refuses : { ...refuses, ...refusesThinking };
  return without({ ...request, reasoning }, refusals, dropped);
}

function reasoningFor(
  { reasoning, tools }: ChatRequest,
  { efforts, toolsNeedRest }: Abilities,
  api: Api,
  dropped: Set<string>,
): Reasoning | undefined {
  if (!efforts) {
    if (reasoning && reasoning.effort !== 'none') dropped.add(nameOf(reasoning));
    return undefined;
  }
  if (api === 'chat' && toolsNeedRest && tools?.length) {
    return restFor(reasoning, efforts, dropped);
  }
  if (reasoning?.effort === undefined) return reasoning;
  return { ...reasoning, effort: effortFor(reasoning.effort, efforts, api, dropped) };
}

/** With tools it is asked for an answer without thought rather than for none. */
function restFor(
  reasoning: Reasoning | undefined,
  efforts: Efforts,
  dropped: Set<string>,
): Reasoning | undefined {
  if (!efforts.none) throw refused('tools', 'is taken by this model in the Responses API only');
  if (reasoning && reasoning.effort !== 'none') dropped.add(nameOf(reasoning));
  // GPT-5.4 refuses tools beside any effort at all, even `none` (livekit/agents#5084); its successors refuse them beside
  // none but that, even where no effort is named (BerriAI/litellm#34569).
  return efforts.rests ? undefined : { effort: 'none' };
}

/** The nearest effort that it takes. To think a little where nothing was to be thought is as near as it gets, and told. */
function effortFor(asked: Effort, efforts: Efforts, api: Api, dropped: Set<string>): Effort {
  const { least, none } = efforts;
  // Chat completions have no such word for any model (BerriAI/litellm-docs#1173).
  const most = api === 'chat' && efforts.most === 'max' ? 'xhigh' : efforts.most;
  if (asked === 'none' && !none) dropped.add('reasoning_effort');
  if (asked === 'none') return none ? 'none' : least;
  if (place(asked) < place(least)) return least;
  return place(asked) > place(most) ? most : asked;
}

function place(effort: Effort): number {
  return REASONING_EFFORTS.indexOf(effort);
}

/** Under which name it was asked. */
function nameOf({ effort }: Reasoning): string {
  return effort === undefined ? 'thinking' : 'reasoning_effort';
}

/** Where the vocabulary has what OpenAI's names mean; whatever is not here is handed on. */
const FIELDS: Readonly<Record<string, keyof ChatRequest>> = {
  temperature: 'temperature',
  top_p: 'topP',
  frequency_penalty: 'frequencyPenalty',
  presence_penalty: 'presencePenalty',
  stop: 'stop',
  seed: 'seed',
  parallel_tool_calls: 'parallelToolCalls',
  logprobs: 'topLogprobs',
  prediction: 'prediction',
};

function without(request: ChatRequest, refusals: Refusals, dropped: Set<string>): ChatRequest {
  const gone = new Set<string>();
  for (const [name, neutral] of Object.entries(refusals)) {
    const value = askedFor(request, name);
    // A null is a parameter that was not set.
    if (value === undefined || value === null) continue;
    gone.add(name);
    const said = JSON.stringify(value);
    if (!neutral.some((same) => JSON.stringify(same) === said)) dropped.add(name);
  }
  if (gone.size === 0) return request;
  const fields = Object.entries(FIELDS).filter(([name]) => gone.has(name));
  const left = { ...request, ...Object.fromEntries(fields.map(([, field]) => [field, undefined])) };
  const { promptCache, passthrough } = request;
  if (gone.has('prompt_cache_retention'))
    left.promptCache = { ...promptCache, retention: undefined };
  if (!passthrough) return left;
  const handedOn = Object.entries(passthrough).filter(([name]) => !gone.has(name));
  return { ...left, passthrough: Object.fromEntries(handedOn) };
}

function askedFor(request: ChatRequest, name: string): unknown {
  if (name === 'prompt_cache_retention') return request.promptCache?.retention;
  const field = FIELDS[name];
  return field === undefined ? request.passthrough?.[name] : request[field];
}
