import { Fault } from '@weir/core';
import type { Deployment } from './deployment.ts';
import type { Run } from './run.ts';
import { ExchangeFailed, type ExchangeRequest } from './transport.ts';

/** What is sent for a call, authorised where that takes more than its headers. */
export function exchangeRequest(
  run: Run,
  stream: boolean,
  signal: AbortSignal,
): ExchangeRequest | Promise<ExchangeRequest> {
  const { call, deployment, endpoint, traceparent } = run;
  const request: ExchangeRequest = {
    path: `${endpoint.basePath}${call.path}`,
    headers: {
      'content-type': 'application/json',
      accept: stream ? 'text/event-stream' : 'application/json',
      'x-client-request-id': run.attempt.opened.attemptId,
      ...deployment.headers,
      ...call.headers,
      ...(traceparent && { traceparent }),
    },
    body: call.body,
    maxReplyBytes: deployment.maxReplyBytes,
    onSent: () => {
      run.entered ??= endpoint.engine.enter();
    },
  };
  return authorized(deployment, request, signal);
}

/** Nothing is sent to a provider that would not know who asks. */
function authorized(
  deployment: Deployment,
  request: ExchangeRequest,
  signal: AbortSignal,
): ExchangeRequest | Promise<ExchangeRequest> {
  const { authorize } = deployment;
  if (!authorize) return request;
  const { path, headers, body } = request;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(deployment.timeouts.firstTokenMs)]);
  return authorize({ url: new URL(path, deployment.baseUrl), headers, body }, limit).then(
    (added) => ({ ...request, headers: { ...headers, ...added } }),
    (cause) => {
      if (signal.aborted) throw new ExchangeFailed(false, signal.reason);
      const fault = new Fault('upstream_auth', 'No credentials for the provider could be had.', {
        cause,
      });
      throw new ExchangeFailed(false, fault);
    },
  );
}
