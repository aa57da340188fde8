import { promptTokens, type UsageReport } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMPATIBLE } from './bases.ts';
import { usageIn } from './usage.ts';

function reportFrom(usage: unknown): UsageReport | undefined {
  const told = usageIn({ usage }, COMPATIBLE);
  return typeof told === 'object' ? told : undefined;
}

const GOOD = {
  prompt_tokens: 2006,
  completion_tokens: 300,
  total_tokens: 2306,
  prompt_tokens_details: { cached_tokens: 1920 },
};

test('usage becomes a report in exclusive buckets', () => {
  expect(reportFrom(GOOD)).toEqual({
    usage: {
      inputTokens: 86,
      cacheReadTokens: 1920,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      cacheWriteOtherTokens: 0,
      outputTokens: 300,
      reasoningTokens: 0,
    },
  });
});

test('an explicit zero is known', () => {
  const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  expect(reportFrom(zeros)?.usage).toMatchObject({ inputTokens: 0, outputTokens: 0 });
});

test.each([
  ['no usage', undefined],
  ['null', null],
  ['an empty object', {}],
  ['an array', [1, 2]],
  ['text', 'none'],
  ['no completion count', { prompt_tokens: 100, total_tokens: 150 }],
  ['a total that nothing explains', { ...GOOD, total_tokens: 9000 }],
  ['more cached than read', { ...GOOD, prompt_tokens_details: { cached_tokens: 2007 } }],
  ['a count that is text', { ...GOOD, prompt_tokens: '2006' }],
])('%s is unknown, never zero', (_what, wire) => {
  expect(reportFrom(wire)).toBeUndefined();
});

test.each([-1, 0.5, 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN])(
  'a count of %d, wherever it stands, spoils the whole',
  (bad) => {
    expect(reportFrom({ ...GOOD, prompt_tokens: bad })).toBeUndefined();
    expect(reportFrom({ ...GOOD, completion_tokens: bad })).toBeUndefined();
    expect(reportFrom({ ...GOOD, total_tokens: bad })).toBeUndefined();
    expect(reportFrom({ ...GOOD, prompt_tokens_details: { cached_tokens: bad } })).toBeUndefined();
    expect(
      reportFrom({ ...GOOD, completion_tokens_details: { reasoning_tokens: bad } }),
    ).toBeUndefined();
  },
);

test('no token is counted twice and none is lost: the buckets add up to the total', () => {
  const part = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(
      fc.tuple(part, part, part, part, part),
      fc.boolean(),
      ([fresh, read, wrote, text, thought], isApart) => {
        const prompt = fresh + read + wrote;
        const wire = {
          prompt_tokens: prompt,
          completion_tokens: isApart ? text : text + thought,
          total_tokens: prompt + text + thought,
          prompt_tokens_details: { cached_tokens: read, cache_write_tokens: wrote },
          completion_tokens_details: { reasoning_tokens: thought },
        };
        const usage = reportFrom(wire)?.usage;
        expect(usage && promptTokens(usage) + usage.outputTokens).toBe(wire.total_tokens);
        expect(usage).toMatchObject({
          inputTokens: fresh,
          cacheReadTokens: read,
          cacheWriteOtherTokens: wrote,
          reasoningTokens: thought,
        });
      },
    ),
  );
});

test('a report holds the total that was sent, or there is none', () => {
  const count = fc.nat({ max: 50 });
  fc.assert(
    fc.property(count, count, count, count, (prompt, completion, cached, total) => {
      const report = reportFrom({
        prompt_tokens: prompt,
        completion_tokens: completion,
        total_tokens: total,
        prompt_tokens_details: { cached_tokens: cached },
      });
      if (report) expect(promptTokens(report.usage) + report.usage.outputTokens).toBe(total);
      else expect(total !== prompt + completion || cached > prompt).toBe(true);
    }),
  );
});
