/** What the decision rests on: the engine's token log-probabilities, the hard validators alone, or nothing. */
export type EvidenceKind = 'logprobs' | 'validators' | 'none';

/**
 * The scorer's word on a draft. `confidence` is in [0, 1] and null when there is no evidence: missing evidence is
 * never confidence (invariant I10). `reasons` are machine words such as `below_threshold` or `veto:json_schema`.
 */
export interface Verdict {
  readonly decision: 'accept' | 'escalate';
  readonly confidence: number | null;
  readonly threshold: number;
  readonly evidence: EvidenceKind;
  readonly reasons: readonly string[];
}
