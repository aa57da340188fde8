import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { type NatsServer, startNats } from './nats.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const WEIR = fileURLToPath(new URL('../../../services/host/bin/weir.mjs', import.meta.url));

export type ClusterMode = 'embedded' | 'distributed';
const PARTS = ['ledger', 'draft', 'scorer', 'escalation', 'gateway'] as const;
export type ClusterPart = (typeof PARTS)[number];

export interface ClusterOptions {
  readonly mode: ClusterMode;
  /** PostgreSQL for the ledger; SQLite without. */
  readonly postgresUrl?: string;
  /** Threshold of the route `support-chat`. */
  readonly threshold?: number;
  /** How drafts are judged, in place of the threshold; as in the configuration. */
  readonly scorer?: object;
  /** Of the simulated providers. */
  readonly tokenMs?: number;
  readonly drainMs?: number;
}

/**
 * A whole Weir of real processes on free ports of this machine: one, or five with NATS between them. The simulated
 * providers are a process of their own, so that their log of tokens served outlives whatever is killed.
 */
export class Cluster implements AsyncDisposable {
  readonly options: ClusterOptions;
  readonly directory: string;
  readonly configFile: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly simulatorUrl: string;
  readonly nats: NatsServer | undefined;
  readonly #open: AsyncDisposableStack;
  readonly #processes = new Map<string, ChildProcess>();
  /** What every process wrote to stderr. */
  readonly logs: string[] = [];

  private constructor(
    options: ClusterOptions,
    open: AsyncDisposableStack,
    place: {
      readonly directory: string;
      readonly httpPort: number;
      readonly grpcPort: number;
      readonly simulatorPort: number;
      readonly nats: NatsServer | undefined;
    },
  ) {
    this.options = options;
    this.#open = open;
    this.directory = place.directory;
    this.httpPort = place.httpPort;
    this.grpcPort = place.grpcPort;
    this.nats = place.nats;
    this.simulatorUrl = `http://127.0.0.1:${place.simulatorPort}`;
    this.configFile = join(place.directory, 'weir.yaml');
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const open = new AsyncDisposableStack();
    try {
      const { path: directory } = open.use(await temporaryDirectory());
      const nats = options.mode === 'distributed' ? open.use(await startNats()) : undefined;
      const simulatorPort = await freePort();
      const place = {
        directory,
        nats,
        simulatorPort,
        httpPort: await freePort(),
        grpcPort: await freePort(),
      };
      const cluster = new Cluster(options, open, place);
      await cluster.#configure();
      const words = ['simulator', '--json', '--listen', `127.0.0.1:${simulatorPort}`];
      if (options.tokenMs) words.push('--token-ms', String(options.tokenMs));
      await cluster.#run('simulator', words);
      for (const part of cluster.parts) await cluster.startPart(part);
      return cluster;
    } catch (error) {
      await open.disposeAsync();
      throw error;
    }
  }

  get parts(): readonly ClusterPart[] {
    return this.options.mode === 'embedded' ? ['gateway'] : PARTS;
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  async #configure(): Promise<void> {
    const { mode, postgresUrl, threshold = 0.8, drainMs = 5000 } = this.options;
    const { scorer = { signal: 'worst_token', threshold } } = this.options;
    const services: Record<string, object> = {};
    if (mode === 'distributed') {
      for (const name of ['draft', 'scorer', 'escalation', 'ledger']) {
        const address = `127.0.0.1:${await freePort()}`;
        services[name] = { address, listen: address };
      }
    }
    const model = (usd: string) => ({ price: { inputUsdPerMTok: usd, outputUsdPerMTok: usd } });
    const backend = (name: string) => ({
      baseUrl: `${this.simulatorUrl}/${name}/v1`,
      timeouts: { firstTokenMs: 5000, idleMs: 2000 },
    });
    const escalate = [{ model: 'tiny-frontier/strong' }, { model: 'tiny-spare/strong' }];
    const config = {
      gateway: { httpPort: this.httpPort, grpcPort: this.grpcPort },
      services,
      ...(this.nats && { nats: { servers: [this.nats.url] } }),
      ...(postgresUrl && { ledger: { store: 'postgres', url: 'env:WEIR_LEDGER_URL' } }),
      limits: { drainMs },
      log: { level: 'warn' },
      providers: {
        'tiny-draft': { ...backend('draft'), models: { weak: model('0.06') } },
        'tiny-frontier': { ...backend('frontier'), models: { strong: model('1') } },
        'tiny-spare': { ...backend('spare'), models: { strong: model('1') } },
      },
      routes: {
        'support-chat': {
          draft: 'tiny-draft/weak',
          scorer,
          escalate,
        },
        recorded: {
          draft: 'tiny-draft/weak',
          scorer: { withoutEvidence: 'accept', expect: { pattern: '####\\s*-?[\\d$]' } },
          escalate,
        },
      },
    };
    writeFileSync(this.configFile, JSON.stringify(config));
  }

