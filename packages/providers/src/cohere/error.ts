import { Fault, type FaultKind } from '@weir/core';
import { faultMessage } from '../fault-message.ts';
import { parsedOr, text } from '../wire.ts';

/**
 * Cohere has no words for machines: beside the status there is a sentence. Its beginning is read for two things that
 * are said in no other way, and never handed on. The whole beginning is asked for, so that a prompt that is quoted
 * further on cannot pass for it. A limit on what may be asked for is no prompt that is too long.
 */
const CONTEXT_PROSE = /^(?:invalid request: )?too many tokens: (?!max tokens\b)/i;

/** The month's calls of a key for trying out are used up: no wait that anybody would wait will mend it. */
const ACCOUNT_PROSE =
  /^you are using a trial key, which is limited to [\d,]+ api calls \/ month\b/i;

/** Below 500, yet the provider's failure: timeout, conflict, a client that it thinks is gone. */
const PASSING = new Set([408, 409, 499]);

/**
 * Classifies an error reply. The provider's message stays out: it may hold the prompt or a key. A provider that
 * rejects our key is our failure, never the caller's 401.
 */
export function toFault(status: number, body: string, retryAfterMs: number | undefined): Fault {
  const kind = kindOf(status, messageIn(body));
  return new Fault(kind, faultMessage(kind), { retryAfterMs, cause: `provider status ${status}` });
}

function kindOf(status: number, message: string): FaultKind {
  if (status === 400 && CONTEXT_PROSE.test(message)) return 'context_overflow';
  if (status === 401 || status === 403) return 'upstream_auth';
  // 402: our account there is empty. 404 and 501: it has no such model, or the model cannot do this.
  if (status === 402 || status === 404 || status === 501) return 'upstream_rejected';
  if (status === 429) {
    return ACCOUNT_PROSE.test(message) ? 'upstream_rejected' : 'upstream_rate_limited';
  }
  // A word is on its list of those that it will not read or say.
  if (status === 498) return 'content_filtered';
  if (PASSING.has(status) || status >= 500) return 'upstream_unavailable';
  return status >= 400 ? 'invalid_request' : 'upstream_invalid';
}

function messageIn(body: string): string {
  return text(parsedOr(body)['message']);
}
