import { join } from 'node:path';
import { type Config, ConfigError, type RouteConfig } from '@weir/config';
import type { Ledger } from '@weir/core';
import { type PriceHistory, priceIn, worstCaseOf } from '@weir/pricing';
import { type Log, type Metrics, systemClock } from '@weir/runtime';
import {
  LearnedRoute,
  type LearnedSettings,
  Learner,
  type RouteTarget,
  ScorerFiles,
  type ScoringRoute,
} from '@weir/scorer';

/** Where a data directory has its scorer models. */
export function scorersDirectory(dataDir: string): string {
  return join(dataDir, 'scorers');
}

/** Within so many requests the escalation rate is watched for a false alarm, and what change of its odds matters. */
const DRIFT = { requests: 20_000, oddsRatio: 2 };

/** The routes that are judged by a scorer model. `pricesOf` gives a model's prices by `provider/model`. */
export function learnedRoutes(
  config: Config,
  pricesOf: (model: string) => PriceHistory,
  nowMs: number,
): Map<string, LearnedRoute> {
  const routes = new Map<string, LearnedRoute>();
  for (const [name, route] of Object.entries(config.routes)) {
    const settings = learnedSettings(route, pricesOf, nowMs);
    const { falseAlarm } = route.scorer.learning;
    if (settings) routes.set(name, new LearnedRoute(settings, { ...DRIFT, falseAlarm }));
  }
  return routes;
}

export function learnedSettings(
  { draft, scorer, escalate }: RouteConfig,
  pricesOf: (model: string) => PriceHistory,
  nowMs: number,
): LearnedSettings | undefined {
  const target = targetOf(scorer.target);
  if (!target || draft === undefined) return undefined;
  const { buy, greyShare, skipDraft } = scorer;
  const frontier = pricesOf(escalate[0]?.model ?? '');
  const draftCostShare = costShare(pricesOf(draft), frontier, nowMs);
  const bought = buy === 'judge' && scorer.judge !== undefined ? scorer.judge : draft;
  const { shadowFirst, shadowShare, labelsKept, retrainAfterLabels } = scorer.learning;
  return {
    target,
    buy: buy === 'nothing' ? undefined : buy,
    greyShare,
    skipDraft,
    shadowFirst,
    shadowShare,
    labelsKept,
    retrainAfterLabels,
    draftCostShare,
    buyCostShare: costShare(pricesOf(bought), frontier, nowMs),
  };
}

export function targetOf(target: RouteConfig['scorer']['target']): RouteTarget | undefined {
  if (!target) return undefined;
  if ('budget' in target) return { kind: 'budget', share: target.budget.share };
  // 1 - 0.99 has seventeen digits; nobody promised more than six.
  const rest = (share: number) => Math.round((1 - share) * 1e6) / 1e6;
  return { kind: 'quality', alpha: rest(target.quality), delta: rest(target.confidence) };
}

/** A request as they mostly are; only the ratio of its two costs counts. */
const USUAL = { inputTokens: 1000, maxOutputTokens: 250, withinMs: 10_000 };
/** Where one of the two has no price: a draft at a sixteenth, as self-hosted ones mostly are. */
const UNKNOWN_SHARE = 0.06;

function costShare(draft: PriceHistory, frontier: PriceHistory, nowMs: number): number {
  const [cheap, dear] = [priceIn(draft, nowMs), priceIn(frontier, nowMs)];
  if (!cheap || !dear) return UNKNOWN_SHARE;
  const most = worstCaseOf(USUAL, dear);
  return most > 0n ? Number(worstCaseOf(USUAL, cheap)) / Number(most) : UNKNOWN_SHARE;
}

export function scoringRoutes(
  config: Config,
  learned: ReadonlyMap<string, LearnedRoute>,
): Map<string, ScoringRoute> {
  return new Map(
    Object.entries(config.routes).map(([name, { scorer }]) => {
      const { signal, threshold, withoutEvidence, expect } = scorer;
      const policy = { signal, threshold, withoutEvidence };
      return [name, { policy, expect, learned: learned.get(name) }];
    }),
  );
}

/** Where learning is done, and what it reads its labels from. */
export interface LearningPlace {
  readonly config: Config;
  readonly directory: string;
  readonly ledger: Ledger | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Puts the scorer models at hand in force, and keeps learning until it is disposed of. */
export function startLearning(
  routes: ReadonlyMap<string, LearnedRoute>,
  { config, directory, ledger, log, metrics }: LearningPlace,
): Learner {
  if (!ledger) {
    throw new ConfigError('the configuration', [
      {
        path: 'services.ledger.address',
        message: 'is missing: routes with a target learn from the labels in the ledger',
      },
    ]);
  }
  const looks = [...routes.keys()].map((name) => config.routes[name]?.scorer.learning.lookEveryMs);
  const learner = new Learner({
    routes,
    files: new ScorerFiles(directory, config.limits.scorerVersionsKept),
    ledger,
    clock: systemClock,
    log,
    metrics,
    lookEveryMs: Math.min(...looks.map((ms) => ms ?? 5000)),
  });
  learner.start();
  return learner;
}
