export type * from './authorize.ts';
export { type AwsCredentials, type AwsOptions, awsAuthorize, awsRegionOf } from './aws.ts';
export { Breaker, type BreakerOptions } from './breaker.ts';
export type { Deployment, Timeouts } from './deployment.ts';
export { EndpointWatch, type EndpointWatchOptions } from './endpoint-watch.ts';
export { EngineDesk, type LookUpLimits } from './engine-desk.ts';
export { googleAuthorize } from './google.ts';
export { Ladder, type LadderOptions, type Rung } from './ladder.ts';
export { type Answered, AttemptFailed, Upstream, type UpstreamOptions } from './upstream.ts';
export {
  type DraftingEndpoint,
  isProbe,
  type LogprobProbe,
  type ProbeSettings,
} from './watched.ts';
