import { NO_USAGE } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refusalOf } from './buckets.fixture.ts';
import { slicesOf } from './slices.ts';

const NONE = {
  inputAudio: 0,
  inputImage: 0,
  cachedAudio: undefined,
  cachedImage: undefined,
  outputAudio: 0,
  outputImage: 0,
};
const USAGE = { ...NO_USAGE, inputTokens: 500, cacheReadTokens: 1000, outputTokens: 400 };

test('where there is only text there are no slices', () => {
  expect(slicesOf(USAGE, NONE)).toBeUndefined();
});

test('cached audio is a slice of what is cached, and the rest of the audio one of what is not', () => {
  expect(slicesOf(USAGE, { ...NONE, inputAudio: 1200, cachedAudio: 800 })).toEqual({
    inputAudioTokens: 400,
    cacheReadAudioTokens: 800,
  });
});

test('where it is not told what was cached, the uncached tokens are taken to be audio first', () => {
  expect(slicesOf(USAGE, { ...NONE, inputAudio: 450 })).toEqual({ inputAudioTokens: 450 });
  expect(slicesOf(USAGE, { ...NONE, inputAudio: 700, inputImage: 20 })).toEqual({
    inputAudioTokens: 500,
    cacheReadAudioTokens: 200,
  });
});

test('images and audio that were written are slices of the output', () => {
  expect(slicesOf(USAGE, { ...NONE, outputAudio: 300, outputImage: 100 })).toEqual({
    outputAudioTokens: 300,
    outputImageTokens: 100,
  });
});

test.each([
  ['more audio than prompt', { inputAudio: 1501 }],
  ['more cached audio than audio', { inputAudio: 10, cachedAudio: 11 }],
  ['more cached images than images', { inputImage: 10, cachedImage: 11 }],
  ['more cached audio than is cached', { inputAudio: 1400, cachedAudio: 1001 }],
  ['more uncached audio than is uncached', { inputAudio: 700, cachedAudio: 100 }],
  ['more than the output', { outputAudio: 300, outputImage: 101 }],
])('%s cannot be', (_what, told) => {
  expect(refusalOf(() => ({ usage: USAGE, slices: slicesOf(USAGE, { ...NONE, ...told }) }))).toBe(
    'usage_inconsistent',
  );
});

test('no slice is ever larger than the bucket it lies in', () => {
  const count = fc.nat({ max: 30 });
  const told = fc.option(count, { nil: undefined });
  fc.assert(
    fc.property(
      fc.record({
        inputAudio: count,
        inputImage: count,
        cachedAudio: told,
        cachedImage: told,
        outputAudio: count,
        outputImage: count,
      }),
      fc.tuple(count, count, count, count),
      (modalities, [inputTokens, cacheReadTokens, cacheWriteOtherTokens, outputTokens]) => {
        const usage = {
          ...NO_USAGE,
          inputTokens,
          cacheReadTokens,
          cacheWriteOtherTokens,
          outputTokens,
        };
        let slices: ReturnType<typeof slicesOf>;
        const refusal = refusalOf(() => {
          slices = slicesOf(usage, modalities);
          return { usage };
        });
        expect(['none', 'usage_inconsistent']).toContain(refusal);
        const { inputAudioTokens = 0, inputImageTokens = 0 } = slices ?? {};
        const { outputAudioTokens = 0, outputImageTokens = 0 } = slices ?? {};
        expect(inputAudioTokens + inputImageTokens).toBeLessThanOrEqual(inputTokens);
        expect(slices?.cacheReadAudioTokens ?? 0).toBeLessThanOrEqual(cacheReadTokens);
        expect(outputAudioTokens + outputImageTokens).toBeLessThanOrEqual(outputTokens);
      },
    ),
  );
});
