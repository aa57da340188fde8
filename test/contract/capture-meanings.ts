import type { DialectName } from '../../packages/providers/src/index.ts';
import type { Meaning } from './captures.ts';

const MATCHING = { says: 'Paris.', ends: 'stop', used: [12, 0, 2] } as const;
const FRANCE = { says: 'The capital of France is Paris.', ends: 'stop' } as const;
const JAPAN = { says: 'The capital of Japan is Tokyo.', ends: 'stop' } as const;
const PERU = { says: 'The capital of Peru is Lima.', ends: 'stop' } as const;
const ANN = { says: '{"name": "Ann", "age": 31, "city": "Rome"}', ends: 'stop' } as const;
const SUM = { says: 'The sum is 41.', ends: 'stop', tokens: 8, guessed: [8, 8] } as const;
const OVERFLOW = { fails: 'context_overflow' } as const;
const INVALID = { fails: 'invalid_request' } as const;
const UNAVAILABLE = { fails: 'upstream_unavailable' } as const;
/** What speculation makes of log-probabilities: zeroes without alternatives, in streams nothing at all. */
const ZEROES = { evidence: 'zero_filled' } as const;
const GAPS = { evidence: 'missing_on_some_tokens' } as const;

/** What each answer of a chat means, by the folder of who gave it: as its README, its request or its source says it. */
export const MEANINGS: Readonly<
  Record<string, readonly [DialectName, Readonly<Record<string, Meaning>>]>
