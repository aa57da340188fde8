export { Admission } from './admission.ts';
export { Authenticator, mayUse, type VirtualKey } from './authenticator.ts';
export { type GatewayOptions, GatewayService } from './gateway-service.ts';
export type { HttpContext, HttpLimits } from './http/context.ts';
export { Idempotency } from './http/idempotency.ts';
export { HttpFace } from './http/server.ts';
export type { Route } from './route.ts';