  /** Starts one part and waits until it is ready. */
  startPart(part: ClusterPart): Promise<void> {
    const words = this.options.mode === 'embedded' ? [] : [part];
    return this.#run(part, ['up', ...words, '--json', '--config', this.configFile]);
  }

  async #run(name: string, words: readonly string[]): Promise<void> {
    const variables = [
      `WEIR_DATA_DIR=${this.directory}`,
      `WEIR_LEDGER_URL=${this.options.postgresUrl ?? ''}`,
    ];
    // `env` becomes the process, so that its pid is the one to signal.
    const child = spawn('env', [...variables, process.execPath, WEIR, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#processes.set(name, child);
    this.#open.defer(() => ended(child, 'SIGKILL'));
    createInterface({ input: child.stderr }).on('line', (line) =>
      this.logs.push(`${name}: ${line}`),
    );
    const lines = createInterface({ input: child.stdout });
    const ready = await Promise.race([once(lines, 'line'), once(child, 'exit')]);
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        `${name} ended before it was ready (${String(ready[0])}):\n${this.logs.join('\n')}`,
      );
    }
  }

  /** The process of a part, to be killed, stopped or measured. */
  pidOf(part: ClusterPart): number {
    return this.#processes.get(part)?.pid ?? 0;
  }

  /** Ends a part with a signal; resolves to its exit code once it is gone. */
  async end(part: ClusterPart, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const child = this.#processes.get(part);
    if (!child) throw new Error(`${part} is not running`);
    await ended(child, signal);
    return child.exitCode;
  }

  /** `weir replay FILE --json` against this cluster: its report, and whether it was content. */
  replay(file: string, ...words: readonly string[]): Promise<ReplayReport> {
    const args = [
      WEIR,
      'replay',
      file,
      '--json',
      '--config',
      this.configFile,
      '--provider-log',
      this.simulatorUrl,
      ...words,
    ];
    return new Promise((resolve, reject) => {
      const options = { maxBuffer: 256 * 1024 * 1024 };
      execFile(process.execPath, args, options, (error, stdout, stderr) => {
        try {
          resolve(JSON.parse(stdout) as ReplayReport);
        } catch {
          reject(new Error(`replay failed: ${error?.message}\n${stderr}`));
        }
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.disposeAsync();
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

/** What `weir replay --json` prints; see services/host/src/replay/report.ts. */
export interface ReplayReport {
  readonly questions: number;
  readonly failed: number;
  readonly reconnects: number;
  readonly quality: number | null;
  readonly strongQuality: number | null;
  readonly escalatedShare: number;
  readonly latencyMs: Readonly<Record<'p50' | 'p95' | 'p99' | 'max', number>>;
  readonly ledger: {
    readonly requests: number;
    readonly attempts: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly spentUsd: string;
    readonly frontierOnlyUsd: string;
    readonly billShare: number | null;
    readonly inexactAttempts: number;
  };
  readonly reconciliation: {
    readonly agrees: boolean;
    readonly servedByProvider: number;
    readonly inLedger: number;
    readonly missing: number;
    readonly unserved: number;
    readonly repeated: number;
    readonly different: number;
    readonly inexact: number;
    readonly ledgerUsd: string;
    readonly providerUsd: string;
  } | null;
  readonly runId: string;
}
