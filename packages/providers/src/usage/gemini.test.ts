import { promptTokens } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketsOf, refusalOf } from './buckets.fixture.ts';
import { geminiCachedContentReport, geminiReport, geminiStreamReport } from './gemini.ts';

const PLAIN = { promptTokenCount: 1000, candidatesTokenCount: 100, totalTokenCount: 1100 };

test.each([
  ['a prompt and an answer', PLAIN, [1000, 0, 0, 0, 0, 100, 0]],
  [
    'thoughts, which are beside the answer',
    { ...PLAIN, thoughtsTokenCount: 70, totalTokenCount: 1170 },
    [1000, 0, 0, 0, 0, 170, 70],
  ],
  [
    'what tools read, which is beside the prompt',
    { ...PLAIN, toolUsePromptTokenCount: 500, totalTokenCount: 1600 },
    [1500, 0, 0, 0, 0, 100, 0],
  ],
  [
    'cached tokens, which are inside it',
    { ...PLAIN, cachedContentTokenCount: 900 },
    [100, 900, 0, 0, 0, 100, 0],
  ],
  [
    'no answer at all, where the total agrees',
    { promptTokenCount: 50, totalTokenCount: 50 },
    [50, 0, 0, 0, 0, 0, 0],
  ],
  [
    'no total, where both counts are there',
    { promptTokenCount: 50, candidatesTokenCount: 2 },
    [50, 0, 0, 0, 0, 2, 0],
  ],
])('usage with %s', (_what, wire, buckets) => {
  expect(bucketsOf(geminiReport(wire))).toEqual(buckets);
});

test.each([
  ['usage_missing', 'only a kind of traffic', { trafficType: 'ON_DEMAND' }],
  ['usage_missing', 'neither answer nor total', { promptTokenCount: 50 }],
  [
    'usage_inconsistent',
    'an answer that only the total tells of',
    { promptTokenCount: 50, totalTokenCount: 60 },
  ],
  ['usage_inconsistent', 'a total that nothing explains', { ...PLAIN, totalTokenCount: 1101 }],
  ['usage_inconsistent', 'more cached than read', { ...PLAIN, cachedContentTokenCount: 1001 }],
  ['usage_invalid_type', 'details that are no list', { ...PLAIN, promptTokensDetails: {} }],
  [
    'usage_inconsistent',
    'more audio than prompt',
    { ...PLAIN, promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 1001 }] },
  ],
])('%s for %s', (code, _what, wire) => {
  expect(refusalOf(() => geminiReport(wire))).toBe(code);
});

test('audio and images are slices, and documents and films are not', () => {
  const report = geminiReport({
    promptTokenCount: 1000,
    candidatesTokenCount: 100,
    totalTokenCount: 1150,
    toolUsePromptTokenCount: 50,
    cachedContentTokenCount: 300,
    promptTokensDetails: [
      { modality: 'AUDIO', tokenCount: 500 },
      { modality: 'IMAGE', tokenCount: 90 },
      { modality: 'DOCUMENT', tokenCount: 400 },
      { modality: 'VIDEO' },
    ],
    toolUsePromptTokensDetails: [{ modality: 'IMAGE', tokenCount: 10 }],
    cacheTokensDetails: [
      { modality: 'AUDIO', tokenCount: 200 },
      { modality: 'DOCUMENT', tokenCount: 100 },
    ],
    candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 100 }],
  });
  expect(bucketsOf(report)).toEqual([750, 300, 0, 0, 0, 100, 0]);
  expect(report.slices).toEqual({
    inputAudioTokens: 300,
    inputImageTokens: 100,
    cacheReadAudioTokens: 200,
    outputImageTokens: 100,
  });
  expect(
    geminiReport({ ...PLAIN, promptTokensDetails: [{ modality: 'TEXT', tokenCount: 1000 }] })
      .slices,
  ).toBeUndefined();
});

