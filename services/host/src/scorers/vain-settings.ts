import { CERTIFICATION_SHARE, leastRows } from '@weir/cascade';
import { type Config, fillConfig, type RouteConfig } from '@weir/config';
import type { PriceHistory } from '@weir/pricing';
import { learnedSettings } from '../scoring.ts';

/** A setting of a scorer that does nothing, or that asks for what can never be. */
export interface VainSetting {
  /** Its path. */
  readonly about: string;
  /** Why it is in vain, and what to do. */
  readonly detail: string;
}

type PricesOf = (model: string) => PriceHistory;
type Say = (setting: string, detail: string) => void;

/** All of them, by route. */
export function vainSettings(config: Config, pricesOf: PricesOf, atMs: number): VainSetting[] {
  const found: VainSetting[] = [];
  for (const [name, route] of Object.entries(config.routes)) {
    const say: Say = (setting, detail) =>
      found.push({ about: `routes.${name}.scorer.${setting}`, detail });
    sayIgnored(route, say);
    sayTooSure(route, say);
    sayTooCheap(route, say, pricesOf, atMs);
  }
  return found;
}

function sayIgnored({ scorer }: RouteConfig, say: Say): void {
  if (scorer.judge !== undefined && scorer.buy !== 'judge') {
    say('judge', 'is never asked: that takes "buy: judge"');
  }
  if (!scorer.target) return;
  const usual = usualScorer();
  for (const setting of ['threshold', 'signal', 'withoutEvidence'] as const) {
    if (scorer[setting] === usual[setting]) continue;
    say(setting, 'has no say beside a target: a scorer model decides');
  }
}

/** What a route has that says nothing of its scorer. */
function usualScorer(): RouteConfig['scorer'] {
  const { routes } = fillConfig({
    providers: { p: { baseUrl: 'http://localhost', models: { m: {} } } },
    routes: { r: { escalate: [{ model: 'p/m' }] } },
  });
  const { r: route } = routes;
  if (!route) throw new TypeError('what goes into a configuration comes out');
  return route.scorer;
}

/** A certificate rests on a part of the labels that are kept; the first of an endpoint may use half of delta. */
function sayTooSure({ scorer }: RouteConfig, say: Say): void {
  const { target, learning } = scorer;
  if (!target || 'budget' in target) return;
  const rows = leastRows(1 - target.quality, (1 - target.confidence) / 2);
  const labels = Math.ceil(rows / CERTIFICATION_SHARE);
  if (labels <= learning.labelsKept) return;
  say(
    'target',
    `can never be certified: it takes ${labels} labels without a fault at least, and learning.labelsKept is ${learning.labelsKept}; keep more, or ask for less`,
  );
}

function sayTooCheap(route: RouteConfig, say: Say, pricesOf: PricesOf, atMs: number): void {
  const { target } = route.scorer;
  if (!target || !('budget' in target)) return;
  const draft = learnedSettings(route, pricesOf, atMs)?.draftCostShare ?? 0;
  if (target.budget.share > draft) return;
  say(
    'target.budget.share',
    `cannot be kept: a draft alone costs about ${Number(draft.toPrecision(2))} of a frontier call`,
  );
}
