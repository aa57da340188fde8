import type { Fault, FaultKind } from '@weir/core';
import type { Log } from '@weir/runtime';

/** What is seldom chance: most likely somebody has to look at the configuration or the account. */
const TOLD: Partial<Record<FaultKind, string>> = {
  upstream_auth:
    'a provider takes no credentials of ours, or there are none: `weir doctor` says more',
  upstream_rejected:
    'a provider refuses to serve a model: look at its dialect, its baseUrl, the id of the model, and the account',
  upstream_unavailable: 'a provider cannot be reached or fails: look at its baseUrl, or wait',
};

/** Tells the log of the first failure of each kind at each deployment; the metrics count them all. */
export class Refusals {
  readonly #log: Log;
  readonly #told = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  tell(deployment: string, fault: Fault): void {
    const message = TOLD[fault.kind];
    const key = `${fault.kind} ${deployment}`;
    if (message === undefined || this.#told.has(key)) return;
    this.#told.add(key);
    this.#log.warn({ deployment, fault: fault.kind, ...codeOf(fault.cause) }, message);
  }
}

/** What a socket says went wrong, in a machine's word; its message would hold the address. */
function codeOf(cause: unknown): { readonly code?: string } {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) ? { code } : {};
}