> = {
  openai: [
    'openai',
    {
      'error-429-quota': { fails: 'upstream_rejected' },
      'error-429-rate': { fails: 'upstream_rate_limited' },
      'error-context-length': OVERFLOW,
      'stream-usage': MATCHING,
    },
  ],
  // Its OpenAI face; its own protocol is in packages/providers/src/ollama.
  ollama: ['openai-compatible', { 'chat-nonstream': MATCHING, 'error-overloaded': UNAVAILABLE }],
  vllm: [
    'vllm',
    {
      'chat-nonstream-logprobs': { ...MATCHING, tokens: 2, evidence: 'good' },
      // Both tokens in one chunk.
      'chat-stream-logprobs-usage': { ...MATCHING, tokens: 2, evidence: 'good' },
      'error-context-too-long': OVERFLOW,
      'error-midstream-engine': { says: 'Par', fails: 'upstream_unavailable' },
      'error-not-found-model': { fails: 'upstream_rejected' },
    },
  ],
  sglang: [
    'sglang',
    {
      // Ten tokens billed, and one told of.
      'chat-nonstream-meta-info': {
        ...MATCHING,
        used: [12, 0, 10],
        tokens: 1,
        evidence: 'tokens_do_not_cover_text',
      },
      'error-flat-envelope': OVERFLOW,
      'error-in-stream': UNAVAILABLE,
    },
  ],
  trtllm: [
    'tensorrt-llm',
    {
      'chat-nonstream': MATCHING,
      'error-extra-field-forbidden': INVALID,
      'error-flat-envelope': OVERFLOW,
    },
  ],
  // It says again in its last chunk how it ended.
  tabbyapi: ['tabbyapi', { 'error-context': OVERFLOW, 'stream-usage-chunk': MATCHING }],
  tgi: [
    'tgi',
    {
      'error-generation': UNAVAILABLE,
      'error-overloaded': { fails: 'upstream_rate_limited' },
      'error-validation': OVERFLOW,
    },
  ],
  'llama-server': [
    'llama.cpp',
    {
      'chat-basic': { ...FRANCE, used: [18, 0, 11] },
      'chat-finish-length': { says: 'book film', ends: 'length', used: [13, 3, 3] },
      // 122 + 9 + 125 are its window of 256.
      'chat-generation-hits-context-limit': { says: 159, ends: 'length', used: [122, 9, 125] },
      'chat-grammar-logprobs': {
        says: 'positive',
        ends: 'stop',
        used: [12, 11, 2],
        tokens: 2,
        evidence: 'good',
      },
      'chat-json-schema': { ...ANN, used: [18, 3, 20] },
      'chat-logprobs-ambiguous': {
        says: 'negative.',
        ends: 'stop',
        used: [19, 3, 3],
        tokens: 3,
        evidence: 'good',
      },
      'chat-logprobs-top5': {
        says: 'The sum is 42.',
        ends: 'stop',
        used: [13, 5, 8],
        tokens: 8,
        evidence: 'good',
      },
      // The first of two answers; usage is of it alone.
      'chat-n2': {
        says: 'The sum is 15.',
        ends: 'stop',
        used: [12, 3, 8],
        tokens: 8,
        evidence: 'good',
      },
      'chat-prefix-cache-1': { ...PERU, used: [27, 1, 10] },
      'chat-prefix-cache-2-hit': { ...PERU, used: [1, 27, 10] },
      'chat-prefix-cache-disabled': { ...PERU, used: [28, 0, 10] },
      'chat-stop-string': { says: 'The capital of France', ends: 'stop', used: [1, 17, 8] },
      'chat-stream-logprobs-usage': { ...FRANCE, used: [1, 17, 11], tokens: 10, evidence: 'good' },
      // No usage, but timings.
      'chat-stream-plain': { ...JAPAN, used: [9, 8, 10] },
      'chat-stream-return-progress': { ...JAPAN, used: [1, 16, 10] },
      'chat-stream-timings-per-token': { ...JAPAN, used: [1, 16, 10] },
      'chat-top-logprobs-50': {
        says: 'The capital',
        ends: 'length',
        used: [1, 9, 2],
        tokens: 2,
        evidence: 'good',
      },
      'chat-top-logprobs-without-logprobs': INVALID,
      'chat-unknown-model-name-accepted': {
        says: 'The capital of S',
        ends: 'length',
        used: [7, 3, 4],
      },
      'chat-unknown-param-ignored': { says: 'The capital of S', ends: 'length', used: [1, 9, 4] },
      // 616 tokens in a window of 256: it forgets, and says nothing of it.
      'ctxshift-chat-silent-truncation': { says: 849, ends: 'length', used: [16, 0, 600] },
      'ctxshift-chat-stream': { says: 946, ends: 'length', used: [11, 0, 600] },
      'ctxshift-prompt-too-long': OVERFLOW,
      'error-401-no-key': { fails: 'upstream_auth' },
      'error-404': { fails: 'upstream_rejected' },
      'error-bad-grammar': INVALID,
      'error-bad-json-schema': INVALID,
      'error-bad-type': INVALID,
      'error-context-exceeded': OVERFLOW,
      'error-context-exceeded-stream': OVERFLOW,
      'error-embeddings-not-enabled': UNAVAILABLE,
      'error-invalid-json': UNAVAILABLE,
      'error-metrics-disabled': UNAVAILABLE,
      'error-missing-messages': INVALID,
      'spec-none-0': { ...FRANCE, used: [18, 0, 11], tokens: 11, evidence: 'good' },
      'spec-none-1': { ...ANN, used: [18, 3, 20], tokens: 20, evidence: 'good' },
      'spec-none-stream': { ...ANN, used: [1, 20, 20], tokens: 19, evidence: 'good' },
      'spec-draft-simple-0': {
        ...FRANCE,
        ...ZEROES,
        used: [18, 0, 11],
        tokens: 11,
        guessed: [8, 8],
      },
      'spec-draft-simple-1': {
        ...ANN,
        ...ZEROES,
        used: [18, 3, 20],
        tokens: 20,
        guessed: [16, 16],
      },
      'spec-draft-simple-stream': {
        ...ANN,
        ...GAPS,
        used: [1, 20, 20],
        tokens: 1,
        guessed: [16, 16],
      },
      'spec-ngram-simple-0': {
        ...FRANCE,
        ...ZEROES,
        used: [18, 0, 11],
        tokens: 11,
        guessed: [6, 4],
      },
      'spec-ngram-simple-1': { ...ANN, ...ZEROES, used: [18, 3, 20], tokens: 20, guessed: [12, 1] },
      'spec-ngram-simple-stream': {
        ...ANN,
        ...GAPS,
        used: [1, 20, 20],
        tokens: 16,
        guessed: [12, 1],
      },
      'spec-synth-0': { ...FRANCE, ...ZEROES, used: [18, 0, 11], tokens: 11, guessed: [12, 7] },
      'spec-synth-1': { ...ANN, ...ZEROES, used: [18, 3, 20], tokens: 20, guessed: [24, 13] },
      'spec-synth-stream': { ...ANN, ...GAPS, used: [1, 20, 20], tokens: 1, guessed: [28, 12] },
      'spec-per-request-default': { ...SUM, ...ZEROES, used: [18, 0, 8] },
      'spec-per-request-dotted': { ...SUM, ...ZEROES, used: [1, 17, 8] },
      'spec-per-request-nested': { ...SUM, ...ZEROES, used: [1, 17, 8] },
      'spec-per-request-type-none': { ...SUM, ...ZEROES, used: [18, 0, 8] },
      // Probabilities in the place of their logarithms.
      'spec-per-request-post-sampling': { ...SUM, ...GAPS, used: [1, 17, 8], tokens: 0 },
    },
  ],
};
