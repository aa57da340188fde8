import {
  type AttemptSettled,
  type Certificate,
  type DraftLabelled,
  formatUsd,
  type Judgement,
  type LedgerEvent,
  promptTokens,
  type RequestCompleted,
} from '@weir/core';
import { SIGNAL_SET, SIGNALS } from '@weir/scorer';
import { meaningOf } from './meanings.ts';
import { verdictWords } from './verdict-words.ts';
import type { KeptVersion } from './versions.ts';
import { type Weights, weightsOf } from './weights.ts';

/** Everything that is known of one request, as numbers and words: what `weir explain` prints. */
export interface Explanation {
  readonly requestId: string;
  readonly tenant: string;
  readonly route: string;
  /** Null while the request is not over. */
  readonly outcome: RequestCompleted['outcome'] | null;
  readonly fault: string | null;
  readonly servedBy: string;
  readonly completedAt: string | null;
  readonly durationMs: number | null;
  readonly decision: RequestCompleted['decision'];
  readonly confidence: number | null;
  readonly spentUsd: string;
  /** True when some attempt's cost is not known, or only estimated. */
  readonly spentIsInexact: boolean;
  readonly frontierOnlyUsd: string | null;
  /** Why the verdict was what it was, in sentences. */
  readonly why: readonly string[];
  readonly judgement: ExplainedJudgement | null;
  readonly attempts: readonly ExplainedAttempt[];
  readonly labels: readonly ExplainedLabel[];
}

export interface ExplainedJudgement {
  readonly model: string;
  /** Of the model's file, when it is on this machine. */
  readonly endpoint: string | null;
  readonly fittedAt: string | null;
  readonly benefit: number | null;
  readonly relativeCost: number;
  readonly shadowPrice: number | null;
  readonly certificate: ExplainedCertificate | null;
  readonly signals: readonly ExplainedSignal[];
  /** What the signals weigh; null without the model's file, and then `noWeights` says why. */
  readonly weights: Omit<Weights, 'signals'> | null;
  readonly noWeights: string | null;
}

export interface ExplainedCertificate {
  readonly id: string;
  readonly alpha: number;
  readonly delta: number;
  readonly rows: number;
  readonly issuedAt: string;
}

export interface ExplainedSignal {
  readonly name: string;
  /** Null where it abstained. */
  readonly value: number | null;
  /** The value in the unit that people think in. */
  readonly said: string;
  readonly meaning: string;
  /** To the log-odds that the draft is acceptable; null where the model takes no notice of it, or is not known. */
  readonly weight: number | null;
}

export interface ExplainedAttempt {
  readonly role: AttemptSettled['role'];
  readonly tier: string;
  readonly model: string;
  readonly outcome: AttemptSettled['outcome'];
  readonly fault: string | null;
  readonly ms: number;
  readonly firstTokenMs: number | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: string | null;
  readonly provenance: AttemptSettled['provenance'];
}

export interface ExplainedLabel {
  readonly source: DraftLabelled['source'];
  readonly labelledAt: string;
  readonly draftRight: number | null;
  readonly frontierRight: number | null;
  readonly propensity: number;
  readonly sampled: boolean;
}

/** What is looked up beside the ledger. */
export interface Surroundings {
  /** Finds the file of the model that judged. */
  readonly version: (route: string, version: string) => KeptVersion;
  /** How the configuration at hand has the route judge drafts without a model, in a sentence; undefined: it does not know it. */
  readonly thresholdWords: (request: RequestCompleted) => string | undefined;
}

/** From the events of one request; undefined when there are none. */
export function explanationOf(
  events: readonly LedgerEvent[],
  around: Surroundings,
): Explanation | undefined {
  const [first] = events;
  if (!first) return undefined;
  const request = events.find((event) => event.type === 'request.completed');
  const attempts = events.filter((event) => event.type === 'attempt.settled');
  const labels = events.filter((event) => event.type === 'draft.labelled');
  const judgement = request?.judgement ?? null;
  const kept = judgement ? versionOf(judgement, first.route, around) : undefined;
  return {
    requestId: first.requestId,
    tenant: first.tenant,
    route: first.route,
    outcome: request?.outcome ?? null,
    fault: request?.fault ?? null,
    servedBy: request?.servedBy ?? '',
    completedAt: request ? isoOf(request.completedAtMs) : null,
    durationMs: request?.durationMs ?? null,
    decision: request?.decision ?? 'none',
    confidence: request?.confidence ?? null,
    ...spentOn(attempts),
    frontierOnlyUsd: usdOf(request?.counterfactualPicoUsd ?? null),
    why: whyOf(request, judgement, attempts, around),
    judgement: judgement && kept && request ? judged(judgement, request, kept, labels) : null,
    attempts: attempts.map(attemptOf),
    labels: labels.map(labelOf),
  };
}

function versionOf({ model }: Judgement, route: string, around: Surroundings): KeptVersion {
  if (model === '') return { missing: 'there was no scorer model' };
  const kept = around.version(route, model);
  return 'file' in kept ? kept : { missing: `the file of scorer model ${model} ${kept.missing}` };
}

