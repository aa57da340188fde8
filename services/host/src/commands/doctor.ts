import { type Config, ConfigError, type Environment, Secrets } from '@weir/config';
import { DIALECTS, type Dialect, type DialectName } from '@weir/providers';
import { systemClock } from '@weir/runtime';
import type { Deployment } from '@weir/upstream';
import type { Command } from '../command.ts';
import { findConfiguration } from '../configuration.ts';
import { openChannel } from '../open-channel.ts';
import { SERVICES } from '../plan.ts';
import { type Remark, remarksOn } from '../remarks.ts';
import { deployments } from '../settings.ts';
import { draftFindings, type Finding } from './draft-findings.ts';

const PATIENCE_MS = 3000;

export const doctor: Command = {
  name: 'doctor',
  summary: 'say what is reachable and what is missing',
  usage: '',
  details:
    'Looks at secrets, prices, models that end, providers, services and NATS as the configuration names them. Asks each\n' +
    'provider for its list of models, with its key, where it has one; looks for credentials of clouds. Asks what answers\n' +
    'drafts about itself, and a running Weir whether its log-probabilities may be trusted. Spends no tokens.',
  options: {
    config: {
      type: 'string',
      value: 'FILE',
      help: 'configuration (default: as `weir up` finds it)',
    },
  },
  async run({ text, json, print }) {
    const { config, environment, source } = await findConfiguration(text('config'));
    const findings = [
      { what: 'configuration', ok: true, detail: source },
      secretsFinding(config, environment),
      ...remarkFindings(config),
      ...(await Promise.all([
        ...Object.keys(config.providers).map((name) => providerFinding(config, environment, name)),
        ...SERVICES.map((service) => serviceFinding(config, service)),
        ...(config.nats?.servers ?? []).map(natsFinding),
      ])),
      ...(await draftFindings(config, environment, PATIENCE_MS)),
    ].filter((finding) => finding !== undefined);
    const ok = findings.every((finding) => finding.ok);
    if (json) print(JSON.stringify({ ok, findings }));
    else
      for (const { what, ok: well, detail } of findings)
        print(`${well ? 'ok     ' : 'MISSING'} ${what}: ${detail}`);
    return ok ? 0 : 1;
  },
};

function secretsFinding(config: Config, environment: Environment): Finding {
  const problems = new Map<string, string>();
  const collect = (resolve: (secrets: Secrets) => void) => {
    const secrets = new Secrets(environment);
    resolve(secrets);
    try {
      secrets.check();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const { path, message } of error.problems) problems.set(path, message);
    }
  };
  // What providers need beside what is written.
  collect((secrets) => deployments(config, secrets));
  collect((secrets) => {
    for (const [path, reference] of references(config)) secrets.resolve(reference, path);
  });
  const detail = [...problems].map(([path, message]) => `${path}: ${message}`).join('; ');
  return {
    what: 'secrets',
    ok: detail === '',
    detail: detail || 'every variable that the configuration names is set',
  };
}

/** A model without a price is asked all the same: what it costs is then not known, and not nothing. */
function remarkFindings(config: Config): Finding[] {
  const remarks = remarksOn(config, systemClock.nowMs());
  const findings = remarks.map(({ kind, about, detail }): Finding => {
    return { what: `${SUBJECTS[kind]}${about}`, ok: kind === 'retiring', detail };
  });
  if (remarks.some(({ kind }) => kind === 'unpriced')) return findings;
  return [{ what: 'prices', ok: true, detail: 'every model has one' }, ...findings];
}

const SUBJECTS: Readonly<Record<Remark['kind'], string>> = {
  unpriced: 'price of ',
  retired: 'model ',
  retiring: 'model ',
  keyless: '',
  idle_condition: '',
  vain_setting: '',
};

/** Every `env:NAME` in the configuration, with its path. */
function* references(value: unknown, path = ''): Generator<[string, string]> {
  if (typeof value === 'string' && value.startsWith('env:')) yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    yield* references(inner, path ? `${path}.${name}` : name);
  }
}

