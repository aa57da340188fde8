import type { Certificate, EvidenceKind, Judgement, SignalValues, Verdict } from '@weir/core';
import type { Opinion } from './model/index.ts';

/** Why a scorer model's word does not count at present. */
export type Distrust =
  /** No model has been fitted for this route and draft endpoint. */
  | 'not_calibrated'
  /** The model is of another endpoint: weights, quantisation, engine, speculation or template have changed. */
  | 'endpoint_changed'
  /** The model rests on log-probabilities and this draft has none that may be believed. */
  | 'missing_evidence'
  /** Drift was seen; until there is a new certificate nothing is accepted. */
  | 'safe_mode';

export interface ModelCase {
  /** The model's version; empty when there is none. */
  readonly model: string;
  readonly opinion: Opinion | null;
  readonly distrust: readonly (Distrust | `${Distrust}:${string}`)[];
  /** The shadow price; null while nothing is certified. */
  readonly shadowPrice: number | null;
  readonly certificate: Certificate | null;
  readonly vetoes: readonly string[];
  readonly evidence: EvidenceKind;
  readonly signals: SignalValues;
}

/**
 * Escalates when the benefit over cost exceeds the shadow price, and whenever there is any doubt about the evidence: a
 * veto, a reason for distrust, nothing certified, an opinion that is no number. Monotone in the benefit.
 */
export function decideByModel(known: ModelCase): Verdict {
  const { opinion, shadowPrice, distrust, vetoes } = known;
  const priority = opinion?.priority ?? Number.NaN;
  const reasons: string[] = [...vetoes.map((veto) => `veto:${veto}`), ...distrust];
  const sound = reasons.length === 0;
  // Written so that a priority that is no number escalates.
  const accept = sound && shadowPrice !== null && priority <= shadowPrice;
  if (sound) {
    if (shadowPrice === null) reasons.push('nothing_certified');
    else if (Number.isNaN(priority)) reasons.push('no_evidence');
    else reasons.push(accept ? 'not_worth_escalating' : 'worth_escalating');
  }
  return {
    decision: accept ? 'accept' : 'escalate',
    confidence: finite(opinion?.confidence),
    threshold: null,
    evidence: known.evidence,
    reasons,
    judgement: judgementOf(known, reasons),
  };
}

function judgementOf(
  { model, opinion, shadowPrice, certificate, signals }: ModelCase,
  reasons: readonly string[],
): Judgement {
  return {
    model,
    benefit: finite(opinion?.benefit),
    relativeCost: finite(opinion?.relativeCost) ?? 1,
    shadowPrice,
    certificate,
    signals,
    reasons,
  };
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
