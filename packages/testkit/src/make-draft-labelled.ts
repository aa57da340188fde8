import type { DraftLabelled } from '@weir/core';

let made = 0;

/** What a shadow call showed: the draft was right, and so was the frontier. */
export function makeDraftLabelled(overrides: Partial<DraftLabelled> = {}): DraftLabelled {
  const requestId = overrides.requestId ?? `seen_${++made}`;
  const source = overrides.source ?? 'shadow';
  return {
    type: 'draft.labelled',
    labelId: `${requestId}.label.${source}`,
    requestId,
    tenant: 'acme',
    keyId: 'key-1',
    route: 'support',
    labelledAtMs: Date.UTC(2026, 10, 22, 10, 0, 3),
    source,
    draftRight: 1,
    frontierRight: 1,
    propensity: 0.02,
    sampled: true,
    decision: 'accept',
    model: 'support-7',
    confidence: 0.93,
    example: {
      endpoint: 'endpoint-1',
      signals: { set: 'set-1', values: [-0.11, 0.5, Number.NaN] },
      ngrams: [17, 4_011, 90_210],
      relativeCost: 1.2,
    },
    tags: {},
    ...overrides,
  };
}
