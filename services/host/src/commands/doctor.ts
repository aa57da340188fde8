import { type Config, ConfigError, type Environment, Secrets } from '@weir/config';
import { systemClock } from '@weir/runtime';
import type { Command } from '../command.ts';
import { findConfiguration } from '../configuration.ts';
import { openChannel } from '../open-channel.ts';
import { SERVICES } from '../plan.ts';
import { priceBook, unpricedHint, unpricedModels } from '../prices/price-book.ts';

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

const PATIENCE_MS = 3000;

export const doctor: Command = {
  name: 'doctor',
  summary: 'say what is reachable and what is missing',
  usage: '',
  details:
    'Looks at secrets, prices, providers, services and NATS as the configuration names them. Spends no tokens.',
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
      ...priceFindings(config),
      ...(await Promise.all([
        ...Object.keys(config.providers).map((name) => providerFinding(config, environment, name)),
        ...SERVICES.map((service) => serviceFinding(config, service)),
        ...(config.nats?.servers ?? []).map(natsFinding),
      ])),
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
  const secrets = new Secrets(environment);
  for (const [path, reference] of references(config)) secrets.resolve(reference, path);
  try {
    secrets.check();
    return {
      what: 'secrets',
      ok: true,
      detail: 'every variable that the configuration names is set',
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const detail = error.problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
    return { what: 'secrets', ok: false, detail };
  }
}

/** A model without a price is asked all the same: what it costs is then not known, and not nothing. */
function priceFindings(config: Config): Finding[] {
  const unpriced = unpricedModels(config, priceBook(config), systemClock.nowMs());
  if (unpriced.length === 0) return [{ what: 'prices', ok: true, detail: 'every model has one' }];
  return unpriced.map((model) => ({
    what: `price of ${model}`,
    ok: false,
    detail: unpricedHint(model, config),
  }));
}

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
  if (
    config.simulator &&
    provider.baseUrl.includes(`:${config.simulator.listen.split(':').at(-1)}/`)
  ) {
    return { what, ok: true, detail: 'simulated: starts together with Weir' };
  }
  const key = provider.apiKey && environment.variable(provider.apiKey.slice('env:'.length));
  try {
    const response = await fetch(`${provider.baseUrl}/models`, {
      headers: key ? { authorization: `Bearer ${key}` } : {},
      signal: AbortSignal.timeout(PATIENCE_MS),
      redirect: 'manual',
    });
    await response.body?.cancel();
    if (response.status === 401 || response.status === 403) {
      return {
        what,
        ok: false,
        detail: `${provider.baseUrl} refuses this key (status ${response.status})`,
      };
    }
    return {
      what,
      ok: response.status < 500,
      detail: `${provider.baseUrl} answers (status ${response.status})`,
    };
  } catch {
    return { what, ok: false, detail: `${provider.baseUrl} cannot be reached` };
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
