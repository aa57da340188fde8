import * as wire from '@weir/contracts';
import type { RequestCompleted } from '@weir/core';
import { Words } from './words.ts';

export const decisions = new Words<RequestCompleted['decision']>(
  {
    accept: wire.Decision.ACCEPT,
    escalate: wire.Decision.ESCALATE,
    none: wire.Decision.NONE,
  },
  'none',
);

/** What was decided about a draft. Whatever is not clearly "accept" escalates. */
export function draftDecisionFrom(number: wire.Decision): 'accept' | 'escalate' {
  return decisions.fromWire(number) === 'accept' ? 'accept' : 'escalate';
}
