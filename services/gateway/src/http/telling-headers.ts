import { dayOf, type Verdict } from '@weir/core';
import type { RateState } from '../admission.ts';

/** What goes out with whatever an answer will be. */
type Headers = Record<string, string | number>;

/** How much of its rate a key has left, in OpenAI's names. */
export function tellRate(headers: Headers, rate: RateState | undefined): void {
  if (!rate) return;
  headers['x-ratelimit-limit-requests'] = rate.limit;
  headers['x-ratelimit-remaining-requests'] = rate.remaining;
  headers['x-ratelimit-reset-requests'] = `${rate.resetMs}ms`;
}

/** Parameters that were left out: named to the caller, never dropped in silence. */
export function tellIgnored(headers: Headers, names: readonly string[]): void {
  if (names.length === 0) return;
  headers['x-weir-ignored-parameters'] = headerText(names.join(',')).slice(0, 1000);
}

/** What was thought of the draft, how sure that is, and what is certified of whoever thought so. */
export function tellVerdict(headers: Headers, verdict: Verdict): void {
  const { decision, confidence, judgement } = verdict;
  headers['x-weir-verdict'] = decision;
  if (confidence !== null) headers['x-weir-confidence'] = confidence.toFixed(4);
  if (!judgement?.certificate) return;
  const { alpha, delta, rows, issuedAtMs, id } = judgement.certificate;
  headers['x-weir-certificate'] = headerText(
    `alpha=${alpha}, delta=${delta}, n=${rows}, date=${dayOf(issuedAtMs)}, id=${id}`,
  );
}

/** Names come from the config and from callers and may hold anything; header values may not. */
export function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}
