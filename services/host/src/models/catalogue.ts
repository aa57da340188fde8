import type { Config, RouteConfig } from '@weir/config';
import { MODALITIES, type Modality, type Retirement } from '@weir/core';
import type { ModelEntry, Route, RoutePart } from '@weir/gateway';
import type { PriceBook } from '@weir/pricing';
import type { Deployment } from '@weir/upstream';
import { tierName } from '../settings.ts';
import type { ModelFacts } from './model-facts.ts';

/** Everything that callers can ask for, by its id: the routes, then every model by `provider/model`. */
export function modelEntries(
  config: Config,
  facts: ReadonlyMap<string, ModelFacts>,
  book: PriceBook,
): Map<string, ModelEntry> {
  const entries = new Map<string, ModelEntry>();
  for (const [id, route] of Object.entries(config.routes)) {
    const parts = partsOf(route);
    const known = parts.flatMap(({ model }) => facts.get(model) ?? []);
    entries.set(id, { id, kind: 'route', ...together(known), prices: [], parts });
  }
  for (const [provider, { models }] of Object.entries(config.providers)) {
    for (const [name, { id: theirs = name }] of Object.entries(models)) {
      const id = `${provider}/${name}`;
      const known = facts.get(id);
      if (!known) continue;
      const prices = book.historyOf(provider, theirs);
      entries.set(id, { id, kind: 'model', ...known, prices, parts: [] });
    }
  }
  return entries;
}

/** The same deployments, each with the end of its model. */
export function endingDeployments(
  deployments: ReadonlyMap<string, Deployment>,
  facts: ReadonlyMap<string, ModelFacts>,
): Map<string, Deployment> {
  return new Map(
    [...deployments].map(([name, deployment]) => {
      return [name, { ...deployment, retirement: facts.get(name)?.retirement }];
    }),
  );
}

/** The same routes, each with its end and those of its tiers. */
export function endingRoutes(
  routes: ReadonlyMap<string, Route>,
  entries: ReadonlyMap<string, ModelEntry>,
): Map<string, Route> {
  return new Map(
    [...routes].map(([name, route]) => {
      const { retirement, parts = [] } = entries.get(name) ?? {};
      const tiers = parts.filter(({ role }) => role === 'escalation');
      const frontiers = route.frontiers.map((frontier, index) => {
        const model = tiers[index]?.model ?? name;
        return { ...frontier, retirement: entries.get(model)?.retirement };
      });
      return [name, { ...route, frontiers, retirement }];
    }),
  );
}

/** Whom a route asks, in the order in which it does. */
export function partsOf(route: RouteConfig): RoutePart[] {
  const tiers = route.escalate.map(({ model }, index): RoutePart => {
    return { role: 'escalation', tier: tierName(route, index), model };
  });
  if (route.draft === undefined) return tiers;
  return [{ role: 'draft', tier: 'draft', model: route.draft }, ...tiers];
}

/** What models can do that take each other's place. */
function together(known: readonly ModelFacts[]): ModelFacts {
  const windows = known.flatMap(({ contextTokens }) => contextTokens ?? []);
  return {
    contextTokens: windows.length > 0 ? Math.max(...windows) : undefined,
    maxOutputTokens: Math.max(0, ...known.map(({ maxOutputTokens }) => maxOutputTokens)),
    input: anyOf(known.flatMap(({ input }) => input ?? [])),
    output: anyOf(known.flatMap(({ output }) => output ?? [])),
    retirement: lastEnd(known.map(({ retirement }) => retirement)),
  };
}

function anyOf(found: readonly Modality[]): Modality[] | undefined {
  return found.length > 0 ? MODALITIES.filter((name) => found.includes(name)) : undefined;
}

/** A route is there as long as any model of it is; what takes its place is for its owner to say, by changing it. */
function lastEnd(ends: readonly (Retirement | undefined)[]): Retirement | undefined {
  const days = ends.flatMap((end) => end?.retiresAtMs ?? []);
  if (days.length === 0 || days.length < ends.length) return undefined;
  return { retiresAtMs: Math.max(...days) };
}
