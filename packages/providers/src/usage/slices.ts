import type { Usage, UsageSlices } from '@weir/core';
import { countOf, inconsistent, type Wire } from './counts.ts';

/** Tokens of other kinds than text. What is cached is part of the input; undefined where a provider does not say. */
export interface Modalities {
  readonly inputAudio: number;
  readonly inputImage: number;
  readonly cachedAudio: number | undefined;
  readonly cachedImage: number | undefined;
  readonly outputAudio: number;
  readonly outputImage: number;
}

/**
 * Slices of the buckets that `usage` has. Where a provider does not say how much of its cached tokens was audio, the
 * uncached ones are taken to be audio first: so the dearer reading is billed.
 */
export function slicesOf(usage: Usage, told: Modalities): UsageSlices | undefined {
  const { inputAudio, inputImage, outputAudio, outputImage } = told;
  if (inputAudio + inputImage + outputAudio + outputImage === 0) return undefined;
  const { inputTokens: uncached, cacheReadTokens: cached } = usage;
  const written = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens + usage.cacheWriteOtherTokens;
  if (inputAudio + inputImage > uncached + cached + written) {
    throw inconsistent(
      `${inputAudio + inputImage} tokens of audio and images are not in the prompt`,
    );
  }
  const freshAudio =
    told.cachedAudio === undefined ? Math.min(inputAudio, uncached) : inputAudio - told.cachedAudio;
  const freshImage =
    told.cachedImage === undefined
      ? Math.min(inputImage, uncached - freshAudio)
      : inputImage - told.cachedImage;
  if (freshAudio < 0 || freshImage < 0 || freshAudio + freshImage > uncached) {
    throw inconsistent('The cached tokens of audio and images are not among those of the prompt');
  }
  const cachedAudio = told.cachedAudio ?? Math.min(inputAudio - freshAudio, cached);
  if (cachedAudio > cached) throw inconsistent(`${cachedAudio} cached tokens are not in ${cached}`);
  if (outputAudio + outputImage > usage.outputTokens) {
    throw inconsistent(
      `${outputAudio + outputImage} tokens of audio and images are not in the output`,
    );
  }
  return {
    ...(freshAudio > 0 && { inputAudioTokens: freshAudio }),
    ...(freshImage > 0 && { inputImageTokens: freshImage }),
    ...(cachedAudio > 0 && { cacheReadAudioTokens: cachedAudio }),
    ...(outputAudio > 0 && { outputAudioTokens: outputAudio }),
    ...(outputImage > 0 && { outputImageTokens: outputImage }),
  };
}

/** The same, from OpenAI's objects of details; nothing is built where they name no such tokens. */
export function slicesFrom(
  usage: Usage,
  input: Wire | undefined,
  output: Wire | undefined,
  cached: Wire | undefined,
): UsageSlices | undefined {
  const inputAudio = input ? (countOf(input, 'audio_tokens') ?? 0) : 0;
  const inputImage = input ? (countOf(input, 'image_tokens') ?? 0) : 0;
  const outputAudio = output ? (countOf(output, 'audio_tokens') ?? 0) : 0;
  const outputImage = output ? (countOf(output, 'image_tokens') ?? 0) : 0;
  if (inputAudio + inputImage + outputAudio + outputImage === 0) return undefined;
  return slicesOf(usage, {
    inputAudio,
    inputImage,
    cachedAudio: cached && countOf(cached, 'audio_tokens'),
    cachedImage: cached && countOf(cached, 'image_tokens'),
    outputAudio,
    outputImage,
  });
}
