import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { judgeProbe, probeChat } from '@weir/cascade';
import type { AttemptSettled, Served } from '@weir/core';
import { DraftService } from '@weir/draft';
import { Metrics, systemClock } from '@weir/runtime';
import { type ServedTokens, type Simulator, startSimulator } from '@weir/simulator';
import { freePort, makeModelCall, silentLog } from '@weir/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PriceBook, timeless } from '../../packages/pricing/src/index.ts';
import { DIALECTS, type DialectName } from '../../packages/providers/src/index.ts';
import {
  type Deployment,
  type DraftingEndpoint,
  EndpointWatch,
  Ladder,
  type ProbeSettings,
  Upstream,
} from '../../packages/upstream/src/index.ts';

/** Whether the log-probabilities of an endpoint may be believed is found out over real sockets, and paid like any call. */

const NAME = 'local/weak';
const PRICES = new PriceBook(
  new Map([[NAME, timeless({ inputPicoUsd: 60_000n, outputPicoUsd: 60_000n })]]),
  'book',
);
const LIMITS = { connectMs: 2000, firstTokenMs: 5000, idleMs: 5000, totalMs: 10_000 };
const PROBE: ProbeSettings = {
  enabled: true,
  everyMs: 3_600_000,
  lookMs: 20,
  timeoutMs: 5000,
  maxReplyBytes: 1_000_000,
};

let simulator: Simulator;
let port: number;
beforeEach(async () => {
  const settings = { host: '127.0.0.1', firstTokenMs: 0, tokenMs: 0, maxLogEntries: 1000 };
  ({ simulator, port } = await startSimulator({ ...settings, port: 0 }));
});
afterEach(() => simulator[Symbol.asyncDispose]());

/** As an engine is restarted with other settings. */
async function restart(settings: object): Promise<void> {
  const body = JSON.stringify(settings);
  const { ok } = await fetch(`http://127.0.0.1:${port}/__engines/draft`, { method: 'POST', body });
  expect(ok).toBe(true);
}

async function servedBySimulator(): Promise<ServedTokens[]> {
  const text = await (await fetch(`http://127.0.0.1:${port}/__log?from=0`)).text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ServedTokens);
}

function deploymentAt(at: number, dialect: DialectName = 'vllm'): Deployment {
  return {
    name: NAME,
    provider: 'local',
    model: 'weak',
    dialect: DIALECTS[dialect],
    baseUrl: `http://127.0.0.1:${at}/draft/v1`,
    headers: {},
    timeouts: LIMITS,
    breaker: { failurePercentage: 100, minCalls: 1_000_000, windowMs: 10_000, resetAfterMs: 1000 },
    maxConnections: 4,
    maxReplyBytes: 1_000_000,
    maxOutputTokens: 1000,
    unsupportedParameters: 'refuse',
    onCancel: 'abort',
  };
}

/** An upstream that books what it spends, and the watch beside it. */
class Stage implements AsyncDisposable {
  readonly settled: AttemptSettled[] = [];
  readonly logged: { readonly finding?: string }[] = [];
  readonly metrics = new Metrics('test');
  readonly upstream: Upstream;
  readonly ladder: Ladder;
  readonly watch: EndpointWatch;
  readonly endpoint: DraftingEndpoint;

  constructor(deployment: Deployment, probe: Partial<ProbeSettings> = {}) {
    const shared = { clock: systemClock, metrics: this.metrics };
    this.upstream = new Upstream({
      ...shared,
      log: silentLog,
      journal: {
        open: async () => {},
        settle: (attempt) => this.settled.push(attempt),
        record: () => {},
      },
      prices: PRICES,
      maxEventCharacters: 1_000_000,
      drains: { maxMs: 1000, maxCalls: 8 },
      onAnswered: (name, identity) => this.watch.answered(name, identity),
    });
    const { upstream } = this;
    const retries = { random: () => 0, retryBaseMs: 1, retryMaxMs: 1 };
    this.ladder = new Ladder({ ...shared, ...retries, upstream });
    this.endpoint = { deployment, topLogprobs: 5, probe: { ...PROBE, ...probe } };
    const note = (fields: object) => void this.logged.push(fields);
    this.watch = new EndpointWatch({
      ...shared,
      log: { ...silentLog, info: note, warn: note } as typeof silentLog,
      upstream: this.upstream,
      endpoints: [this.endpoint],
      logprobProbe: { chat: probeChat, judge: judgeProbe },
    });
  }

