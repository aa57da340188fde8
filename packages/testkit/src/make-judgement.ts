import type { Judgement } from '@weir/core';

/** A draft that a certified scorer model would serve. */
export function makeJudgement(overrides: Partial<Judgement> = {}): Judgement {
  return {
    model: 'support-7',
    benefit: 0.04,
    relativeCost: 1.2,
    shadowPrice: 0.1,
    certificate: {
      id: 'certificate-1',
      alpha: 0.01,
      delta: 0.1,
      rows: 800,
      issuedAtMs: Date.UTC(2026, 10, 20),
    },
    signals: { set: 'set-1', values: [-0.11, 0.5, Number.NaN] },
    reasons: ['not_worth_escalating'],
    ...overrides,
  };
}
