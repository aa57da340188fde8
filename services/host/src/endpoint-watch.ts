import { judgeProbe, probeChat } from '@weir/cascade';
import type { Config } from '@weir/config';
import { type Log, type Metrics, systemClock } from '@weir/runtime';
import {
  type Deployment,
  type DraftingEndpoint,
  EndpointWatch,
  type ProbeSettings,
  type Upstream,
} from '@weir/upstream';

/** Looks after the endpoints of all drafts, judged as drafts are. */
export function watchDrafts(
  config: Config,
  all: ReadonlyMap<string, Deployment>,
  surroundings: {
    readonly upstream: Upstream;
    readonly metrics: Metrics;
    readonly log: Log;
  },
): EndpointWatch {
  return new EndpointWatch({
    ...surroundings,
    endpoints: draftingEndpoints(config, all),
    logprobProbe: { chat: probeChat, judge: judgeProbe },
    clock: systemClock,
  });
}

/** Every model that some route drafts with, asked for as many alternatives as the one that wants the most. */
export function draftingEndpoints(
  config: Config,
  all: ReadonlyMap<string, Deployment>,
): DraftingEndpoint[] {
  const most = new Map<string, number>();
  for (const { draft, scorer } of Object.values(config.routes)) {
    if (draft === undefined) continue;
    most.set(draft, Math.max(most.get(draft) ?? 0, scorer.topLogprobs));
  }
  return [...most].flatMap(([name, topLogprobs]) => {
    const deployment = all.get(name);
    return deployment
      ? [{ deployment, topLogprobs, probe: probeSettings(config, deployment) }]
      : [];
  });
}

/** Where each token has its price, nobody is charged for a probe that was not asked for. */
export function probeSettings(
  { providers }: Config,
  { name, provider, dialect }: Deployment,
): ProbeSettings {
  const settings = providers[provider]?.probe;
  // A deployment is made of its provider's settings.
  if (!settings) throw new TypeError(`no provider is configured for ${name}`);
  const { enabled = dialect.engine !== undefined } = settings;
  return { ...settings, enabled: enabled && dialect.takesLogprobs };
}
