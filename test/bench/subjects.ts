import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureNatsServer } from '../../scripts/nats-server.mjs';
import type { LoadTarget } from './load.ts';

/** Something that is measured: it stands between the load and the mock provider. */
export interface Subject {
  readonly name: string;
  readonly target: LoadTarget;
  /** Whose time counts, children included. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

const HERE = fileURLToPath(new URL('.', import.meta.url));
const WEIR = fileURLToPath(new URL('../../services/host/bin/weir.mjs', import.meta.url));

/** As `npm start` and the image run it: short-lived objects of many requests die young in a larger nursery. */
const FLAGS = ['--max-semi-space-size=64'];

const TASKSET = '/usr/bin/taskset';

/** About 800 bytes, as a support question with its instructions is. */
const QUESTION =
  'How do I move my subscription to another account without losing the invoices of last year? ';
const SYSTEM = 'You answer questions of customers briefly, politely and only from what you know. ';

function requestBody(model: string): string {
  return JSON.stringify({
    model,
    messages: [
      { role: 'system', content: SYSTEM.repeat(4) },
      { role: 'user', content: QUESTION.repeat(4) },
    ],
    temperature: 0,
    max_tokens: 64,
  });
}

/** Servers share one core, load and provider the other, so that neither takes time from what is measured. */
function start(
  core: number,
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const pinned = existsSync(TASKSET);
  const words = pinned ? [TASKSET, '-c', String(core), command, ...args] : [command, ...args];
  const [program = command, ...rest] = words;
  return spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
}

/** This process, which makes the load, beside the provider. */
export function pinSelf(core: number): void {
  if (!existsSync(TASKSET)) return;
  execFileSync(TASKSET, ['-acp', String(core), String(process.pid)], { stdio: 'ignore' });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready`)));
  });
}

async function stopAll(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    if (child.exitCode !== null) continue;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  }
}

export async function startProvider(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const child = start(1, process.execPath, [join(HERE, 'mock-provider.ts')]);
  const port = Number(await firstLine(child));
  return { port, stop: () => stopAll([child]) };
}

/** The mock itself: what the load and the provider alone can do. */
export function bareProvider(port: number): Subject {
  const target = { port, headers: {}, body: requestBody('bench') };
  return { name: 'provider alone', target, pids: [], stop: async () => {} };
}

export async function parseProxy(providerPort: number): Promise<Subject> {
  const child = start(0, process.execPath, [join(HERE, 'parse-proxy.ts'), String(providerPort)]);
  const port = Number(await firstLine(child));
  return {
    name: 'raw parse proxy',
    target: { port, headers: {}, body: requestBody('bench') },
    pids: [child.pid as number],
    stop: () => stopAll([child]),
  };
}

function weirConfig(providerPort: number, services: object): object {
  return {
    ...services,
    log: { level: 'warn' },
    providers: {
      bench: {
        baseUrl: `http://127.0.0.1:${providerPort}/v1`,
        models: { draft: { price: { inputUsdPerMTok: '0.06', outputUsdPerMTok: '0.06' } } },
      },
      frontier: {
        baseUrl: `http://127.0.0.1:${providerPort}/v1`,
        models: { strong: { price: { inputUsdPerMTok: '1', outputUsdPerMTok: '1' } } },
      },
    },
    routes: {
      'support-chat': {
        draft: 'bench/draft',
        scorer: { topLogprobs: 1, threshold: 0.5 },
        escalate: [{ model: 'frontier/strong' }],
      },
    },
  };
}

function weirTarget(port: number): LoadTarget {
  return { port, headers: { authorization: 'Bearer weir-dev' }, body: requestBody('support-chat') };
}

