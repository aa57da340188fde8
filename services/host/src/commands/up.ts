import { openLog, systemClock } from '@weir/runtime';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { type Configuration, findConfiguration } from '../configuration.ts';
import { PARTS, type PartName, type Plan, planFor } from '../plan.ts';
import { DEV_KEY } from '../settings.ts';
import { type RunningWeir, Weir } from '../weir.ts';

export const up: Command = {
  name: 'up',
  summary: 'run Weir, all of it or some of its services',
  usage: '[gateway|draft|scorer|escalation|ledger ...]',
  details:
    'Without names: everything whose address is not configured, in this process.\n' +
    'With names: just those, served to the others over gRPC. Stops on SIGTERM and SIGINT, after draining.',
  options: {
    config: {
      type: 'string',
      value: 'FILE',
      help: 'configuration (default: WEIR_CONFIG, ./weir.yaml, or what is found)',
    },
  },
  async run(context) {
    const names = context.words.map(partName);
    const configuration = await findConfiguration(context.text('config'));
    const plan = planFor(configuration.config, names);
    const log = openLog({ level: configuration.config.log.level, service: plan.name });
    const weir = await Weir.start(configuration.config, configuration.environment, plan, log);
    announce(context, configuration, plan, weir);
    await toldToStop();
    context.note('stopping: finishing what is in progress');
    await weir.stop();
    return 0;
  },
};

function partName(word: string): PartName {
  const part = PARTS.find((name) => name === word);
  if (part) return part;
  throw new UsageError(`"${word}" is no part of Weir; the parts are ${PARTS.join(', ')}`);
}

function announce(
  context: CommandContext,
  { config, source }: Configuration,
  plan: Plan,
  weir: RunningWeir,
): void {
  const { httpPort, grpcPort } = weir;
  if (context.json) {
    context.print(JSON.stringify({ ready: true, parts: plan.name, httpPort, grpcPort, source }));
    return;
  }
  const lines = [`Weir is ready (${source}).`];
  if (plan.gateway) {
    const { host } = config.gateway;
    lines.push(`  HTTP  http://${host}:${httpPort}/v1      gRPC  ${host}:${grpcPort}`);
    lines.push(`  routes: ${Object.keys(config.routes).join(', ')}`);
  } else lines.push(`  serving ${[...plan.served].join(', ')}`);
  if (config.simulator) {
    lines.push('  SIMULATED: answers come from tiny demonstration models, not from any provider.');
  }
  if (plan.gateway && Object.keys(config.tenants).length === 0) {
    lines.push(`  No tenant is configured: loopback only, and the key is "${DEV_KEY}".`);
  }
  context.print(lines.join('\n'));
}

/** Ctrl-C reaches npm, its launcher and this process at once, and the first two hand it on. */
const ECHO_MS = 1000;

/** A second signal does not wait. */
function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    let toldAtMs: number | undefined;
    const tell = () => {
      const nowMs = systemClock.monotonicMs();
      if (toldAtMs !== undefined && nowMs - toldAtMs > ECHO_MS) process.exit(1);
      toldAtMs ??= nowMs;
      resolve();
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, tell);
  });
}
