import type { Exchange, HttpContext } from './context.ts';
import { sendJson } from './send.ts';

/** `GET /healthz`: the process runs. */
export function health(exchange: Exchange): void {
  sendJson(exchange, 200, '{"status":"ok"}');
}

/** `GET /readyz`: new requests are welcome; 503 while starting and draining. */
export function readiness(exchange: Exchange, context: HttpContext): void {
  const ready = context.ready();
  sendJson(exchange, ready ? 200 : 503, `{"ready":${ready}}`);
}

/** `GET /metrics`, for Prometheus. */
export async function metrics(exchange: Exchange, context: HttpContext): Promise<void> {
  const { text, contentType } = await context.metrics();
  exchange.response.writeHead(200, {
    ...exchange.headers,
    'content-type': contentType,
    'content-length': Buffer.byteLength(text),
  });
  exchange.response.end(text);
}