  /** What is known of whoever answers as this model. */
  known(servedModel = 'weak') {
    return this.watch.endpointOf(NAME, servedModel);
  }

  get probes(): readonly AttemptSettled[] {
    return this.settled.filter(({ role }) => role === 'probe');
  }

  async gauge(): Promise<readonly string[]> {
    const { text } = await this.metrics.render();
    return text.split('\n').filter((line) => line.startsWith('weir_draft_logprobs_trusted{'));
  }

  /** One draft, as the gateway has it made. */
  async draft(stream = false): Promise<Served> {
    const { deployment } = this.endpoint;
    const rungs = [{ tier: 'draft', deployment, maxAttempts: 1 }];
    const call = makeModelCall({}, { topLogprobs: 5, maxOutputTokens: 4 });
    const drafts = new DraftService(
      this.ladder,
      new Map([[call.context.route, rungs]]),
      this.watch,
    );
    const { signal } = new AbortController();
    if (!stream) return drafts.generate(call, signal);
    for await (const event of drafts.stream(call, signal)) {
      if (event.type === 'end') return event.served;
    }
    throw new Error('the stream did not end');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watch[Symbol.asyncDispose]();
    await this.upstream[Symbol.asyncDispose]();
  }
}

const patiently = { timeout: 10_000, interval: 10 };

