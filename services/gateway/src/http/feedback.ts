import { parseJson, readBody } from './body.ts';
import type { HttpContext, KeyedExchange } from './context.ts';
import { feedbackRequest } from './feedback-request.ts';
import { sendJson } from './send.ts';
import { tellIgnored, tellRate } from './telling-headers.ts';

/** `POST /v1/feedback`: what a user thought of an answer. */
export async function feedback(exchange: KeyedExchange, context: HttpContext): Promise<void> {
  const { request, key, headers, signal } = exchange;
  const body = await readBody(request, context.limits.maxBodyBytes);
  const { requestId, score, ignored } = feedbackRequest(parseJson(body));
  using admitted = context.admission.enter(key, undefined);
  tellIgnored(headers, ignored);
  tellRate(headers, admitted.rate);
  const principal = { tenant: key.tenant, keyId: key.keyId };
  const { learned } = await context.inference.feedback({ principal, requestId, score }, signal);
  sendJson(exchange, 200, JSON.stringify({ request_id: requestId, learned }));
}
