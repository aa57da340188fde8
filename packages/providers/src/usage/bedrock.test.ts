import { promptTokens } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bedrockReport, bedrockStreamReport } from './bedrock.ts';
import { bucketsOf, refusalOf } from './buckets.fixture.ts';

const PLAIN = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };

test.each([
  ['nothing but the counts', PLAIN, [10, 0, 0, 0, 0, 5, 0]],
  ['no total', { inputTokens: 10, outputTokens: 5 }, [10, 0, 0, 0, 0, 5, 0]],
  [
    'counts under two names, which are one count',
    {
      ...PLAIN,
      totalTokens: 3085,
      cacheReadInputTokens: 70,
      cacheReadInputTokenCount: 70,
      cacheWriteInputTokens: 3000,
      cacheWriteInputTokenCount: 3000,
      serverToolUsage: {},
    },
    [10, 70, 3000, 0, 0, 5, 0],
  ],
  [
    'only the other names',
    { ...PLAIN, totalTokens: 18, cacheReadInputTokenCount: 1, cacheWriteInputTokenCount: 2 },
    [10, 1, 2, 0, 0, 5, 0],
  ],
  [
    'written tokens by their time to live, and the rest for the default one',
    {
      ...PLAIN,
      totalTokens: 3015,
      cacheWriteInputTokens: 3000,
      cacheDetails: [
        { ttl: '1h', inputTokens: 1000 },
        { ttl: '5m', inputTokens: 1500 },
        { ttl: '24h', inputTokens: 300 },
      ],
    },
    [10, 0, 1700, 1000, 300, 5, 0],
  ],
  [
    'only the times to live',
    { ...PLAIN, totalTokens: 115, cacheDetails: [{ ttl: '1h', inputTokens: 100 }] },
    [10, 0, 0, 100, 0, 5, 0],
  ],
])('usage with %s', (_what, wire, buckets) => {
  expect(bucketsOf(bedrockReport(wire))).toEqual(buckets);
});

test.each([
  ['usage_missing', 'null', null],
  ['usage_missing', 'no output', { inputTokens: 10 }],
  ['usage_inconsistent', 'a total without the cache', { ...PLAIN, cacheReadInputTokens: 70 }],
  [
    'usage_inconsistent',
    'more written for a time than at all',
    { ...PLAIN, cacheWriteInputTokens: 1, cacheDetails: [{ ttl: '1h', inputTokens: 2 }] },
  ],
])('%s for %s', (code, _what, wire) => {
  expect(refusalOf(() => bedrockReport(wire))).toBe(code);
});

test('the usage of a stream comes after the message, in whichever form events are read', () => {
  const before = [{ messageStart: { role: 'assistant' } }, { messageStop: { stopReason: 'x' } }];
  const report = bedrockReport(PLAIN);
  expect(bedrockStreamReport([...before, { metadata: { usage: PLAIN } }])).toEqual(report);
  expect(bedrockStreamReport([...before, { usage: PLAIN }])).toEqual(report);
  expect(refusalOf(() => bedrockStreamReport(before))).toBe('usage_missing');
});

test('the buckets add up to the total', () => {
  const part = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(part, part, part, part, part, (fresh, read, in5m, in1h, output) => {
      const total = fresh + read + in5m + in1h + output;
      const { usage } = bedrockReport({
        inputTokens: fresh,
        outputTokens: output,
        totalTokens: total,
        cacheReadInputTokens: read,
        cacheWriteInputTokens: in5m + in1h,
        cacheDetails: [{ ttl: '1h', inputTokens: in1h }],
      });
      expect(promptTokens(usage) + usage.outputTokens).toBe(total);
      expect(usage.cacheWrite1hTokens).toBe(in1h);
    }),
  );
});