describe('an endpoint that drafts', () => {
  test('is trusted when its probe is sound, and the probe is in the ledger as it was served', async () => {
    await using stage = new Stage(deploymentAt(port), { lookMs: 60_000 });
    expect(stage.known()).toMatchObject({ logprobsTrusted: undefined });
    stage.watch.start();
    await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(true), patiently);
    const [probe, ...others] = stage.probes;
    expect(others).toEqual([]);
    expect(probe).toMatchObject({
      tenant: 'weir',
      keyId: 'probe',
      route: NAME,
      role: 'probe',
      outcome: 'completed',
      provenance: 'reported',
    });
    const [served] = await servedBySimulator();
    expect(served?.id).toBe(probe?.attemptId);
    const { promptTokens = 0, completionTokens = 0 } = served ?? {};
    expect(probe?.costPicoUsd).toBe(BigInt(promptTokens + completionTokens) * 60_000n);
    expect(await stage.gauge()).toEqual([expect.stringMatching(/finding="sound".* 1$/)]);
    expect(stage.logged).toMatchObject([{ finding: 'sound', engine: 'vllm', version: 'sim-1' }]);
  });

  test('that fills its log-probabilities in is not trusted, and that is said once', async () => {
    await restart({ fault: 'zerofill', speculates: true });
    await using stage = new Stage(deploymentAt(port), { everyMs: 20 });
    stage.watch.start();
    await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(false), patiently);
    await vi.waitFor(() => expect(stage.probes.length).toBeGreaterThan(2), patiently);
    expect(await stage.gauge()).toEqual([expect.stringMatching(/finding="zero_filled".* 0$/)]);
    expect(stage.logged).toMatchObject([{ finding: 'zero_filled', speculation: 'on' }]);
  });

  test('of another version is another one, and is probed anew', async () => {
    await using stage = new Stage(deploymentAt(port));
    stage.watch.start();
    await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(true), patiently);
    const before = stage.known();
    await restart({ version: 'sim-2', fault: 'zerofill' });
    await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(false), patiently);
    expect(stage.known()?.fingerprint).not.toBe(before?.fingerprint);
    // The old one again, as it was: what was found out about it then was long ago.
    await restart({ version: 'sim-1', fault: null });
    await vi.waitFor(() => expect(stage.known()).toEqual(before), patiently);
    expect(stage.probes).toHaveLength(3);
    expect(await stage.gauge()).toHaveLength(1);
  });

  test('is the same one after a restart of Weir', async () => {
    const fingerprints: (string | undefined)[] = [];
    for (let round = 0; round < 2; round++) {
      await using stage = new Stage(deploymentAt(port));
      stage.watch.start();
      await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(true), patiently);
      fingerprints.push(stage.known()?.fingerprint);
    }
    expect(new Set(fingerprints).size).toBe(1);
  });

  test('that is away at the start is not known, costs nothing, and is probed when it is back', async () => {
    const away = await freePort();
    await using stage = new Stage(deploymentAt(away));
    stage.watch.start();
    await expect(stage.draft()).rejects.toMatchObject({ fault: { kind: 'upstream_unavailable' } });
    expect(stage.known()).toMatchObject({ logprobsTrusted: undefined });
    expect(stage.probes).toEqual([]);
    const settings = { host: '127.0.0.1', port: away, firstTokenMs: 0, tokenMs: 0 };
    const { simulator: back } = await startSimulator({ ...settings, maxLogEntries: 100 });
    await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(true), patiently);
    await back[Symbol.asyncDispose]();
  });

  test('whose probe fails is not known, and is probed again', async () => {
    await restart({ fault: 'e500' });
    await using stage = new Stage(deploymentAt(port));
    stage.watch.start();
    await vi.waitFor(() => expect(stage.probes.length).toBeGreaterThan(1), patiently);
    expect(stage.known()).toMatchObject({ logprobsTrusted: undefined });
    expect(stage.probes[0]).toMatchObject({ outcome: 'failed', costPicoUsd: 0n });
    await restart({ fault: null });
    await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(true), patiently);
  });

  test('that answers with another model is another one, of which nothing is known', async () => {
    await using stage = new Stage(deploymentAt(port), { lookMs: 60_000 });
    stage.watch.start();
    await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(true), patiently);
    const other = stage.known('some-other-model');
    expect(other?.logprobsTrusted).toBeUndefined();
    expect(other?.fingerprint).not.toBe(stage.known()?.fingerprint);
  });

  test('that is not to be probed is asked nothing, and still has a name', async () => {
    await using stage = new Stage(deploymentAt(port), { enabled: false });
    stage.watch.start();
    const { endpoint } = await stage.draft();
    expect(endpoint).toEqual(stage.known());
    expect(endpoint).toMatchObject({ fingerprint: expect.stringMatching(/^[0-9a-f]{20}$/) });
    expect(endpoint?.logprobsTrusted).toBeUndefined();
    expect((await servedBySimulator()).map(({ id }) => id)).toEqual([stage.settled[0]?.attemptId]);
  });

  test('is told with every draft, whole or streamed', async () => {
    await using stage = new Stage(deploymentAt(port));
    stage.watch.start();
    await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(true), patiently);
    for (const stream of [false, true]) {
      const { endpoint } = await stage.draft(stream);
      expect(endpoint).toEqual(stage.known());
      expect(endpoint?.logprobsTrusted).toBe(true);
    }
  });

  test('does not keep Weir from ending, and its probe is settled', async () => {
    await restart({ fault: 'hang' });
    const stage = new Stage(deploymentAt(port));
    stage.watch.start();
    await vi.waitFor(
      async () => expect((await servedBySimulator()).length).toBeGreaterThan(0),
      patiently,
    );
    await stage[Symbol.asyncDispose]();
    expect(stage.probes).toMatchObject([{ outcome: 'cancelled' }]);
  });
});

/** A server of which nothing is known, that says which build answered. */
class Stub {
  readonly server: Server;
  build = 'fp-1';
  readonly asked: string[] = [];
  /** What it says under these paths; everything else is elsewhere. */
  readonly pages = new Map<string, readonly [status: number, body: string]>();