test('each query is charged once, however often the model repeated it', () => {
  const webSearchQueries = ['weather in Bern', 'weather in Rome', 'weather in Bern', '', ' '];
  expect(geminiReport(PLAIN, { webSearchQueries }).fees).toEqual({ web_search_query: 2 });
  expect(geminiReport(PLAIN, { webSearchQueries: [''] }).fees).toBeUndefined();
  expect(geminiReport(PLAIN, { webSearchQueries, grounded: true }).fees).toEqual({
    web_search_query: 2,
  });
  expect(geminiReport(PLAIN, { grounded: true }).fees).toEqual({ grounded_prompt: 1 });
});

test.each([
  [{ serviceTier: 'priority' }, 'priority'],
  [{ trafficType: 'ON_DEMAND' }, undefined],
  [{ trafficType: 'TRAFFIC_TYPE_UNSPECIFIED' }, undefined],
  [{ trafficType: 'ON_DEMAND_FLEX' }, 'flex'],
  [{ trafficType: 'ON_DEMAND_PRIORITY' }, 'priority'],
  [{ trafficType: 'PROVISIONED_THROUGHPUT' }, 'PROVISIONED_THROUGHPUT'],
])('the tier of %j is %s', (told, tier) => {
  expect(geminiReport({ ...PLAIN, ...told }).serviceTier).toBe(tier);
  expect(geminiReport({ ...PLAIN, ...told }, { servedTier: 'batch' }).serviceTier).toBe('batch');
});

test('the last counts of a stream are its counts, and a chunk without any is passed over', () => {
  const chunk = (usageMetadata: unknown) => ({ candidates: [], usageMetadata });
  const chunks = [
    chunk({ trafficType: 'ON_DEMAND' }),
    chunk({ promptTokenCount: 1000, totalTokenCount: 1000 }),
    chunk(PLAIN),
    chunk({ trafficType: 'ON_DEMAND' }),
    { candidates: [] },
  ];
  expect(geminiStreamReport(chunks)).toEqual(geminiReport(PLAIN));
  expect(geminiStreamReport(chunks, undefined, true).incomplete).toEqual(['outputTokens']);
  expect(refusalOf(() => geminiStreamReport([chunk({ trafficType: 'ON_DEMAND' })]))).toBe(
    'usage_missing',
  );
  expect(refusalOf(() => geminiStreamReport([chunk(PLAIN), chunk('junk')]))).toBe(
    'usage_invalid_type',
  );
});

test('the live wire calls the answer a response', () => {
  const live = {
    promptTokenCount: 20,
    responseTokenCount: 12,
    thoughtsTokenCount: 3,
    totalTokenCount: 35,
    responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 12 }],
  };
  const report = geminiReport(live);
  expect(bucketsOf(report)).toEqual([20, 0, 0, 0, 0, 15, 3]);
  expect(report.slices).toEqual({ outputAudioTokens: 12 });
  const { totalTokenCount: _total, ...untold } = live;
  expect(bucketsOf(geminiReport(untold))).toEqual([20, 0, 0, 0, 0, 15, 3]);
});

test('filling a cache spends no tokens, but a size that cannot be is refused', () => {
  expect(bucketsOf(geminiCachedContentReport({ totalTokenCount: 100_000 }))).toEqual([
    0, 0, 0, 0, 0, 0, 0,
  ]);
  expect(refusalOf(() => geminiCachedContentReport({ totalTokenCount: -1 }))).toBe(
    'usage_invalid_negative',
  );
});

test('the buckets add up to the total', () => {
  const part = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(part, part, part, part, part, (fresh, cached, tools, answer, thoughts) => {
      const total = fresh + cached + tools + answer + thoughts;
      const { usage } = geminiReport({
        promptTokenCount: fresh + cached,
        cachedContentTokenCount: cached,
        toolUsePromptTokenCount: tools,
        ...(answer > 0 && { candidatesTokenCount: answer }),
        ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
        totalTokenCount: total,
      });
      expect(promptTokens(usage) + usage.outputTokens).toBe(total);
    }),
  );
});
