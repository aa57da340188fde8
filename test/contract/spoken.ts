import type { FaultKind } from '@weir/core';
import type { FaultName } from '@weir/simulator';
import { DIALECTS, type Dialect } from '../../packages/providers/src/index.ts';

/** A protocol that the simulator speaks, and what it can and cannot say. */
export interface Protocol {
  readonly dialect: Dialect;
  /** Below a backend. */
  readonly base: string;
  /** What no reply says of itself. */
  readonly untold?: readonly ('model' | 'id')[];
  /** But for its model, where that is another than was asked. */
  readonly tellsOtherModel?: true;
  readonly lacksStops?: true;
  /** Of all tokens with alternatives, of those chosen only, or of none. */
  readonly logprobs: 'all' | 'chosen' | 'none';
  /** What a stream has cost: of its prompt at once, of all with every piece; otherwise only in the end. */
  readonly counts?: 'prompt first' | 'as it goes';
  /** How long to wait, where a limit of rate says so. */
  readonly waitMs?: number;
  /** What a quota that is used up looks like; a refusal of the account where nothing else is said. */
  readonly quota?: FaultKind;
  readonly lacksOverload?: true;
  /** What its streams cannot do, having no place or no need for it. */
  readonly streamsLack?: readonly FaultName[];
}

/** Of an older model, which still gave log-probabilities. */
const gemini: Dialect = { ...DIALECTS.gemini, takesLogprobs: true };
/** Calls for its streams as Google answers them where nobody asks for events. */
const geminiArrays: Dialect = {
  ...gemini,
  adapter: {
    ...gemini.adapter,
    toCall(request, target, stream) {
      const call = gemini.adapter.toCall(request, target, stream);
      return { ...call, path: call.path.replace('?alt=sse', '') };
    },
  },
};

const GOOGLE = {
  logprobs: 'all',
  counts: 'as it goes',
  waitMs: 50,
  // It says of a quota that is used up what it says of one that will be there again in a moment.
  quota: 'upstream_rate_limited',
  lacksOverload: true,
  // No event of its is the last.
  streamsLack: ['nodone'],
} as const;

export const SPOKEN = {
  openai: { dialect: DIALECTS.openai, base: 'v1', logprobs: 'all', waitMs: 50 },
  'openai-responses': {
    dialect: DIALECTS['openai-responses'],
    base: 'v1',
    lacksStops: true,
    logprobs: 'all',
    waitMs: 50,
    // What ends its streams is part of the answer, as it is in Cohere's.
    streamsLack: ['nodone'],
  },
  anthropic: {
    dialect: DIALECTS.anthropic,
    base: 'v1',
    logprobs: 'none',
    counts: 'prompt first',
    waitMs: 0,
  },
  gemini: { dialect: gemini, base: 'v1beta', ...GOOGLE },
  // An array has no place for a word without meaning.
  'gemini-arrays': { dialect: geminiArrays, base: 'v1beta', ...GOOGLE, streamsLack: ['heartbeat'] },
  vertex: {
    dialect: DIALECTS.vertex,
    base: 'v1/projects/p/locations/global/publishers/google',
    ...GOOGLE,
  },
  bedrock: {
    dialect: DIALECTS.bedrock,
    base: '',
    untold: ['model', 'id'],
    tellsOtherModel: true,
    logprobs: 'none',
    quota: 'upstream_rate_limited',
    lacksOverload: true,
    // A frame has its place for something, and the last ones are part of the answer.
    streamsLack: ['nodone', 'heartbeat'],
  },
  cohere: {
    dialect: DIALECTS.cohere,
    base: 'v2',
    untold: ['model'],
    logprobs: 'chosen',
    lacksOverload: true,
    streamsLack: ['nodone'],
  },
  ollama: {
    dialect: DIALECTS.ollama,
    base: '',
    untold: ['id'],
    logprobs: 'all',
    lacksOverload: true,
    streamsLack: ['nodone', 'heartbeat'],
  },
} as const satisfies Record<string, Protocol>;

export type Spoken = keyof typeof SPOKEN;

export const ALL = Object.keys(SPOKEN) as Spoken[];

export function protocolOf(spoken: Spoken): Protocol {
  return SPOKEN[spoken];
}
