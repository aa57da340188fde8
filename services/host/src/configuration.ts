import {
  type Config,
  defaultConfig,
  type Environment,
  KNOWN_VARIABLES,
  readConfigFile,
  readEnvironment,
} from '@weir/config';
import { findEngine } from './discover.ts';

export interface Configuration {
  readonly config: Config;
  readonly environment: Environment;
  /** Where it came from, for people: a path, or what was found. */
  readonly source: string;
}

/** The configuration to run: the named file, or `WEIR_CONFIG`, or `weir.yaml` here, or what can be found. */
export async function findConfiguration(file?: string): Promise<Configuration> {
  const environment = readEnvironment();
  const path = file ?? environment.configFile;
  if (path !== undefined) {
    return { config: withPorts(readConfigFile(path), environment), environment, source: path };
  }
  const variables = new Set(KNOWN_VARIABLES.filter((name) => environment.variable(name)));
  const engine = await findEngine();
  const config = withPorts(defaultConfig({ variables, engine }), environment);
  const found = [
    ...variables,
    ...(engine ? [`${engine.dialect} at ${engine.baseUrl}`] : []),
    ...(config.simulator ? ['the built-in simulator: tiny models, no real provider'] : []),
  ];
  return { config, environment, source: `no file; using ${found.join(', ')}` };
}

function withPorts(config: Config, { httpPort, grpcPort }: Environment): Config {
  return {
    ...config,
    gateway: {
      ...config.gateway,
      httpPort: httpPort ?? config.gateway.httpPort,
      grpcPort: grpcPort ?? config.gateway.grpcPort,
    },
  };
}
