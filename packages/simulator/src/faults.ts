import type { Face } from './faces/face.ts';
import type { Failure, FailureKind } from './failure.ts';
import type { Framing } from './framing.ts';

/**
 * Ways in which a provider fails, asked for in the question itself: `[[draft:e500]]` makes the backend called `draft`
 * fail so, `[[any:stall]]` every one.
 */
export const FAULT_NAMES = [
  // Error replies.
  'e400',
  'e401',
  'e404',
  'e429',
  'equota',
  'e500',
  'e503',
  'e529',
  'econtext',
  // Status 200, and no answer.
  'html200',
  'cut200',
  'nochoices',
  'err200',
  // Sockets.
  'hang',
  'firsthang',
  'reset',
  'trunceof',
  'truncrst',
  'stall',
  'drip',
  'errmid',
  'junkmid',
  // Answers that look well.
  'empty',
  'garble',
  'refusal',
  'nousage',
  'modelswap',
  'zerofill',
  'nodone',
  'crlf',
  'heartbeat',
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

/** The fault that a question asks of a backend. */
export function faultFor(backend: string, question: string): FaultName | undefined {
  for (const [, target, name] of question.matchAll(/\[\[(\w+):(\w+)\]\]/g)) {
    if (target !== 'any' && target !== backend) continue;
    const known = FAULT_NAMES.find((fault) => fault === name);
    if (known) return known;
  }
  return undefined;
}

/** What those faults mean that are an error reply. */
export function failureOf(fault: FaultName): Failure | undefined {
  if (fault === 'econtext') {
    return { kind: 'context_overflow', promptTokens: 1_000_000, contextTokens: 8192 };
  }
  const kind = FAILURES[fault];
  return kind && { kind, message: 'simulated failure' };
}

const FAILURES: Partial<Record<FaultName, Exclude<FailureKind, 'context_overflow'>>> = {
  e400: 'invalid_request',
  e401: 'authentication',
  e404: 'not_found',
  e429: 'rate_limit',
  equota: 'quota',
  e500: 'server_error',
  e503: 'unavailable',
  e529: 'overloaded',
};

/** Whether there is such a fault in what was asked: a protocol without the thing cannot do it wrong. */
export function isPossible(fault: FaultName, face: Face, framing: Framing | undefined): boolean {
  const failure = failureOf(fault);
  if (failure) return face.error(failure) !== undefined;
  if (fault === 'zerofill') return face.givesLogprobs;
  if (!framing) return true;
  if (fault === 'nodone') return face.terminator !== undefined || framing.close !== '';
  if (fault === 'heartbeat') return face.heartbeat !== undefined || framing.comment !== undefined;
  return true;
}