async function providerFinding(
  config: Config,
  environment: Environment,
  name: string,
): Promise<Finding> {
  const what = `provider ${name}`;
  const provider = config.providers[name];
  if (!provider) return { what, ok: false, detail: 'is not configured' };
  const { dialect, baseUrl } = provider;
  if (config.simulator && baseUrl.includes(`:${config.simulator.listen.split(':').at(-1)}/`)) {
    return { what, ok: true, detail: 'simulated: starts together with Weir' };
  }
  const all = deployments(config, new Secrets(environment)).values();
  const deployment = [...all].find((each) => each.provider === name);
  if (deployment?.authorize && !(await hasCredentials(deployment))) {
    const { credentials }: Dialect = DIALECTS[dialect];
    return { what, ok: false, detail: CREDENTIALS[credentials ?? 'aws'] };
  }
  const list = LISTS[dialect] === undefined ? '/models' : LISTS[dialect];
  try {
    const response = await fetch(`${baseUrl.replace(/\/$/, '')}${list ?? '/'}`, {
      headers: deployment?.headers ?? {},
      signal: AbortSignal.timeout(PATIENCE_MS),
      redirect: 'manual',
    });
    await response.body?.cancel();
    const { apiKey } = provider;
    const hasKey = Boolean(apiKey && environment.variable(apiKey.slice('env:'.length)));
    const { ok, detail } = judged(response.status, list !== null, hasKey);
    return { what, ok, detail: `${baseUrl} ${detail} (status ${response.status})` };
  } catch {
    return { what, ok: false, detail: `${baseUrl} cannot be reached` };
  }
}

const CREDENTIALS = {
  aws: "no credentials where AWS' own tools look: environment, profile, container, machine; or set apiKey",
  google: 'no Application Default Credentials: GOOGLE_APPLICATION_CREDENTIALS, gcloud or machine',
} as const;

/** Where a list of models is, if it is not at `/models`; null where there is none for whoever makes calls. */
const LISTS: { readonly [D in DialectName]?: string | null } = {
  ollama: '/api/tags',
  bedrock: null,
  vertex: null,
  cohere: null,
  perplexity: null,
};

function judged(
  status: number,
  hasList: boolean,
  hasKey: boolean,
): { readonly ok: boolean; readonly detail: string } {
  if (status >= 500) return { ok: false, detail: 'answers, and fails' };
  if (!hasList) return { ok: true, detail: 'answers; its key is not tried' };
  if (status === 401 || status === 403) {
    return {
      ok: false,
      detail: hasKey ? 'refuses this key' : 'wants a key: set apiKey and its variable',
    };
  }
  if (status < 400) return { ok: true, detail: 'answers' };
  return { ok: true, detail: 'answers, but has no list of models there: is the address right?' };
}

/** Whether a call could be signed; nothing is sent to the provider. */
async function hasCredentials({ authorize, baseUrl }: Deployment): Promise<boolean> {
  const call = { url: new URL(baseUrl), headers: {}, body: '' };
  try {
    await authorize?.(call, AbortSignal.timeout(PATIENCE_MS));
    return true;
  } catch {
    // What the clouds' own code says of it may hold what was sent.
    return false;
  }
}

async function serviceFinding(
  config: Config,
  service: (typeof SERVICES)[number],
): Promise<Finding | undefined> {
  const { address } = config.services[service];
  if (address === undefined) return undefined;
  using channel = openChannel(address, config);
  try {
    await channel.ready(PATIENCE_MS);
    return { what: `service ${service}`, ok: true, detail: `${address} answers` };
  } catch {
    return { what: `service ${service}`, ok: false, detail: `${address} cannot be reached` };
  }
}

async function natsFinding(server: string): Promise<Finding> {
  const { connect } = await import('node:net');
  const url = new URL(server.includes('://') ? server : `nats://${server}`);
  const socket = connect({
    host: url.hostname,
    port: Number(url.port || 4222),
    timeout: PATIENCE_MS,
  });
  const ok = await new Promise<boolean>((resolve) => {
    // A NATS server speaks first.
    socket.once('data', (data) => resolve(data.toString().startsWith('INFO ')));
    socket.once('error', () => resolve(false));
    socket.once('timeout', () => resolve(false));
  });
  socket.destroy();
  return { what: 'NATS', ok, detail: `${url.host} ${ok ? 'answers' : 'cannot be reached'}` };
}
