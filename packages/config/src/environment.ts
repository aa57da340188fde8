import { existsSync, readFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';
import { parseConfig } from './parse.ts';
import type { Config } from './schema.ts';

/** The process's environment; nothing else in Weir reads it. */
export interface Environment {
  /** From `WEIR_CONFIG`, or `weir.yaml` in the working directory when there is one. */
  readonly configFile: string | undefined;
  /** Where the journal and the SQLite ledger live. */
  readonly dataDir: string;
  readonly httpPort: number | undefined;
  readonly grpcPort: number | undefined;
  variable(name: string): string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

export function readEnvironment(variables: Variables = process.env): Environment {
  return {
    configFile: variables['WEIR_CONFIG'] || (existsSync('weir.yaml') ? 'weir.yaml' : undefined),
    dataDir: variables['WEIR_DATA_DIR'] || '.weir',
    httpPort: port(variables, 'WEIR_HTTP_PORT'),
    grpcPort: port(variables, 'WEIR_GRPC_PORT'),
    variable: (name) => variables[name],
  };
}

function port(variables: Variables, name: string): number | undefined {
  const text = variables[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return value;
  throw new ConfigError('the environment', [{ path: name, message: `"${text}" is not a port` }]);
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'that is a folder: name a file in it',
  EACCES: 'it may not be read by this user',
};

export function readConfigFile(path: string): Config {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(path, [{ path: '', message: UNREADABLE[code ?? ''] ?? String(code) }]);
  }
  return parseConfig(text, path);
}

/**
 * Looks secrets up. Everything missing is reported together, by the setting that names it; the values themselves never
 * come into a message.
 */
export class Secrets {
  readonly #environment: Environment;
  readonly #missing: { path: string; message: string }[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The value of `env:NAME`; empty when it is missing, which `check` then reports, with why it is asked for. */
  resolve(reference: string, path: string, why = ''): string {
    const name = reference.slice('env:'.length);
    const value = this.#environment.variable(name);
    if (value) return value;
    this.#missing.push({ path, message: `${why}the environment variable ${name} is not set` });
    return '';
  }

  check(): void {
    if (this.#missing.length > 0) throw new ConfigError('the environment', this.#missing);
  }
}
