import { join } from 'node:path';
import { MemoryBus, NatsBus } from '@weir/bus';
import { type Config, ConfigError, type Environment, Secrets } from '@weir/config';
import type { Draft, Escalation, EventBus, Ledger, Scorer } from '@weir/core';
import { DraftService } from '@weir/draft';
import { EscalationService } from '@weir/escalation';
import {
  Admission,
  Authenticator,
  GatewayService,
  HttpFace,
  Idempotency,
  type ModelEntry,
  retirementHeaders,
  type VirtualKey,
} from '@weir/gateway';
import { DurableJournal, Relay } from '@weir/journal';
import { LedgerService, type LedgerStore, PostgresStore, SqliteStore } from '@weir/ledger';
import type { PriceBook } from '@weir/pricing';
import {
  type Channel,
  dialDraft,
  dialEscalation,
  dialLedger,
  dialScorer,
  RpcServer,
  serveDraft,
  serveEscalation,
  serveInference,
  serveLedger,
  serveLedgerReading,
  serveScorer,
} from '@weir/rpc';
import { type Log, Metrics, newId, systemClock } from '@weir/runtime';
import { ScorerService } from '@weir/scorer';
import { type Deployment, type EndpointWatch, Ladder, Upstream } from '@weir/upstream';
import { isLoopback, splitAddress } from './address.ts';
import { watchDrafts } from './endpoint-watch.ts';
import { endingDeployments, endingRoutes, modelEntries } from './models/catalogue.ts';
import { modelFacts } from './models/model-facts.ts';
import { RetirementWatch } from './models/retirement-watch.ts';
import { openChannel } from './open-channel.ts';
import { OperationsServer } from './operations-server.ts';
import type { Plan, ServiceName } from './plan.ts';
import { shippedBook } from './prices/files.ts';
import { keepPrices } from './prices/kept-prices.ts';
import { idleConditions, priceBook, unpricedHint, unpricedModels } from './prices/price-book.ts';
import { learnedRoutes, scorersDirectory, scoringRoutes, startLearning } from './scoring.ts';
import {
  budgets,
  deployments,
  draftRungs,
  escalationPlans,
  gatewayRoutes,
  pricesByName,
  virtualKeys,
} from './settings.ts';

export interface RunningWeir {
  readonly httpPort: number | undefined;
  readonly grpcPort: number | undefined;
  /** Health off, streams finished or told, journal emptied; then everything is closed. */
  stop(): Promise<void>;
}

/** The least that the journal is given to empty itself at the end. */
const LAST_RELAY_MS = 2000;
/** A model ends at midnight; nobody needs to know it sooner than a minute later. */
const RETIREMENT_LOOK_MS = 60_000;

/** Where each port comes from: this process, or an address. */
interface Services {
  readonly draft: Draft | undefined;
  readonly scorer: Scorer | undefined;
  readonly escalation: Escalation | undefined;
  readonly ledger: Ledger | undefined;
}

/** The composition root: the one place that knows what is here and what is an address away. */
export class Weir implements RunningWeir {
  readonly #config: Config;
  readonly #prices: PriceBook;
  readonly #models: ReadonlyMap<string, ModelEntry>;
  readonly #plan: Plan;
  readonly #log: Log;
  readonly #dataDir: string;
  readonly #metrics: Metrics;
  readonly #open = new AsyncDisposableStack();
  readonly #keys: readonly VirtualKey[];
  readonly #deployments: ReadonlyMap<string, Deployment>;
  readonly #secrets: Secrets;
  #journal: DurableJournal | undefined;
  #relay: Relay | undefined;
  #upstream: Upstream | undefined;
  #watch: EndpointWatch | undefined;
  #gateway: GatewayService | undefined;
  #http: HttpFace | undefined;
  #grpc: RpcServer | undefined;
  #servers: RpcServer[] = [];
  #ready = false;
  httpPort: number | undefined;
  grpcPort: number | undefined;

