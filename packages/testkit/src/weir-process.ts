import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const WEIR = fileURLToPath(new URL('../../../services/host/bin/weir.mjs', import.meta.url));

/** A `weir` command that keeps running, as a process of its own. Its scope's end is a SIGKILL. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** All that it wrote there so far. */
  readonly stderr: string;
  /** SIGTERM; resolves to the exit status once it is gone. */
  stop(): Promise<number | null>;
  /** As a crash does: SIGKILL. */
  kill(): Promise<void>;
}

export interface WeirProcess extends RunningProcess {
  readonly httpUrl: string;
  readonly httpPort: number;
  readonly grpcPort: number;
}

export interface SimulatorProcess extends RunningProcess {
  readonly url: string;
  readonly port: number;
}

interface GatewayPorts {
  readonly gateway?: { readonly httpPort?: number; readonly grpcPort?: number };
}

export interface WeirOptions {
  /** As a file would say it; without ports it gets free ones. Without any, a cascade of simulated providers. */
  readonly config?: object;
  /** What follows `weir up --json --config FILE`. */
  readonly args?: readonly string[];
  /** Kept when given; otherwise a temporary directory that goes with the process. */
  readonly dataDir?: string;
}

/** `weir up`, ready for requests. */
export async function startWeir(options: WeirOptions = {}): Promise<WeirProcess> {
  await using open = new AsyncDisposableStack();
  const directory = open.use(await temporaryDirectory());
  const config = (options.config ?? (await simulatedConfig())) as GatewayPorts;
  const file = join(directory.path, 'weir.json');
  const gateway = { httpPort: 0, grpcPort: 0, ...config.gateway };
  await writeFile(file, JSON.stringify({ ...config, gateway }));
  const variables = { WEIR_DATA_DIR: options.dataDir ?? directory.path };
  const words = ['up', '--json', '--config', file, ...(options.args ?? [])];
  const { child, ready } = await launch(words, variables);
  const { httpPort, grpcPort } = ready as { httpPort: number; grpcPort: number };
  const whole = open.move();
  return {
    httpPort,
    grpcPort,
    httpUrl: `http://127.0.0.1:${httpPort}`,
    ...controlsOf(child),
    get stderr() {
      return child.stderr;
    },
    async [Symbol.asyncDispose]() {
      await child.end('SIGKILL');
      await whole.disposeAsync();
    },
  };
}

export interface SimulatorProcessOptions {
  readonly port?: number;
  readonly firstTokenMs?: number;
  readonly tokenMs?: number;
}

/** `weir simulator`: provider servers whose log outlives whoever called them. */
export async function startSimulatorProcess(
  options: SimulatorProcessOptions = {},
): Promise<SimulatorProcess> {
  const { firstTokenMs = 0, tokenMs = 0 } = options;
  const { child, ready } = await launch([
    'simulator',
    '--json',
    '--listen',
    `127.0.0.1:${options.port ?? 0}`,
    '--first-token-ms',
    String(firstTokenMs),
    '--token-ms',
    String(tokenMs),
  ]);
  const { port } = ready as { port: number };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    ...controlsOf(child),
    get stderr() {
      return child.stderr;
    },
    [Symbol.asyncDispose]: () => child.end('SIGKILL').then(() => {}),
  };
}

interface Child {
  readonly pid: number;
  readonly stderr: string;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

function controlsOf(child: Child) {
  return {
    pid: child.pid,
    stop: () => child.end('SIGTERM'),
    kill: () => child.end('SIGKILL').then(() => {}),
  };
}

/** Starts a command and waits for its first line, which says that it is ready. */
async function launch(
  words: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<{ child: Child; ready: unknown }> {
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  // `env` becomes the process, so its pid is that of Weir.
  const spawned = spawn('env', [...settings, process.execPath, WEIR, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const endWithUs = () => void spawned.kill('SIGKILL');
  process.once('exit', endWithUs);
  const exited = once(spawned, 'exit').finally(() => process.off('exit', endWithUs));
  let stderr = '';
  spawned.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const lines = createInterface({ input: spawned.stdout });
  const first = once(lines, 'line').then(([line]) => String(line));
  const line = await Promise.race([first, exited.then(() => undefined)]);
  if (line === undefined) throw new Error(`weir ${words[0]} ended before it was ready: ${stderr}`);
  const child: Child = {
    pid: spawned.pid ?? 0,
    get stderr() {
      return stderr;
    },
    async end(signal) {
      if (spawned.exitCode === null && spawned.signalCode === null) spawned.kill(signal);
      await exited;
      return spawned.exitCode;
    },
  };
  return { child, ready: JSON.parse(line) };
}

/** One cascade over simulated providers, on a port of its own. */
async function simulatedConfig(): Promise<object> {
  const listen = `127.0.0.1:${await freePort()}`;
  const provider = (backend: string, model: string, usd: string) => ({
    baseUrl: `http://${listen}/${backend}/v1`,
    models: { [model]: { price: { inputUsdPerMTok: usd, outputUsdPerMTok: usd } } },
  });
  return {
    log: { level: 'warn' },
    simulator: { listen },
    providers: {
      'tiny-draft': provider('draft', 'weak', '0.06'),
      'tiny-frontier': provider('frontier', 'strong', '1'),
    },
    routes: {
      'support-chat': {
        draft: 'tiny-draft/weak',
        scorer: { signal: 'worst_token', threshold: 0.8 },
        escalate: [{ name: 'primary', model: 'tiny-frontier/strong' }],
      },
    },
  };
}
