import { formatUsd, parseUsd } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeAttempt, makeEnd, makeReply } from '../inference.fixture.ts';
import {
  completionBody,
  droppedIn,
  reportHeaders,
  wireReport,
  wireUsage,
} from './chat-response.ts';
import { headerText } from './telling-headers.ts';

function bodyOf(ends = [makeEnd()], wantsLogprobs = false, report = false) {
  const whole = { id: 'chatcmpl-1', createdS: 1_785_000_000, model: 'support' };
  return JSON.parse(completionBody({ ...whole, ends, wantsLogprobs, report }));
}

test('a completion has every field that OpenAI’s schema requires, null where there is nothing', () => {
  expect(bodyOf()).toEqual({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_785_000_000,
    model: 'support',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Paris.', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 12,
      completion_tokens: 5,
      total_tokens: 17,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 2 },
    },
  });
});

test('a tool call has no content, and ends for its tools whatever its provider called that', () => {
  const reply = makeReply({ text: '', toolCalls: [{ id: 'c', name: 'f', arguments: '{}' }] });
  expect(bodyOf([makeEnd({ reply })]).choices[0]).toMatchObject({
    message: {
      content: null,
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    finish_reason: 'tool_calls',
  });
});

test('a tool call that was cut off is not passed off as a whole one', () => {
  const toolCalls = [{ id: 'c', name: 'f', arguments: '{"a":' }];
  const reply = makeReply({ text: '', toolCalls, finish: 'length' });
  expect(bodyOf([makeEnd({ reply })]).choices[0].finish_reason).toBe('length');
});

test('log-probabilities are shown to who asked for them, and an unknown one as OpenAI shows it', () => {
  const tokens = [
    { token: 'é', logprob: -0.5, top: [{ token: 'e', logprob: -1 }] },
    { token: '.', logprob: undefined, top: [] },
  ];
  const ends = [makeEnd({ reply: makeReply({ tokens }) })];
  expect(bodyOf(ends, true).choices[0].logprobs).toEqual({
    content: [
      {
        token: 'é',
        logprob: -0.5,
        bytes: [195, 169],
        top_logprobs: [{ token: 'e', logprob: -1, bytes: [101] }],
      },
      { token: '.', logprob: -9999, bytes: [46], top_logprobs: [] },
    ],
    refusal: null,
  });
  expect(bodyOf(ends, false).choices[0].logprobs).toBeNull();
});

describe('usage is of the answer that was served', () => {
  const rejected = makeAttempt({ tier: 'draft', costPicoUsd: 1n });
  const failed = makeAttempt({ tier: 'primary', outcome: 'failed' });
  const served = makeAttempt({
    tier: 'primary',
    usage: { ...makeAttempt().usage, inputTokens: 100, cacheReadTokens: 0, outputTokens: 50 },
  });

  test('and not of the draft that was rejected or the attempt that failed', () => {
    const end = makeEnd({ servedBy: 'primary', attempts: [rejected, failed, served] });
    expect(wireUsage([end])).toMatchObject({ prompt_tokens: 100, completion_tokens: 50 });
  });

  test('and always adds up, over all choices', () => {
    const count = fc.nat({ max: 100_000 });
    const usage = fc.record({
      inputTokens: count,
      cacheReadTokens: count,
      cacheWrite5mTokens: count,
      cacheWrite1hTokens: count,
      cacheWriteOtherTokens: count,
      outputTokens: count,
      reasoningTokens: fc.constant(0),
    });
    fc.assert(
      fc.property(fc.array(usage, { minLength: 1, maxLength: 3 }), (usages) => {
        const ends = usages.map((one) => makeEnd({ attempts: [makeAttempt({ usage: one })] }));
        const wire = wireUsage(ends);
        expect(wire.total_tokens).toBe(wire.prompt_tokens + wire.completion_tokens);
        expect(wire.prompt_tokens_details.cached_tokens).toBeLessThanOrEqual(wire.prompt_tokens);
        const output = usages.reduce((sum, one) => sum + one.outputTokens, 0);
        expect(wire.completion_tokens).toBe(output);
      }),
    );
  });
});

describe('the report', () => {
  test('says what it cost and who answered, in exact decimals', () => {
    expect(wireReport([makeEnd()])).toMatchObject({
      request_id: 'req_1',
      served_by: 'draft',
      degraded: false,
      cost_usd: '0.0000000025',
      saved_usd: '0.0000000375',
      verdict: { decision: 'accept', threshold: 0.9 },
      attempts: [{ id: 'req_1.draft.1', input_tokens: 12, output_tokens: 5 }],
    });
  });

  test('is there for those who ask, and for nobody else', () => {
    expect(bodyOf([makeEnd()], false, true)).toHaveProperty('weir.cost_usd');
    expect(bodyOf()).not.toHaveProperty('weir');
  });

  test('shows an unknown cost as null, and an unknown saving as null, never as nothing', () => {
    const attempts = [makeAttempt({ costPicoUsd: null, provenance: 'unknown' })];
    const end = makeEnd({
      attempts,
      costPicoUsd: 0n,
      costIsLowerBound: true,
      counterfactualPicoUsd: null,
    });
    expect(wireReport([end])).toMatchObject({
      cost_is_lower_bound: true,
      saved_usd: null,
      attempts: [{ cost_usd: null }],
    });
    expect(reportHeaders([end])).not.toHaveProperty('x-weir-saved-usd');
  });

  test('what was saved and what was spent are together what the frontier would have cost', () => {
    const money = fc.bigInt({ min: 0n, max: 10n ** 18n });
    const parts = fc.array(fc.tuple(money, money), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(parts, (pairs) => {
        const ends = pairs.map(([costPicoUsd, counterfactualPicoUsd]) =>
          makeEnd({ costPicoUsd, counterfactualPicoUsd }),
        );
        const { cost_usd, saved_usd } = wireReport(ends);
        const counterfactual = pairs.reduce((sum, [, alone]) => sum + alone, 0n);
        expect(parseUsd(cost_usd) + parseUsd(saved_usd ?? '')).toBe(counterfactual);
      }),
    );
  });

  test('a cascade that cost more than it saved says so', () => {
    const end = makeEnd({ costPicoUsd: 50_000n });
    expect(wireReport([end]).saved_usd).toBe('-0.00000001');
  });
});

const CERTIFICATE = {
  id: 'c0ffee',
  alpha: 0.01,
  delta: 0.1,
  rows: 1200,
  issuedAtMs: Date.UTC(2026, 10, 22, 23, 59),
};
const JUDGED = {
  model: 'support-7',
  benefit: -0.02,
  relativeCost: 1.4,
  shadowPrice: 0.03,
  certificate: null,
  signals: { set: 's1', values: [0.5] },
  reasons: [],
};
const VERDICT = {
  decision: 'accept',
  confidence: 0.9,
  threshold: null,
  evidence: 'logprobs',
  reasons: [],
} as const;

test('the report of a verdict says with what and how a scorer model came to it, and nothing of its signals', () => {
  const told = {
    decision: 'accept',
    confidence: 0.9,
    threshold: null,
    evidence: 'logprobs',
    reasons: [],
  };
  expect(wireReport([makeEnd({ verdict: VERDICT })]).verdict).toEqual(told);
  const judgement = { ...JUDGED, certificate: CERTIFICATE };
  expect(wireReport([makeEnd({ verdict: { ...VERDICT, judgement } })]).verdict).toEqual({
    ...told,
    model: 'support-7',
    benefit: -0.02,
    relative_cost: 1.4,
    shadow_price: 0.03,
    certificate: { id: 'c0ffee', alpha: 0.01, delta: 0.1, rows: 1200, issued_on: '2026-11-22' },
  });
});

test('the tokens of what was bought as evidence are nobody’s answer', () => {
  const second = makeAttempt({
    role: 'second_draft',
    usage: { ...makeAttempt().usage, outputTokens: 99 },
  });
  const usage = wireUsage([makeEnd({ attempts: [makeAttempt(), second] })]);
  expect(usage.completion_tokens).toBe(makeAttempt().usage.outputTokens);
  const judge = { ...second, role: 'judge', tier: 'draft' } as const;
  expect(wireUsage([makeEnd({ attempts: [makeAttempt(), judge] })])).toEqual(usage);
});

describe('the headers', () => {
  test('say the essentials', () => {
    expect(reportHeaders([makeEnd()])).toEqual({
      'x-weir-route': 'support',
      'x-weir-served-by': 'draft',
      'x-weir-cost-usd': formatUsd(2500n),
      'x-weir-saved-usd': formatUsd(37_500n),
      'x-weir-verdict': 'accept',
      'x-weir-confidence': '0.9753',
    });
  });

  test('name what is certified of the scorer model that judged', () => {
    const [plain, certified] = [JUDGED, { ...JUDGED, certificate: CERTIFICATE }].map((judgement) =>
      reportHeaders([makeEnd({ verdict: { ...VERDICT, judgement } })]),
    );
    expect(plain).not.toHaveProperty('x-weir-certificate');
    expect(certified?.['x-weir-certificate']).toBe(
      'alpha=0.01, delta=0.1, n=1200, date=2026-11-22, id=c0ffee',
    );
    expect(certified?.['x-weir-confidence']).toBe('0.9000');
  });

  test('flag a draft that was served although it was rejected', () => {
    const end = makeEnd({ outcome: 'degraded', verdict: null });
    const headers = reportHeaders([end]);
    expect(headers['x-weir-degraded']).toBe('true');
    expect(headers).not.toHaveProperty('x-weir-verdict');
    expect(headers).not.toHaveProperty('x-weir-confidence');
  });

  test('hold nothing that a header may not, whatever a name in the config holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(headerText(name)).toMatch(/^[\x20-\x7e]*$/);
        expect(() => new Headers({ x: headerText(name) })).not.toThrow();
      }),
    );
  });
});

test('what the answering models had no word for is told once, however many choices lacked it', () => {
  const ends = [makeEnd({ dropped: ['seed'] }), makeEnd({ dropped: ['seed', 'logit_bias'] })];
  expect(droppedIn(ends)).toEqual(['seed', 'logit_bias']);
  expect(wireReport(ends).dropped_parameters).toEqual(['seed', 'logit_bias']);
  expect(droppedIn([makeEnd()])).toEqual([]);
});