  private constructor(config: Config, environment: Environment, plan: Plan, log: Log) {
    this.#config = config;
    const shipped = shippedBook();
    this.#prices = priceBook(config, shipped);
    const facts = modelFacts(config, shipped);
    this.#models = modelEntries(config, facts, this.#prices);
    this.#plan = plan;
    this.#log = log;
    this.#dataDir = environment.dataDir;
    this.#metrics = new Metrics(plan.name);
    this.#secrets = new Secrets(environment);
    this.#keys = plan.gateway ? virtualKeys(config, this.#secrets) : [];
    const calls = plan.local.has('draft') || plan.local.has('escalation');
    this.#deployments = calls
      ? endingDeployments(deployments(config, this.#secrets), facts)
      : new Map();
  }

  static async start(
    config: Config,
    environment: Environment,
    plan: Plan,
    log: Log,
  ): Promise<RunningWeir> {
    const weir = new Weir(config, environment, plan, log);
    try {
      await weir.#start();
    } catch (error) {
      await weir.#open.disposeAsync();
      throw error;
    }
    return weir;
  }

  async #start(): Promise<void> {
    this.#refuseOpenDoor();
    const store = this.#plan.local.has('ledger') ? await this.#openStore() : undefined;
    const bus = await this.#openBus();
    const ledger = store ? await this.#runLedger(store, bus) : this.#dialed('ledger', dialLedger);
    await this.#openJournal(bus);
    await this.#startSimulator();
    const ladder = this.#ladder();
    const services: Services = {
      ledger,
      scorer: this.#plan.local.has('scorer')
        ? this.#scorer(ledger)
        : this.#dialed('scorer', dialScorer),
      draft: this.#plan.local.has('draft')
        ? this.#draft(ladder())
        : this.#dialed('draft', dialDraft),
      escalation: this.#plan.local.has('escalation')
        ? new EscalationService(ladder(), escalationPlans(this.#config, this.#deployments))
        : this.#dialed('escalation', dialEscalation),
    };
    for (const service of this.#plan.served) await this.#serve(service, services);
    if (this.#plan.gateway) await this.#startGateway(services);
    await this.#startOperations();
    this.#ready = true;
    for (const server of this.#servers) server.setServing(true);
  }

  /** Without tenants anybody who reaches the port may spend money, so only this machine may reach it. */
  #refuseOpenDoor(): void {
    const { gateway, tenants } = this.#config;
    if (!this.#plan.gateway || Object.keys(tenants).length > 0 || isLoopback(gateway.host)) return;
    throw new ConfigError('the configuration', [
      {
        path: 'gateway.host',
        message: `"${gateway.host}" is reachable from outside, and no tenant is configured: add tenants with keys, or use 127.0.0.1`,
      },
    ]);
  }

  async #openStore(): Promise<LedgerStore> {
    const { ledger } = this.#config;
    if (ledger.store === 'sqlite') {
      return this.#open.use(new SqliteStore(join(this.#dataDir, 'ledger.db')));
    }
    const url = this.#secrets.resolve(ledger.url ?? '', 'ledger.url');
    this.#secrets.check();
    return this.#open.use(await PostgresStore.open({ ...ledger, url }));
  }

  /** A process that neither spends nor books has nothing to say on NATS. */
  async #openBus(): Promise<EventBus> {
    const { gateway, local } = this.#plan;
    const needed = gateway || local.has('draft') || local.has('escalation') || local.has('ledger');
    const nats = needed ? this.#natsOptions() : undefined;
    this.#secrets.check();
    return nats ? this.#open.use(await NatsBus.open(nats)) : new MemoryBus();
  }

  #natsOptions() {
    const { nats } = this.#config;
    if (!nats) return undefined;
    const secret = (reference: string | undefined, path: string) =>
      reference === undefined ? undefined : this.#secrets.resolve(reference, path);
    return {
      ...nats,
      password: secret(nats.password, 'nats.password'),
      token: secret(nats.token, 'nats.token'),
      name: `weir ${this.#plan.name}`,
      onStatus: (status: string) => this.#log.warn({ status }, 'NATS'),
      onPoison: (subject: string, reason: string) =>
        this.#log.error({ subject, reason }, 'a cost event was put aside'),
    };
  }

  async #runLedger(store: LedgerStore, bus: EventBus): Promise<Ledger> {
    const { watchBatch, watchPollMs } = this.#config.ledger;
    const ledger = new LedgerService({
      store,
      clock: systemClock,
      budgets: budgets(this.#config),
      watchBatch,
      watchPollMs,
    });
    this.#open.use(await bus.consume((events) => ledger.settle(events)));
    return ledger;
  }

  /** Gateways record requests, draft and escalation record attempts; the others spend nothing. */
  async #openJournal(bus: EventBus): Promise<void> {
    const { gateway, local, name } = this.#plan;
    if (!gateway && !local.has('draft') && !local.has('escalation')) return;
    const { limits } = this.#config;
    this.#journal = await DurableJournal.start({
      path: join(this.#dataDir, `journal-${name}`),
      maxWaitingEvents: limits.journalWaitingEvents,
      maxBufferedEvents: limits.journalBufferedEvents,
      maxSegmentBytes: limits.journalSegmentBytes,
      lingerMs: limits.journalLingerMs,
      clock: systemClock,
      log: this.#log,
    });
    this.#open.use(this.#journal);
    this.#relay = new Relay(this.#journal, bus, {
      batchEvents: limits.relayBatchEvents,
      lingerMs: limits.relayLingerMs,
      retryMinMs: limits.relayRetryMinMs,
      retryMaxMs: limits.relayRetryMaxMs,
      log: this.#log,
    });
    this.#open.use(this.#relay);
    const journal = this.#journal;
    const waiting = this.#metrics.gauge(
      'weir_journal_waiting_events',
      'Events not yet on the bus',
      [],
    );
    const timer = setInterval(() => waiting.set(journal.waitingEvents), 1000);
    this.#open.defer(() => clearInterval(timer));
  }

  async #startSimulator(): Promise<void> {
    const { simulator } = this.#config;
    if (!simulator || !this.#plan.local.has('draft')) return;
    // Only here: its vocabulary and models are more than the rest of Weir together.
    const { startSimulatorThread } = await import('@weir/simulator');
    const { host, port } = splitAddress(simulator.listen);
    this.#open.use(await startSimulatorThread({ ...simulator, host, port }));
  }

  /** One upstream, and so one set of connections and breakers, for draft and escalation in one process. */
  #ladder(): () => Ladder {
    let ladder: Ladder | undefined;
    return () => {
      if (ladder) return ladder;
      if (!this.#journal) throw new TypeError('who calls providers has a journal');
      this.#openPrices();
      const { limits } = this.#config;
      const upstream = new Upstream({
        journal: this.#journal,
        prices: this.#prices,
        clock: systemClock,
        metrics: this.#metrics,
        log: this.#log,
        maxEventCharacters: limits.maxEventCharacters,
        drains: { maxMs: limits.cancelDrainMs, maxCalls: limits.maxCancelDrains },
        onAnswered: (deployment, identity) => this.#watch?.answered(deployment, identity),
      });
      this.#upstream = this.#open.use(upstream);
      ladder = new Ladder({
        upstream,
        clock: systemClock,
        metrics: this.#metrics,
        random: Math.random,
        retryBaseMs: limits.retryBaseMs,
        retryMaxMs: limits.retryMaxMs,
      });
      return ladder;
    };
  }

  #draft(ladder: Ladder): Draft {
    if (!this.#upstream) throw new TypeError('who has a ladder has an upstream');
    const surroundings = { upstream: this.#upstream, metrics: this.#metrics, log: this.#log };
    this.#watch = this.#open.use(watchDrafts(this.#config, this.#deployments, surroundings));
    this.#watch.start();
    return new DraftService(ladder, draftRungs(this.#config, this.#deployments), this.#watch);
  }

  /** What is spent can be computed again later, and what will be spent without a price is told before. */
  #openPrices(): void {
    keepPrices(this.#dataDir, this.#prices);
    for (const model of unpricedModels(this.#config, this.#prices, systemClock.nowMs())) {
      this.#log.warn({ model }, unpricedHint(model, this.#config));
    }
    for (const condition of idleConditions(this.#config, this.#prices)) {
      this.#log.warn({ condition }, 'a condition of the configuration moves no price');
    }
  }

  /** Drafts are judged by scorer models where a route has a target, which learn from the ledger's labels. */
  #scorer(ledger: Ledger | undefined): Scorer {
    const nowMs = systemClock.nowMs();
    const learned = learnedRoutes(this.#config, pricesByName(this.#config, this.#prices), nowMs);
    if (learned.size > 0) {
      this.#open.use(
        startLearning(learned, {
          config: this.#config,
          directory: scorersDirectory(this.#dataDir),
          ledger,
          log: this.#log,
          metrics: this.#metrics,
        }),
      );
    }
    return new ScorerService(scoringRoutes(this.#config, learned), Math.random);
  }

  #dialed<P>(service: ServiceName, dial: (channel: Channel) => P): P | undefined {
    const { address } = this.#config.services[service];
    const { gateway, local } = this.#plan;
    // A scorer that runs alone reads its labels there.
    const isNeeded = gateway || (service === 'ledger' && local.has('scorer'));
    if (!isNeeded || address === undefined) return undefined;
    const channel = openChannel(address, this.#config);
    this.#open.use(channel);
    return dial(channel);
  }

  #rpcServer(): RpcServer {
    const { limits } = this.#config;
    const server = new RpcServer({
      clock: systemClock,
      maxMessageBytes: limits.rpcMaxMessageBytes,
      maxCallsPerStream: limits.rpcMaxCallsPerStream,
      onInternal: (fault) => this.#log.error({ err: fault.cause }, 'a call failed'),
    });
    this.#servers.push(server);
    return server;
  }

  async #serve(
    service: ServiceName,
    { draft, scorer, escalation, ledger }: Services,
  ): Promise<void> {
    const server = this.#rpcServer();
    if (service === 'draft' && draft) serveDraft(server, draft, systemClock);
    if (service === 'scorer' && scorer) serveScorer(server, scorer);
    if (service === 'escalation' && escalation) serveEscalation(server, escalation, systemClock);
    if (service === 'ledger' && ledger) serveLedger(server, ledger);
    const { listen } = this.#config.services[service];
    await server.listen(listen ?? '127.0.0.1:0');
  }

  async #startGateway({ draft, scorer, escalation, ledger }: Services): Promise<void> {
    if (!draft || !scorer || !escalation || !ledger || !this.#journal) {
      throw new TypeError('the plan gave the gateway everything it needs');
    }
    const { gateway, limits } = this.#config;
    const routes = endingRoutes(gatewayRoutes(this.#config, this.#prices), this.#models);
    this.#watchRetirements();
    const inference = new GatewayService({
      draft,
      scorer,
      escalation,
      ledger,
      journal: this.#journal,
      clock: systemClock,
      metrics: this.#metrics,
      log: this.#log,
      routes,
      budgeted: new Set(budgets(this.#config).keys()),
      holdGraceMs: this.#config.ledger.holdGraceMs,
      random: Math.random,
      shadowTimeoutMs: limits.shadowTimeoutMs,
      maxShadowCalls: limits.maxShadowCalls,
    });
    this.#gateway = inference;
    const authenticator = new Authenticator(this.#keys);
    const admission = new Admission({ maxInFlight: limits.maxInFlight, clock: systemClock });
    this.#http = this.#httpFace(inference, authenticator, admission);
    this.httpPort = await this.#http.listen(gateway.host, gateway.httpPort);
    this.#grpc = this.#rpcServer();
    const authenticate = (authorization: string | undefined) =>
      authenticator.authenticate(authorization);
    serveInference(this.#grpc, inference, {
      authenticate,
      admit: (key, model) => admission.enter(key, model),
      newRequestId: () => newId('req'),
      notices: (model) =>
        retirementHeaders(this.#models.get(model)?.retirement, systemClock.nowMs()),
      limits: this.#config.limits,
    });
    serveLedgerReading(this.#grpc, ledger, authenticate);
    this.grpcPort = await this.#grpc.listen(`${gateway.host}:${gateway.grpcPort}`);
  }

  #watchRetirements(): void {
    const watch = new RetirementWatch({
      models: this.#models,
      clock: systemClock,
      log: this.#log,
      metrics: this.#metrics,
    });
    watch.look();
    const timer = setInterval(() => watch.look(), RETIREMENT_LOOK_MS);
    this.#open.defer(() => clearInterval(timer));
  }

  #httpFace(
    inference: GatewayService,
    authenticator: Authenticator,
    admission: Admission,
  ): HttpFace {
    const { limits } = this.#config;
    return new HttpFace({
      inference,
      authenticator,
      admission,
      idempotency: new Idempotency({
        maxEntries: limits.idempotencyEntries,
        ttlMs: limits.idempotencyTtlMs,
      }),
      clock: systemClock,
      log: this.#log,
      limits,
      models: this.#models,
      ready: () => this.#ready,
      metrics: () => this.#metrics.render(),
    });
  }

  async #startOperations(): Promise<void> {
    const names: (ServiceName | 'gateway')[] = this.#plan.gateway ? ['gateway'] : [];
    for (const name of [...names, ...this.#plan.served]) {
      const { operationsListen } =
        name === 'gateway' ? this.#config.gateway : this.#config.services[name];
      if (!operationsListen) continue;
      const server = new OperationsServer(this.#metrics, () => this.#ready);
      const { host, port } = splitAddress(operationsListen);
      await server.listen(host, port);
      this.#open.defer(() => server.close());
    }
  }

  async stop(): Promise<void> {
    const { drainMs } = this.#config.limits;
    const startedAtMs = systemClock.monotonicMs();
    this.#ready = false;
    await this.#watch?.[Symbol.asyncDispose]();
    await Promise.all([
      this.#http?.drain(drainMs),
      ...this.#servers.map((server) => server.drain(drainMs)),
    ]);
    const leftMs = () => Math.max(0, drainMs - (systemClock.monotonicMs() - startedAtMs));
    await this.#gateway?.finishShadows(leftMs());
    await this.#upstream?.finishDrains(leftMs());
    // The journal gets what the streams left of the time, and always a moment.
    await this.#relay?.drain(Math.max(LAST_RELAY_MS, leftMs()));
    await this.#open.disposeAsync();
  }
}
