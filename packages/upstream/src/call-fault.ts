import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '@weir/core';
import type { CallOutcome } from './breaker.ts';
import type { Deployment } from './deployment.ts';
import { ExchangeFailed } from './transport.ts';

/** The provider took longer than its deployment may, or most of that, and more was not to be had. */
export class TooSlow extends Fault {
  constructor(message: string) {
    super('deadline_exceeded', message);
  }
}

/** Why a call failed, whatever was thrown. */
export function callFault(error: unknown): Fault {
  const cause = error instanceof ExchangeFailed ? error.cause : error;
  if (cause instanceof Fault) return cause;
  const classified = Fault.from(cause);
  // A socket error is the provider's failure; an abort or a bug is what it says it is.
  if (error instanceof ExchangeFailed && classified.kind === 'internal') {
    return new Fault('upstream_unavailable', 'The connection to the provider failed.', { cause });
  }
  return classified;
}

/** What ends in an error status costs nothing, but where the filter that refused a prompt had to be paid to read it. */
export function isFree(fault: Fault, { dialect }: Deployment): boolean {
  return fault.kind !== 'content_filtered' || !dialect.billsFilteredPrompts;
}

/** Whose fault it was, for the breaker. That a request ran out of its own time is the caller's doing. */
export function outcomeFor(fault: Fault): CallOutcome {
  switch (fault.kind) {
    case 'deadline_exceeded':
      return fault instanceof TooSlow ? 'failure' : 'neutral';
    case 'cancelled':
    case 'invalid_request':
    case 'context_overflow':
    case 'unsupported_parameter':
    case 'content_filtered':
    case 'internal':
      return 'neutral';
    default:
      return 'failure';
  }
}

/** Milliseconds first, as OpenAI sends them; then seconds or a date, as HTTP has them. */
export function retryAfterMs(headers: IncomingHttpHeaders): number | undefined {
  const ms = Number.parseFloat(String(headers['retry-after-ms'] ?? ''));
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const text = String(headers['retry-after'] ?? '');
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  const served = Date.parse(String(headers.date ?? ''));
  return Number.isFinite(date - served) ? Math.max(0, date - served) : undefined;
}
