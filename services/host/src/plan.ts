import { type Config, ConfigError } from '@weir/config';

export const SERVICES = ['draft', 'scorer', 'escalation', 'ledger'] as const;
export type ServiceName = (typeof SERVICES)[number];
export type PartName = ServiceName | 'gateway';
export const PARTS: readonly PartName[] = ['gateway', ...SERVICES];

/** What this process runs, and what it reaches elsewhere. */
export interface Plan {
  readonly gateway: boolean;
  /** Runs here, as an object. */
  readonly local: ReadonlySet<ServiceName>;
  /** Of those, what others reach over gRPC. */
  readonly served: ReadonlySet<ServiceName>;
  /** Distinguishes the files of processes that share a data directory. */
  readonly name: string;
}

/**
 * Without names, everything whose address is absent runs here. With names, just those run here and are served to the
 * others. The names that a process can be started with are the services'.
 */
export function planFor(config: Config, names: readonly PartName[]): Plan {
  const all = names.length === 0;
  const gateway = all || names.includes('gateway');
  const local = SERVICES.filter((service) =>
    all ? config.services[service].address === undefined : names.includes(service),
  );
  const problems = [];
  for (const service of SERVICES) {
    const { address, listen } = config.services[service];
    if (gateway && !local.includes(service) && address === undefined) {
      problems.push({
        path: `services.${service}.address`,
        message: `is missing: the gateway does not run the ${service} itself, so it must know where it is`,
      });
    }
    if (!all && local.includes(service) && !listen) {
      problems.push({
        path: `services.${service}.listen`,
        message: `is missing: where should the ${service} listen when it runs alone?`,
      });
    }
  }
  const distributed = local.length < SERVICES.length || !gateway;
  if (distributed && !config.nats) {
    problems.push({
      path: 'nats',
      message: 'is missing: services in several processes exchange their cost events over NATS',
    });
  }
  if (problems.length > 0) throw new ConfigError('the configuration', problems);
  return {
    gateway,
    local: new Set(local),
    served: new Set(all ? [] : local),
    name: all ? 'weir' : names.join('-'),
  };
}
