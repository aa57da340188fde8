import { type Config, type Environment, Secrets } from '@weir/config';
import { type Deployment, EngineDesk } from '@weir/upstream';
import { splitAddress } from '../address.ts';
import { draftingEndpoints } from '../endpoint-watch.ts';
import { deployments } from '../settings.ts';

/** What the doctor says of one thing. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * What answers each route's drafts, by its own word, and whether a Weir that runs believes its log-probabilities: that
 * takes a probe, and whoever only looks spends no tokens.
 */
export async function draftFindings(
  config: Config,
  environment: Environment,
  patienceMs: number,
): Promise<Finding[]> {
  const all = deployments(config, new Secrets(environment));
  const endpoints = draftingEndpoints(config, all);
  if (endpoints.length === 0) return [];
  const running = await verdicts(config, patienceMs);
  return Promise.all(
    endpoints.map(async ({ deployment, probe }): Promise<Finding> => {
      const what = `draft ${deployment.name}`;
      if (!deployment.dialect.takesLogprobs) return { what, ok: true, detail: NO_LOGPROBS };
      const told = await selfDescription(deployment, { ...probe, timeoutMs: patienceMs });
      const { ok, detail } = probe.enabled
        ? judged(running?.get(deployment.name), running !== undefined)
        : { ok: true, detail: NOT_PROBED };
      return { what, ok, detail: `${told}; ${detail}` };
    }),
  );
}

const NO_LOGPROBS = 'gives no log-probabilities: its drafts are judged without them';
const NOT_PROBED = 'its log-probabilities are judged answer by answer (probe.enabled is off)';

async function selfDescription(
  deployment: Deployment,
  limits: ConstructorParameters<typeof EngineDesk>[1],
): Promise<string> {
  const desk = new EngineDesk(deployment, limits);
  await desk.ask(AbortSignal.timeout(limits.timeoutMs));
  const { engine, version, quantisation, speculation } = desk.facts;
  if ((version ?? quantisation ?? speculation) === undefined) return 'tells nothing of itself';
  return [
    `${engine ?? 'unknown engine'} ${version ?? '(version not told)'}`,
    ...(quantisation === undefined ? [] : [quantisation]),
    `speculation ${speculation ?? 'not told'}`,
  ].join(', ');
}

function judged(
  finding: string | undefined,
  isRunning: boolean,
): { readonly ok: boolean; readonly detail: string } {
  if (finding === 'sound') return { ok: true, detail: 'its log-probabilities are trusted' };
  if (finding !== undefined) {
    return { ok: false, detail: `its log-probabilities are not trusted: ${finding}` };
  }
  const detail = isRunning
    ? 'no probe has told yet whether its log-probabilities may be trusted'
    : 'whether its log-probabilities may be trusted, a running Weir finds out';
  return { ok: true, detail };
}

/** What a running Weir found out about each endpoint; undefined where none answers. */
async function verdicts(
  { gateway, services }: Config,
  patienceMs: number,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { address, operationsListen } = services.draft;
  const gatewayAt = gateway.operationsListen ?? `${gateway.host}:${gateway.httpPort}`;
  const place = address === undefined ? gatewayAt : operationsListen;
  if (place === undefined) return undefined;
  const { host, port } = splitAddress(place);
  const isAnywhere = host === '0.0.0.0' || host === '::';
  const reachable = isAnywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const response = await fetch(`http://${reachable}:${port}/metrics`, { signal });
    const text = await response.text();
    return response.ok && text.includes('weir_') ? findingsIn(text) : undefined;
  } catch {
    return undefined;
  }
}

function findingsIn(metrics: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, labels = ''] of metrics.matchAll(/^weir_draft_logprobs_trusted\{(.*)\} [01]$/gm)) {
    const values = new Map(
      [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name, value]),
    );
    found.set(values.get('deployment') ?? '', values.get('finding') ?? '');
  }
  return found;
}
