export type * from './authorize.ts';
export { type AwsCredentials, type AwsOptions, awsAuthorize, awsRegionOf } from './aws.ts';
export { Breaker, type BreakerOptions } from './breaker.ts';
export type { Deployment, Timeouts } from './deployment.ts';
export { googleAuthorize } from './google.ts';
export { Ladder, type LadderOptions, type Rung } from './ladder.ts';
export { type Answered, AttemptFailed, Upstream, type UpstreamOptions } from './upstream.ts';
