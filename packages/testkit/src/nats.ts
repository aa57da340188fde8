import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.ts';
import { silentLog } from './silent-log.ts';
import { stopped } from './stopped.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface NatsServerOptions {
  /** Kept when given; otherwise a temporary directory that goes with the server. */
  readonly storeDir?: string | undefined;
  readonly port?: number | undefined;
}

/** A real nats-server with JetStream, as a process of its own that can be treated badly. */
export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Ends it in an orderly way; its store stays until the scope ends. */
  stop(): Promise<void>;
  /** As a crash does: SIGKILL. */
  kill(): Promise<void>;
  /** It keeps its connections and answers nothing: SIGSTOP. */
  pause(): Promise<void>;
  resume(): void;
  /** Starts it again after `stop` or `kill`, on the same port and store; ends it first where it runs. */
  restart(): Promise<void>;
}

interface Finder {
  ensureNatsServer(options: { log(message: string): void }): string;
}

/** By its address rather than by an import: the script is no package, since it runs before any is installed. */
async function findServer(): Promise<string> {
  const script = new URL('../../../scripts/nats-server.mjs', import.meta.url);
  const { ensureNatsServer } = (await import(script.href)) as Finder;
  return ensureNatsServer({ log: (message) => silentLog.info(message) });
}

export async function startNats(options: NatsServerOptions = {}): Promise<NatsServer> {
  const binary = await findServer();
  const temporary = options.storeDir === undefined ? await temporaryDirectory() : undefined;
  const storeDir = options.storeDir ?? temporary?.path ?? '';
  const port = options.port ?? (await freePort());
  const args = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', storeDir];
  let server = await launch(binary, args);

  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    // One that is paused ends only when it goes on.
    server.kill('SIGCONT');
    await exited;
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async pause() {
      server.kill('SIGSTOP');
      await stopped(server.pid ?? 0);
    },
    resume: () => void server.kill('SIGCONT'),
    async restart() {
      await end('SIGTERM');
      server = await launch(binary, args);
    },
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
      await temporary?.[Symbol.asyncDispose]();
    },
  };
}

/** Resolves when the server says that it is ready; it takes connections and JetStream calls from then on. */
async function launch(binary: string, args: readonly string[]): Promise<ChildProcess> {
  const server = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const endWithUs = () => void server.kill('SIGKILL');
  process.once('exit', endWithUs);
  server.once('exit', () => process.off('exit', endWithUs));
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`nats-server ended: ${said.join(' / ')}`)));
    createInterface({ input: server.stderr }).on('line', (line) => {
      if (line.includes('Server is ready')) resolve();
      else if (said.length < 100) said.push(line);
    });
  });
  return server;
}
