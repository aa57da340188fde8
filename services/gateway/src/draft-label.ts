import {
  type Comparison,
  type DraftLabelled,
  type FeedbackCall,
  LABEL_TAG,
  type RequestCompleted,
} from '@weir/core';
import type { Judged } from './drafting.ts';
import type { RequestRun } from './request-run.ts';

/** What a comparison with the frontier's answer says of a draft. */
export function comparedLabel(
  { call, route: { name: route } }: RequestRun,
  { verdict }: Judged,
  how: Pick<DraftLabelled, 'source' | 'propensity' | 'sampled' | 'labelledAtMs'>,
  comparison: Comparison,
): DraftLabelled {
  return {
    type: 'draft.labelled',
    labelId: `${call.requestId}.label.${how.source}`,
    requestId: call.requestId,
    tenant: call.principal.tenant,
    keyId: call.principal.keyId,
    route,
    labelledAtMs: how.labelledAtMs,
    source: how.source,
    draftRight: comparison.draftRight,
    frontierRight: comparison.frontierRight,
    propensity: how.propensity,
    sampled: how.sampled,
    decision: verdict.decision,
    model: verdict.judgement?.model ?? '',
    confidence: verdict.confidence,
    example: comparison.example,
    tags: { ...call.tags, [LABEL_TAG]: route },
  };
}

/**
 * What an opinion says of the answer that was served: the newest of one request is the one that counts, so `earlier` ones
 * are numbered through. Undefined where nothing can be learned: no scorer model judged, or nothing was served.
 */
export function feedbackLabel(
  { principal, score }: FeedbackCall,
  request: RequestCompleted,
  earlier: number,
  labelledAtMs: number,
): DraftLabelled | undefined {
  const { requestId, tenant, route, decision, confidence, servedBy, judgement, tags } = request;
  // Without a model a judgement is a guess at nothing that could be set right.
  if (!judgement?.model || decision === 'none' || servedBy === '') return undefined;
  const ofDraft = servedBy === 'draft';
  return {
    type: 'draft.labelled',
    labelId: `${requestId}.label.feedback.${earlier + 1}`,
    requestId,
    tenant,
    keyId: principal.keyId,
    route,
    labelledAtMs,
    source: 'feedback',
    draftRight: ofDraft ? score : null,
    frontierRight: ofDraft ? null : score,
    propensity: 1,
    sampled: false,
    decision,
    model: judgement.model,
    confidence,
    example: {
      endpoint: '',
      signals: judgement.signals,
      ngrams: [],
      relativeCost: judgement.relativeCost,
    },
    tags: { ...tags, [LABEL_TAG]: route },
  };
}
