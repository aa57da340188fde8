export { ConfigError, type ConfigProblem } from './config-error.ts';
export { defaultConfig, type FoundEngine, KNOWN_VARIABLES } from './defaults.ts';
export {
  type Environment,
  readConfigFile,
  readEnvironment,
  Secrets,
} from './environment.ts';
export { checkConfig, fillConfig, parseConfig } from './parse.ts';
export { type PriceConfigRow, priceRows } from './price.ts';
export {
  type Config,
  type ConfigInput,
  DIALECT_NAMES,
  type ProviderConfig,
  type RouteConfig,
} from './schema.ts';
export { nearest } from './suggest.ts';