  constructor() {
    this.server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      const page = this.pages.get(request.url ?? '');
      if (page) {
        response.writeHead(page[0]).end(page[1]);
        return;
      }
      if (request.method === 'GET') {
        response.writeHead(302, { location: 'http://127.0.0.1:9/elsewhere' }).end();
        return;
      }
      request.resume().on('end', () => response.end(JSON.stringify(this.#reply())));
    });
  }

  #reply(): object {
    const words = ['wal', 'nut ', 'co', 'met ', 'mist', 'ral ', 'ze', 'ro '];
    const content = words.map((token, at) => {
      const alternative = (rank: number) => ({ token: `${rank}`, logprob: -3 - rank - at / 10 });
      const own = { token, logprob: -0.5 - at / 10 };
      return { ...own, top_logprobs: [own, alternative(1), alternative(2)] };
    });
    const message = { role: 'assistant', content: words.join('') };
    return {
      id: 'c',
      model: 'weak',
      system_fingerprint: this.build,
      choices: [{ index: 0, message, finish_reason: 'length', logprobs: { content } }],
      usage: { prompt_tokens: 9, completion_tokens: 8, total_tokens: 17 },
    };
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

test('an answer by another build than the last has its endpoint probed again', async () => {
  await using stub = new Stub();
  const at = await stub.listen();
  await using stage = new Stage(deploymentAt(at, 'openai-compatible'));
  stage.watch.start();
  await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(true), patiently);
  const before = stage.known();
  await stage.draft();
  expect(stage.probes).toHaveLength(1);
  stub.build = 'fp-2';
  await stage.draft();
  await vi.waitFor(() => expect(stage.probes).toHaveLength(2), patiently);
  // Vendors have several builds at work at once: they are not different endpoints, and are not probed for ever.
  expect(stage.known()).toEqual(before);
  const looks = () => stub.asked.filter((line) => line.startsWith('GET')).length;
  for (const build of ['fp-1', 'fp-2', 'fp-1']) {
    stub.build = build;
    await stage.draft();
    const soFar = looks();
    await vi.waitFor(() => expect(looks()).toBeGreaterThan(soFar + 1), patiently);
  }
  expect(stage.probes).toHaveLength(2);
});

test('questions about itself go to the configured address only, with its key', async () => {
  await using stub = new Stub();
  const at = await stub.listen();
  const headers = { authorization: 'Bearer k-1' };
  await using stage = new Stage({ ...deploymentAt(at, 'openai-compatible'), headers });
  stage.watch.start();
  await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(true), patiently);
  expect(stub.asked.slice(0, 2)).toEqual([
    'GET /draft/v1/models Bearer k-1',
    'POST /draft/v1/chat/completions Bearer k-1',
  ]);
});

test('an engine that is too busy to tell is not another one, and pages that are too long tell nothing', async () => {
  await using stub = new Stub();
  const at = await stub.listen();
  const counting = 'vllm:spec_decode_num_drafts_total{engine="0"} 1.0\n';
  stub.pages.set('/draft/version', [200, '{"version":"1"}']);
  stub.pages.set('/draft/metrics', [200, counting]);
  await using stage = new Stage(deploymentAt(at), { maxReplyBytes: 1000 });
  const looks = () => stub.asked.filter((line) => line.includes('/draft/version')).length;
  const looksOnce = async () => {
    const before = looks();
    await vi.waitFor(() => expect(looks()).toBeGreaterThan(before + 1), patiently);
  };
  stage.watch.start();
  await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(true), patiently);
  const before = stage.known();
  stub.pages.set('/draft/version', [503, 'busy']);
  await looksOnce();
  expect(stage.known()).toEqual(before);
  stub.pages.set('/draft/metrics', [200, counting + '#'.repeat(1000)]);
  await looksOnce();
  expect(stage.known()).toEqual(before);
  expect(stage.probes).toHaveLength(1);
  stub.pages.set('/draft/version', [200, '{"version":"2"}']);
  await vi.waitFor(() => expect(stage.probes).toHaveLength(2), patiently);
  await vi.waitFor(() => expect(stage.known()?.logprobsTrusted).toBe(true), patiently);
  expect(stage.known()?.fingerprint).not.toBe(before?.fingerprint);
});