export async function weirAllInOne(providerPort: number): Promise<Subject> {
  const dir = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  const file = join(dir, 'weir.yaml');
  const gateway = { gateway: { httpPort: 0, grpcPort: 0 } };
  writeFileSync(file, JSON.stringify(weirConfig(providerPort, gateway)));
  const child = start(0, process.execPath, [...FLAGS, WEIR, 'up', '--json', '--config', file], {
    WEIR_DATA_DIR: dir,
  });
  const { httpPort } = JSON.parse(await firstLine(child)) as { httpPort: number };
  return {
    name: 'Weir, all in one',
    target: weirTarget(httpPort),
    pids: [child.pid as number],
    stop: async () => {
      await stopAll([child]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export async function weirFiveProcesses(providerPort: number): Promise<Subject> {
  const dir = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  const natsPort = await freePort();
  const nats = start(0, ensureNatsServer({ log: () => {} }), [
    '-js',
    '-sd',
    join(dir, 'nats'),
    '-a',
    '127.0.0.1',
    '-p',
    String(natsPort),
    '-l',
    join(dir, 'nats.log'),
  ]);
  const services: Record<string, { address: string; listen: string }> = {};
  for (const name of ['draft', 'scorer', 'escalation', 'ledger']) {
    const address = `127.0.0.1:${await freePort()}`;
    services[name] = { address, listen: address };
  }
  const file = join(dir, 'weir.yaml');
  const config = weirConfig(providerPort, {
    gateway: { httpPort: 0, grpcPort: 0 },
    services,
    nats: { servers: [`nats://127.0.0.1:${natsPort}`] },
  });
  writeFileSync(file, JSON.stringify(config));
  const children: ChildProcess[] = [];
  let httpPort = 0;
  for (const part of ['ledger', 'draft', 'scorer', 'escalation', 'gateway']) {
    const child = start(
      0,
      process.execPath,
      [...FLAGS, WEIR, 'up', part, '--json', '--config', file],
      {
        WEIR_DATA_DIR: dir,
      },
    );
    children.push(child);
    const ready = JSON.parse(await firstLine(child)) as { httpPort?: number };
    httpPort = ready.httpPort ?? httpPort;
  }
  return {
    name: 'Weir, five processes',
    target: weirTarget(httpPort),
    pids: children.map((child) => child.pid as number),
    stop: async () => {
      await stopAll([...children].reverse());
      await stopAll([nats]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const PORTKEY = '@portkey-ai/gateway@1.15.2';

/** What Portkey is told with a request: one provider to ask, or, as our route has it, a second for when the first fails. */
export type PortkeyJob = 'one provider' | 'with fallback';

function portkeyHeaders(job: PortkeyJob, providerPort: number): Record<string, string> {
  const host = `http://127.0.0.1:${providerPort}/v1`;
  if (job === 'one provider') {
    return {
      authorization: 'Bearer sk-bench',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': host,
    };
  }
  const target = { provider: 'openai', api_key: 'sk-bench', custom_host: host };
  const config = { strategy: { mode: 'fallback' }, targets: [target, target] };
  return { 'x-portkey-config': JSON.stringify(config) };
}

/** Installed on demand into a directory of its own; it is what we compare with, not what we depend on. */
export async function portkey(
  providerPort: number,
  cacheDir: string,
  job: PortkeyJob,
): Promise<Subject> {
  mkdirSync(cacheDir, { recursive: true });
  const script = join(
    cacheDir,
    'node_modules',
    '@portkey-ai',
    'gateway',
    'build',
    'start-server.js',
  );
  if (!existsSync(script)) {
    writeFileSync(join(cacheDir, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', PORTKEY], {
      cwd: cacheDir,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const port = await freePort();
  const child = start(0, process.execPath, [script, `--port=${port}`, '--headless'], {
    NODE_ENV: 'production',
  });
  child.stdout?.resume();
  await answering(port);
  return {
    name: `Portkey 1.15.2, ${job}`,
    target: { port, headers: portkeyHeaders(job, providerPort), body: requestBody('bench') },
    pids: [child.pid as number],
    stop: () => stopAll([child]),
  };
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1000) });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`nothing answers on port ${port}`);
}
