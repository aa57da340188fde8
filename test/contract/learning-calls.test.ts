import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig, readEnvironment, Secrets } from '@weir/config';
import type { Comparison, InferenceCall, Journal, LedgerEvent, Scorer, Verdict } from '@weir/core';
import { DraftService } from '@weir/draft';
import { EscalationService } from '@weir/escalation';
import { GatewayService } from '@weir/gateway';
import { LedgerService, SqliteStore } from '@weir/ledger';
import { Metrics, systemClock } from '@weir/runtime';
import { type ServedTokens, startSimulator } from '@weir/simulator';
import { makeJudgement, silentLog, temporaryDirectory } from '@weir/testkit';
import { Ladder, Upstream } from '@weir/upstream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { priceBook } from '../../services/host/src/prices/price-book.ts';
import {
  budgets,
  deployments,
  draftRungs,
  escalationPlans,
  gatewayRoutes,
} from '../../services/host/src/settings.ts';

/**
 * What is asked beside an answer, to judge it or to learn from it: from the gateway down to providers on real sockets,
 * and back up into a ledger with budgets.
 */

const LIMIT = 10n ** 12n;

let origin: string;
let close: () => Promise<void>;
beforeAll(async () => {
  const settings = { firstTokenMs: 0, tokenMs: 0, maxLogEntries: 10_000 };
  const { simulator, port } = await startSimulator({ host: '127.0.0.1', port: 0, ...settings });
  origin = `http://127.0.0.1:${port}`;
  close = () => simulator[Symbol.asyncDispose]();
});
afterAll(() => close());

function configText(): string {
  const price = (usd: string) => `{ price: { inputUsdPerMTok: ${usd}, outputUsdPerMTok: ${usd} } }`;
  return `providers:
  small: { baseUrl: ${origin}/draft/v1, models: { weak: ${price('0.06')} } }
  large: { baseUrl: ${origin}/frontier/v1, models: { strong: ${price('1')} } }
  wise: { baseUrl: ${origin}/spare/v1, models: { strong: ${price('3')} } }
routes:
  support: { draft: small/weak, scorer: { target: { quality: 0.99 }, buy: judge, judge: wise/strong }, escalate: [{ model: large/strong }] }
tenants:
  acme: { keys: [{ id: k1, sha256: ${'ab'.repeat(32)}, budget: { usd: '1' } }] }
`;
}

/** Everything of a Weir but its faces and its scorer. */
class Stage implements Journal, AsyncDisposable {
  readonly #open: AsyncDisposableStack;
  readonly ledger: LedgerService;
  readonly gateway: GatewayService;
  #booking: Promise<void> = Promise.resolve();

  private constructor(open: AsyncDisposableStack, store: SqliteStore, scorer: Scorer) {
    this.#open = open;
    const config = parseConfig(configText(), 'test');
    const prices = priceBook(config);
    const own = { watchBatch: 16, watchPollMs: 1000, clock: systemClock };
    this.ledger = new LedgerService({ store, budgets: budgets(config), ...own });
    const shared = { clock: systemClock, metrics: new Metrics('test'), log: silentLog };
    const drains = { maxMs: 1000, maxCalls: 1 };
    const upstream = open.use(
      new Upstream({ ...shared, journal: this, prices, maxEventCharacters: 1e6, drains }),
    );
    const retries = { random: () => 0, retryBaseMs: 1, retryMaxMs: 1 };
    const ladder = new Ladder({ ...shared, upstream, ...retries });
    const all = deployments(config, new Secrets(readEnvironment({})));
    this.gateway = new GatewayService({
      ...shared,
      draft: new DraftService(ladder, draftRungs(config, all), { endpointOf: () => undefined }),
      scorer,
      escalation: new EscalationService(ladder, escalationPlans(config, all)),
      ledger: this.ledger,
      journal: this,
      routes: gatewayRoutes(config, prices),
      budgeted: new Set(budgets(config).keys()),
      holdGraceMs: 60_000,
      random: () => 0,
      shadowTimeoutMs: 10_000,
      maxShadowCalls: 4,
    });
  }

  static async open(scorer: Scorer): Promise<Stage> {
    await using open = new AsyncDisposableStack();
    const { path } = open.use(await temporaryDirectory());
    const store = open.use(new SqliteStore(`${path}/ledger.db`));
    return new Stage(open.move(), store, scorer);
  }

  async open(): Promise<void> {}

  settle(event: LedgerEvent): void {
    this.record(event);
  }

  record(event: LedgerEvent): void {
    this.#booking = this.#booking.then(() => this.ledger.settle([event]));
  }

  /** What the ledger has of the request, once nothing more is asked for it. */
  async booked(requestId: string): Promise<LedgerEvent[]> {
    await this.gateway.finishShadows(10_000);
    await this.#booking;
    const entries = await this.ledger.request({ tenant: 'acme', requestId });
    return entries.map(({ event }) => event);
  }

  /** Whether so much could be held beside what is held and settled already. */
  async hasRoomFor(amountPicoUsd: bigint): Promise<boolean> {
    await this.#booking;
    const who = { tenant: 'acme', keyId: 'k1', requestId: `probe_${++probes}` };
    const hold = this.ledger.hold({ ...who, amountPicoUsd, expiresInMs: 1 });
    const isGranted = await hold.then(
      () => true,
      () => false,
    );
    await sleep(5);
    return isGranted;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#open.disposeAsync();
  }
}