function whyOf(
  request: RequestCompleted | undefined,
  judgement: Judgement | null,
  attempts: readonly AttemptSettled[],
  { thresholdWords }: Surroundings,
): string[] {
  if (!request) return ['The request is not over, or its end has not reached the ledger yet.'];
  if (judgement) return verdictWords(judgement);
  if (request.decision === 'none') {
    const drafted = attempts.some(({ role }) => role === 'draft');
    const direct = attempts.some(({ role }) => role === 'direct');
    if (direct) return ['It was asked for by the name of its model: no draft, no verdict.'];
    return [drafted ? 'There was no draft to judge: it failed.' : 'No draft was made.'];
  }
  const words = thresholdWords(request);
  return words === undefined
    ? ['It was judged against a fixed threshold that the configuration here does not know.']
    : [words];
}

function judged(
  judgement: Judgement,
  { route, confidence }: RequestCompleted,
  kept: KeptVersion,
  labels: readonly DraftLabelled[],
): ExplainedJudgement {
  const { model, benefit, relativeCost, shadowPrice, certificate, signals } = judgement;
  const file = 'file' in kept ? kept.file : undefined;
  const isSameSet = file?.signalSet === signals.set;
  const ngrams = labels.find(({ example }) => example.ngrams.length > 0)?.example.ngrams;
  const weights =
    file && isSameSet
      ? weightsOf(file, { route, values: signals.values, ngrams, confidence })
      : undefined;
  const names = isSameSet ? file?.signals : namesOf(signals.set);
  return {
    model,
    endpoint: file?.endpoint ?? null,
    fittedAt: file ? isoOf(file.fittedAtMs) : null,
    benefit,
    relativeCost,
    shadowPrice,
    certificate: certificate && certificateOf(certificate),
    signals: signals.values
      .map((value, at) => signalOf(names?.[at] ?? `signal ${at}`, value, weights?.signals[at]))
      .sort(byWeight),
    weights: weights ? withoutSignals(weights) : null,
    noWeights: weights ? null : noWeights(kept),
  };
}

function noWeights(kept: KeptVersion): string {
  return 'missing' in kept
    ? kept.missing
    : 'the scorer model reads other signals than those that are kept of this draft';
}

function withoutSignals({ signals: _signals, ...weights }: Weights): Omit<Weights, 'signals'> {
  return weights;
}

/** Undefined for a set that this version of Weir does not have. */
function namesOf(set: string): readonly string[] | undefined {
  return set === SIGNAL_SET ? SIGNALS.map(({ name }) => name) : undefined;
}

function signalOf(name: string, value: number, weight: number | null | undefined): ExplainedSignal {
  const { meaning, say } = meaningOf(name);
  const abstains = !Number.isFinite(value);
  return {
    name,
    value: abstains ? null : value,
    said: abstains ? 'abstains' : say(value),
    meaning,
    weight: weight ?? null,
  };
}

/** The heaviest first, those of no weight last, and of these the ones that abstain. */
function byWeight(left: ExplainedSignal, right: ExplainedSignal): number {
  const heavier = heft(right) - heft(left);
  if (heavier !== 0) return heavier;
  return Number(left.value === null) - Number(right.value === null);
}

function heft({ weight }: ExplainedSignal): number {
  return weight === null ? -1 : Math.abs(weight);
}

/** A certificate with its date for people. */
export function certificateOf({
  id,
  alpha,
  delta,
  rows,
  issuedAtMs,
}: Certificate): ExplainedCertificate {
  return { id, alpha, delta, rows, issuedAt: isoOf(issuedAtMs) };
}

function spentOn(attempts: readonly AttemptSettled[]) {
  let spent = 0n;
  let inexact = false;
  for (const { costPicoUsd, provenance } of attempts) {
    spent += costPicoUsd ?? 0n;
    const isExact = provenance === 'reported' || provenance === 'computed';
    if (costPicoUsd === null || !isExact) inexact = true;
  }
  return { spentUsd: formatUsd(spent), spentIsInexact: inexact };
}

function attemptOf(attempt: AttemptSettled): ExplainedAttempt {
  const { usage } = attempt;
  return {
    role: attempt.role,
    tier: attempt.tier,
    model: `${attempt.provider}/${attempt.model}`,
    outcome: attempt.outcome,
    fault: attempt.fault,
    ms: attempt.settledAtMs - attempt.openedAtMs,
    firstTokenMs: attempt.firstTokenMs,
    inputTokens: promptTokens(usage),
    outputTokens: usage.outputTokens,
    costUsd: usdOf(attempt.costPicoUsd),
    provenance: attempt.provenance,
  };
}

function labelOf(label: DraftLabelled): ExplainedLabel {
  const { source, draftRight, frontierRight, propensity, sampled } = label;
  const labelledAt = isoOf(label.labelledAtMs);
  return { source, labelledAt, draftRight, frontierRight, propensity, sampled };
}

function usdOf(picoUsd: bigint | null): string | null {
  return picoUsd === null ? null : formatUsd(picoUsd);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
