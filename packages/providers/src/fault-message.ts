import { Fault, type FaultKind } from '@weir/core';

const MESSAGES: Partial<Record<FaultKind, string>> = {
  context_overflow: "The prompt does not fit into the model's context window.",
  content_filtered: "The provider's content filter does not let this prompt through.",
  upstream_auth: "The provider rejected this service's credentials.",
  upstream_rejected: 'The provider refused to serve this model.',
  upstream_rate_limited: 'The provider is limiting the rate of requests.',
  upstream_unavailable: 'The provider failed to answer.',
  invalid_request: 'The provider rejected the request as invalid.',
  unsupported_parameter: 'The model does not take a parameter of this request.',
};

/** What callers are told of a provider's failure, in Weir's words: the provider's could hold a prompt or a key. */
export function faultMessage(kind: FaultKind): string {
  return MESSAGES[kind] ?? 'The provider failed.';
}

/** For what can neither be said to this provider nor be left out. Another provider of the route may take it. */
export function refused(param: string, why: string): Fault {
  return new Fault('unsupported_parameter', `"${param}" ${why}.`, { param });
}
