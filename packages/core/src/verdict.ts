import type { ChatRequest } from './chat.ts';

/** What the decision rests on: the engine's token log-probabilities, other signals and validators, or nothing. */
export type EvidenceKind = 'logprobs' | 'validators' | 'none';

/**
 * The scorer's word on a draft. `confidence` is in [0, 1] and null when there is no evidence: missing evidence is
 * never confidence (invariant I10). `reasons` are machine words such as `below_threshold` or `veto:json_schema`.
 */
export interface Verdict {
  readonly decision: 'accept' | 'escalate';
  readonly confidence: number | null;
  /** What `confidence` had to reach where the route's owner set a number; null where a scorer model decides. */
  readonly threshold: number | null;
  readonly evidence: EvidenceKind;
  readonly reasons: readonly string[];
  /** Where a scorer model judged: with what and how. */
  readonly judgement?: Judgement | undefined;
  /** Evidence worth buying before this verdict is final. Who cannot or will not buy it takes the verdict as it is. */
  readonly buy?: Purchase | undefined;
  /**
   * The chance with which this request should be answered by the frontier as well, off the caller's path, to learn
   * whether the draft was right; absent is never.
   */
  readonly shadowChance?: number | undefined;
}

/** How a scorer model came to its verdict; everything needed to explain it later. */
export interface Judgement {
  /** The scorer model's version. */
  readonly model: string;
  /** P(frontier right and draft wrong) - P(draft right and frontier wrong), in [-1, 1]; null without evidence. */
  readonly benefit: number | null;
  /** What escalating this request is expected to cost, as a multiple of the route's mean. */
  readonly relativeCost: number;
  /** Escalated when benefit / relativeCost is above this; null while nothing is certified: then always. */
  readonly shadowPrice: number | null;
  readonly certificate: Certificate | null;
  readonly signals: SignalValues;
  /** The verdict's, kept with the request. */
  readonly reasons: readonly string[];
}

/**
 * A finite-sample statement about a scorer model under one shadow price: with probability of at least 1 - delta over
 * the draw of its rows, at most a share alpha of all requests gets a wrong draft where the frontier was right.
 */
export interface Certificate {
  /** Hash of everything below and of the model it is about. */
  readonly id: string;
  readonly alpha: number;
  readonly delta: number;
  /** Labelled requests that it rests on, none of which the model was fitted to. */
  readonly rows: number;
  /** Unix time. */
  readonly issuedAtMs: number;
}

/** What the signals said of one draft, by position in the set that `set` names; NaN where one abstained. */
export interface SignalValues {
  readonly set: string;
  readonly values: readonly number[];
}

/** A call whose answer is evidence: the same question to the draft again, or a judge's opinion of the draft. */
export interface Purchase {
  readonly kind: 'second_draft' | 'judge';
  readonly chat: ChatRequest;
}