let probes = 0;
const NEVER = new AbortController().signal;
const SAID: Comparison = {
  draftRight: 1,
  frontierRight: 1,
  example: {
    endpoint: 'e',
    signals: { set: 's', values: [0.5] },
    ngrams: [1, 2],
    relativeCost: 1,
  },
};

function scorerOf(verdicts: readonly Partial<Verdict>[]): Scorer {
  const next = [...verdicts];
  return {
    score: async () => ({
      decision: 'accept',
      confidence: 0.9,
      threshold: null,
      evidence: 'logprobs',
      reasons: [],
      judgement: makeJudgement(),
      ...next.shift(),
    }),
    plan: async () => ({ draft: true, escalationChance: null }),
    compare: async () => SAID,
  };
}

function asking(requestId: string): InferenceCall {
  return {
    principal: { tenant: 'acme', keyId: 'k1' },
    requestId,
    model: 'support',
    chat: { messages: [{ role: 'user', content: '[[say:It is on its way.]]' }] },
    tags: {},
  };
}

/** What the providers say they served for a request. */
async function servedFor(requestId: string): Promise<string[]> {
  const log = await (await fetch(`${origin}/__log`)).text();
  const lines = log.split('\n').filter((line) => line !== '');
  const ids = lines.map((line) => (JSON.parse(line) as ServedTokens).id);
  return ids.filter((id) => id.startsWith(`${requestId}.`));
}

test('a shadow call is an attempt of its request, paid from what was held for it, and the hold ends with it', async () => {
  await using stage = await Stage.open(scorerOf([{ shadowChance: 1 }]));
  const end = await stage.gateway.complete(asking('req_shadow'), NEVER);
  expect(end.servedBy).toBe('draft');
  expect(await stage.hasRoomFor(LIMIT - end.costPicoUsd)).toBe(false);
  const events = await stage.booked('req_shadow');
  const attempts = events.filter((event) => event.type === 'attempt.settled');
  expect(attempts.map(({ attemptId, route }) => [attemptId, route])).toEqual([
    ['req_shadow.draft.1', 'support'],
    ['req_shadow.shadow.1', 'support'],
  ]);
  expect(await servedFor('req_shadow')).toEqual(attempts.map(({ attemptId }) => attemptId));
  expect(events.slice(2)).toMatchObject([
    { type: 'request.completed', attempts: 2, decision: 'accept', judgement: makeJudgement() },
    { type: 'draft.labelled', source: 'shadow', propensity: 1, example: SAID.example },
  ]);
  const spent = attempts.reduce((sum, { costPicoUsd }) => sum + (costPicoUsd ?? 0n), 0n);
  expect(spent).toBeGreaterThan(end.costPicoUsd);
  expect(await stage.hasRoomFor(LIMIT - spent)).toBe(true);
  expect(await stage.hasRoomFor(LIMIT - spent + 1n)).toBe(false);
});

test.each([
  ['second_draft', 'small', 'draft'],
  ['judge', 'wise', 'judge'],
] as const)(
  'evidence that is bought is an attempt of its request: %s',
  async (kind, provider, tier) => {
    const { chat } = asking('');
    const first = { buy: { kind, chat }, confidence: 0.5 };
    await using stage = await Stage.open(scorerOf([first, { decision: 'escalate' }]));
    const requestId = `req_${kind}`;
    const end = await stage.gateway.complete(asking(requestId), NEVER);
    expect(end.servedBy).toBe('primary');
    const events = await stage.booked(requestId);
    expect(events.filter((event) => event.type === 'attempt.settled')).toMatchObject([
      { role: 'draft', route: 'support' },
      { attemptId: `${requestId}.${kind}.1`, role: kind, route: 'support', provider, tier },
      { role: 'escalation', route: 'support' },
    ]);
    expect(await servedFor(requestId)).toHaveLength(3);
    expect(events.at(-1)).toMatchObject({ type: 'request.completed', attempts: 3 });
  },
);

test('an opinion of an answer becomes a label of the request that the ledger knows', async () => {
  await using stage = await Stage.open(scorerOf([{}]));
  await stage.gateway.complete(asking('req_liked'), NEVER);
  await stage.booked('req_liked');
  const { principal } = asking('');
  const opinion = { principal, requestId: 'req_liked', score: 1 };
  expect(await stage.gateway.feedback(opinion, NEVER)).toEqual({ learned: true });
  await stage.booked('req_liked');
  expect(await stage.gateway.feedback(opinion, NEVER)).toEqual({ learned: true });
  const labels = (await stage.booked('req_liked')).filter(({ type }) => type === 'draft.labelled');
  expect(labels).toMatchObject([
    {
      labelId: 'req_liked.label.feedback.1',
      draftRight: 1,
      example: { signals: makeJudgement().signals, relativeCost: makeJudgement().relativeCost },
    },
  ]);
  const stranger = { tenant: 'globex', keyId: 'k1' };
  const stolen = stage.gateway.feedback({ ...opinion, principal: stranger }, NEVER);
  await expect(stolen).rejects.toMatchObject({ kind: 'request_not_found' });
});
