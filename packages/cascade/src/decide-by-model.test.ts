import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideByModel, type ModelCase } from './decide-by-model.ts';
import type { Opinion } from './model/index.ts';

const CERTIFICATE = { id: 'c-1', alpha: 0.01, delta: 0.1, rows: 800, issuedAtMs: 5 };

function opinionOf(priority: number): Opinion {
  return { confidence: 0.93, benefit: priority * 1.2, relativeCost: 1.2, priority };
}

function known(changes: Partial<ModelCase> = {}): ModelCase {
  return {
    model: 'abcdef012345',
    opinion: opinionOf(0.05),
    distrust: [],
    shadowPrice: 0.1,
    certificate: CERTIFICATE,
    vetoes: [],
    evidence: 'logprobs',
    signals: { set: 'set-1', values: [0.5, Number.NaN] },
    ...changes,
  };
}

test('a benefit over cost that is not above the price is not worth escalating', () => {
  expect(decideByModel(known())).toEqual({
    decision: 'accept',
    confidence: 0.93,
    threshold: null,
    evidence: 'logprobs',
    reasons: ['not_worth_escalating'],
    judgement: {
      model: 'abcdef012345',
      benefit: 0.05 * 1.2,
      relativeCost: 1.2,
      shadowPrice: 0.1,
      certificate: CERTIFICATE,
      signals: { set: 'set-1', values: [0.5, Number.NaN] },
      reasons: ['not_worth_escalating'],
    },
  });
});

test.each([
  ['above it', 0.1001, 'escalate', 'worth_escalating'],
  ['just at it', 0.1, 'accept', 'not_worth_escalating'],
  ['below zero', -0.3, 'accept', 'not_worth_escalating'],
])('one that is %s is decided as it should', (_, priority, decision, reason) => {
  expect(decideByModel(known({ opinion: opinionOf(priority) }))).toMatchObject({
    decision,
    reasons: [reason],
  });
});

describe('whenever there is any doubt it escalates, and says why', () => {
  test.each<[string, Partial<ModelCase>, string[]]>([
    ['a veto', { vetoes: ['json_schema', 'too_short'] }, ['veto:json_schema', 'veto:too_short']],
    ['a reason for distrust', { distrust: ['endpoint_changed'] }, ['endpoint_changed']],
    ['safe mode', { distrust: ['safe_mode:overconfident'] }, ['safe_mode:overconfident']],
    [
      'both',
      { vetoes: ['refusal'], distrust: ['not_calibrated'] },
      ['veto:refusal', 'not_calibrated'],
    ],
    ['nothing certified', { shadowPrice: null, certificate: null }, ['nothing_certified']],
    ['no opinion', { opinion: null }, ['no_evidence']],
    ['an opinion that is no number', { opinion: opinionOf(Number.NaN) }, ['no_evidence']],
  ])('%s', (_, changes, reasons) => {
    expect(decideByModel(known(changes))).toMatchObject({ decision: 'escalate', reasons });
  });
});

test('figures that are no numbers are not told as numbers', () => {
  const opinion = {
    confidence: Number.NaN,
    benefit: Number.NaN,
    relativeCost: Number.NaN,
    priority: Number.NaN,
  };
  expect(decideByModel(known({ opinion }))).toMatchObject({
    confidence: null,
    judgement: { benefit: null, relativeCost: 1 },
  });
});

const anyNumber = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0));

test('what has more to gain is never accepted where what has less escalates', () => {
  fc.assert(
    fc.property(anyNumber, anyNumber, anyNumber, (less, more, shadowPrice) => {
      fc.pre(less <= more);
      const of = (priority: number) =>
        decideByModel(known({ opinion: opinionOf(priority), shadowPrice })).decision;
      if (of(less) === 'escalate') expect(of(more)).toBe('escalate');
    }),
  );
});

test('nothing is ever accepted on a number that is none', () => {
  fc.assert(
    fc.property(anyNumber, anyNumber, (priority, shadowPrice) => {
      fc.pre(Number.isNaN(priority) || Number.isNaN(shadowPrice));
      const verdict = decideByModel(known({ opinion: opinionOf(priority), shadowPrice }));
      expect(verdict.decision).toBe('escalate');
    }),
  );
});
