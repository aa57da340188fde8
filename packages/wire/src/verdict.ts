import * as wire from '@weir/contracts';
import { type EvidenceKind, Fault, type Purchase, type Verdict } from '@weir/core';
import { chatFromWire, chatToWire } from './chat.ts';
import { decisions, draftDecisionFrom } from './decisions.ts';
import { judgementFromWire, judgementToWire } from './judgement.ts';
import { shareFrom } from './share.ts';
import { OptionalWords, Words } from './words.ts';

const evidences = new Words<EvidenceKind>(
  {
    logprobs: wire.Evidence.LOGPROBS,
    validators: wire.Evidence.VALIDATORS,
    none: wire.Evidence.NONE,
  },
  'none',
);

export const purchaseKinds = new OptionalWords<Purchase['kind']>({
  second_draft: wire.PurchaseKind.SECOND_DRAFT,
  judge: wire.PurchaseKind.JUDGE,
});

export function verdictToWire(verdict: Verdict): wire.Verdict {
  const { judgement, buy } = verdict;
  return {
    decision: decisions.toWire<wire.Decision>(verdict.decision),
    confidence: verdict.confidence ?? undefined,
    threshold: verdict.threshold ?? 0,
    modelDecides: verdict.threshold === null,
    evidence: evidences.toWire<wire.Evidence>(verdict.evidence),
    reasons: [...verdict.reasons],
    judgement: judgement && judgementToWire(judgement),
    buy: buy && { kind: purchaseKinds.toWire(buy.kind), chat: chatToWire(buy.chat) },
    shadowChance: verdict.shadowChance,
  };
}

/** Whatever is not clearly "accept" escalates, and a confidence outside [0, 1] is none. */
export function verdictFromWire(verdict: wire.Verdict | undefined): Verdict {
  if (!verdict) throw new Fault('internal', 'The scorer gave no verdict.');
  const confidence = shareFrom(verdict.confidence);
  const isSane = verdict.confidence === undefined || confidence !== null;
  return {
    decision: isSane ? draftDecisionFrom(verdict.decision) : 'escalate',
    confidence,
    threshold: verdict.modelDecides ? null : verdict.threshold,
    evidence: evidences.fromWire(verdict.evidence),
    reasons: verdict.reasons,
    judgement: verdict.judgement && judgementFromWire(verdict.judgement),
    buy: verdict.buy && purchaseFromWire(verdict.buy),
    shadowChance: shareFrom(verdict.shadowChance) ?? undefined,
  };
}

/** What cannot be bought here is not wanted here: the verdict then stands as it is. */
function purchaseFromWire({ kind, chat }: wire.Purchase): Purchase | undefined {
  const known = purchaseKinds.fromWire(kind);
  return known && { kind: known, chat: chatFromWire(chat) };
}
