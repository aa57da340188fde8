import type { DraftEndpoint, DraftLabelled, Verdict } from '@weir/core';
import { type Log, Metrics } from '@weir/runtime';
import { ManualClock, silentLog } from '@weir/testkit';
import type { DriftOptions } from '../drift-watch.ts';
import { LearnedRoute, type LearnedSettings } from '../learned-route.ts';
import { ScorerFiles } from '../models/scorer-files.ts';
import { ScorerService } from '../scorer-service.ts';
import type { LabelLedger } from './label-ledger.fixture.ts';
import { Learner } from './learner.ts';
import { seededRandom } from './seeded-random.ts';
import { type DraftModel, GOOD_DRAFT, simulatedExchange } from './simulated-exchange.fixture.ts';

export const SETTINGS: LearnedSettings = {
  target: { kind: 'quality', alpha: 0.05, delta: 0.1 },
  greyShare: 0,
  shadowFirst: 500,
  shadowShare: 0.02,
  skipDraft: false,
  labelsKept: 20_000,
  retrainAfterLabels: 50,
  draftCostShare: 0.06,
  buyCostShare: 0.06,
};

export const DRIFT: DriftOptions = { requests: 20_000, falseAlarm: 0.05, oddsRatio: 2 };

export interface SimulationOptions {
  readonly directory: string;
  readonly ledger: LabelLedger;
  readonly seed: string;
  readonly settings?: Partial<LearnedSettings>;
  readonly clock?: ManualClock;
  readonly name?: string;
  readonly drift?: DriftOptions;
  readonly log?: Log;
  /** An hour where absent: then it is looked at by hand alone. */
  readonly lookEveryMs?: number;
}

/** What became of one request. */
export interface Served {
  readonly verdict: Verdict;
  readonly accepted: boolean;
  /** A wrong draft was served. */
  readonly lost: boolean;
  readonly label: DraftLabelled | undefined;
}

const REQUEST_MS = 1000;

/** A route with synthetic traffic, of which the truth is known, before the real scorer, learner and files. */
export class SimulatedRoute implements AsyncDisposable {
  readonly directory: string;
  readonly clock: ManualClock;
  readonly ledger: LabelLedger;
  readonly files: ScorerFiles;
  readonly learned: LearnedRoute;
  readonly learner: Learner;
  readonly metrics: Metrics;
  readonly name: string;
  draft: DraftModel = GOOD_DRAFT;
  /** Labels of the uniform sample so far. */
  sampled = 0;
  readonly #scorer: ScorerService;
  readonly #random: () => number;
  readonly #seed: string;
  #requests = 0;

  constructor(options: SimulationOptions) {
    const { directory, ledger, seed, settings, clock, name } = options;
    this.clock = clock ?? new ManualClock();
    this.ledger = ledger;
    this.name = name ?? 'support';
    this.#seed = `${seed}.${this.clock.nowMs()}`;
    this.#random = seededRandom(this.#seed);
    this.directory = directory;
    this.files = new ScorerFiles(directory, 50);
    this.learned = new LearnedRoute({ ...SETTINGS, ...settings }, options.drift ?? DRIFT);
    const policy = { signal: 'mean', threshold: 1, withoutEvidence: 'escalate' } as const;
    const route = { policy, expect: {}, learned: this.learned };
    this.#scorer = new ScorerService(new Map([[this.name, route]]), this.#random);
    this.metrics = new Metrics('simulation');
    this.learner = new Learner({
      routes: new Map([[this.name, this.learned]]),
      files: this.files,
      ledger,
      clock: this.clock,
      log: options.log ?? silentLog,
      metrics: this.metrics,
      lookEveryMs: options.lookEveryMs ?? 3_600_000,
    });
    this.learner.start();
  }

  /** Everything recorded is learned from. */
  async look(): Promise<void> {
    await this.ledger.drained();
    await this.learner.look();
  }

  /** Runs requests, looking after every `every` of them; stops early when `until` says so. */
  async run(
    requests: number,
    {
      every = 200,
      until = () => false,
    }: { every?: number; until?: (served: Served) => boolean } = {},
  ): Promise<Served[]> {
    const all: Served[] = [];
    for (let count = 1; count <= requests; count++) {
      const served = await this.request();
      all.push(served);
      if (count % every === 0) await this.look();
      if (until(served)) break;
    }
    await this.look();
    return all;
  }

  /** As the gateway does it: judged, served, and looked at afterwards with the chance that the verdict names. */
  async request(): Promise<Served> {
    this.clock.advance(REQUEST_MS);
    const requestId = `${this.#seed}-${++this.#requests}`;
    const { chat, reply, frontier, isRight } = simulatedExchange(this.draft, this.#random);
    const endpoint: DraftEndpoint = { fingerprint: this.draft.fingerprint, logprobsTrusted: true };
    const call = { requestId, route: this.name, chat, reply, endpoint };
    const verdict = await this.#scorer.score(call);
    const accepted = verdict.decision === 'accept';
    const chance = verdict.shadowChance ?? 0;
    const isDrawn = this.#random() < chance;
    let label: DraftLabelled | undefined;
    if (!accepted || isDrawn) {
      const frontierCostPicoUsd = BigInt(Math.round(1e9 * (0.5 + this.#random())));
      const compared = await this.#scorer.compare({ ...call, frontier, frontierCostPicoUsd });
      label = compared
        ? {
            type: 'draft.labelled',
            labelId: `${requestId}.label.${accepted ? 'shadow' : 'escalation'}`,
            requestId,
            tenant: 'acme',
            keyId: 'key-1',
            route: this.name,
            labelledAtMs: this.clock.nowMs(),
            source: accepted ? 'shadow' : 'escalation',
            propensity: accepted ? chance : 1,
            sampled: isDrawn,
            decision: verdict.decision,
            model: verdict.judgement?.model ?? '',
            confidence: verdict.confidence,
            tags: {},
            ...compared,
          }
        : undefined;
    }
    if (label) this.ledger.record(label);
    if (label?.sampled) this.sampled++;
    return { verdict, accepted, lost: accepted && !isRight, label };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.learner[Symbol.asyncDispose]();
  }
}
