import { promptTokens, type UsageReport } from '@weir/core';

/** What two readings of a payload are compared by. */
export function figuresOf({ usage, slices, fees }: UsageReport): Readonly<Record<string, number>> {
  const cachedAudio = slices?.cacheReadAudioTokens ?? 0;
  return {
    input: promptTokens(usage),
    output: usage.outputTokens,
    'cache read': usage.cacheReadTokens,
    'cache write':
      usage.cacheWrite5mTokens + usage.cacheWrite1hTokens + usage.cacheWriteOtherTokens,
    'cache write 5m': usage.cacheWrite5mTokens,
    'cache write 1h': usage.cacheWrite1hTokens,
    reasoning: usage.reasoningTokens,
    'input audio': (slices?.inputAudioTokens ?? 0) + cachedAudio,
    'cached audio': cachedAudio,
    'input image': slices?.inputImageTokens ?? 0,
    'output audio': slices?.outputAudioTokens ?? 0,
    'output image': slices?.outputImageTokens ?? 0,
    searches: fees?.web_search ?? 0,
  };
}

/** The figures under the other project's names; its input includes the cache. */
export const THEIRS: Readonly<Record<string, string>> = {
  input: 'input_tokens',
  output: 'output_tokens',
  'cache read': 'cache_read_tokens',
  'cache write': 'cache_write_tokens',
  'cache write 5m': 'cache_write_5m_tokens',
  'cache write 1h': 'cache_write_1h_tokens',
  reasoning: 'output_reasoning_tokens',
  'input audio': 'input_audio_tokens',
  'cached audio': 'cache_audio_read_tokens',
  'input image': 'input_image_tokens',
  'output audio': 'output_audio_tokens',
  'output image': 'output_image_tokens',
  searches: 'web_searches',
};

/** Figures that only these of their readers have a name for; from the others their absence says nothing. */
export const READ_ONLY_BY: Readonly<Record<string, readonly string[]>> = {
  'cache write 5m': ['anthropic default'],
  'cache write 1h': ['anthropic default'],
  'cached audio': [],
};
