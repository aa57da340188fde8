import * as wire from '@weir/contracts';
import type { DraftLabelled, Example, LabelSource } from '@weir/core';
import { decisions, draftDecisionFrom } from './decisions.ts';
import { signalsFromWire, signalsToWire } from './judgement.ts';
import { shareFrom } from './share.ts';
import { Words } from './words.ts';

/** A source that is not known here has the weakest word. */
const sources = new Words<LabelSource>(
  {
    owner: wire.LabelSource.OWNER,
    shadow: wire.LabelSource.SHADOW,
    escalation: wire.LabelSource.ESCALATION,
    judge: wire.LabelSource.JUDGE,
    feedback: wire.LabelSource.FEEDBACK,
  },
  'feedback',
);

export function labelToWire(label: DraftLabelled): wire.DraftLabelled {
  return {
    labelId: label.labelId,
    requestId: label.requestId,
    tenant: label.tenant,
    keyId: label.keyId,
    route: label.route,
    labelledAtMs: BigInt(label.labelledAtMs),
    source: sources.toWire<wire.LabelSource>(label.source),
    draftRight: label.draftRight ?? undefined,
    frontierRight: label.frontierRight ?? undefined,
    propensity: label.propensity,
    sampled: label.sampled,
    decision: decisions.toWire<wire.Decision>(label.decision),
    model: label.model,
    confidence: label.confidence ?? undefined,
    example: exampleToWire(label.example),
    tags: label.tags,
  };
}

export function labelFromWire(label: wire.DraftLabelled): DraftLabelled {
  return {
    type: 'draft.labelled',
    labelId: label.labelId,
    requestId: label.requestId,
    tenant: label.tenant,
    keyId: label.keyId,
    route: label.route,
    labelledAtMs: Number(label.labelledAtMs),
    source: sources.fromWire(label.source),
    draftRight: shareFrom(label.draftRight),
    frontierRight: shareFrom(label.frontierRight),
    propensity: label.propensity,
    sampled: label.sampled,
    decision: draftDecisionFrom(label.decision),
    model: label.model,
    confidence: shareFrom(label.confidence),
    example: exampleFromWire(label.example),
    tags: label.tags,
  };
}

export function exampleToWire(example: Example): wire.Example {
  return {
    endpoint: example.endpoint,
    signals: signalsToWire(example.signals),
    ngrams: [...example.ngrams],
    relativeCost: example.relativeCost ?? undefined,
  };
}

export function exampleFromWire(example: wire.Example | undefined): Example {
  return {
    endpoint: example?.endpoint ?? '',
    signals: signalsFromWire(example?.signals),
    ngrams: example?.ngrams ?? [],
    relativeCost: example?.relativeCost ?? null,
  };
}
