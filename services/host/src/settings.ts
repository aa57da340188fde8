import { createHash } from 'node:crypto';
import type { Config, RouteConfig, Secrets } from '@weir/config';
import { parseUsd } from '@weir/core';
import type { EscalationPlan } from '@weir/escalation';
import type { Route, VirtualKey } from '@weir/gateway';
import type { Budget } from '@weir/ledger';
import type { PriceBook, PriceHistory } from '@weir/pricing';
import { DIALECTS, type Dialect } from '@weir/providers';
import { systemClock } from '@weir/runtime';
import {
  type Authorize,
  awsAuthorize,
  awsRegionOf,
  type Deployment,
  googleAuthorize,
  type Rung,
  type Timeouts,
} from '@weir/upstream';
import { conditionsOf } from './prices/endpoints.ts';

/** The configuration as the services want it: each function takes the whole and gives one of them its part. */

type ModelConfig = Config['providers'][string]['models'][string];

/** Every model of every provider, by `provider/model`. */
export function deployments(config: Config, secrets: Secrets): Map<string, Deployment> {
  const all = new Map<string, Deployment>();
  for (const [provider, settings] of Object.entries(config.providers)) {
    const key = settings.apiKey && secrets.resolve(settings.apiKey, `providers.${provider}.apiKey`);
    const dialect: Dialect = DIALECTS[settings.dialect];
    const cloud = key === undefined ? dialect.credentials : undefined;
    const authorize = cloud && AUTHORIZE[cloud](settings.baseUrl, provider, secrets);
    for (const [name, model] of Object.entries(settings.models)) {
      all.set(`${provider}/${name}`, {
        name: `${provider}/${name}`,
        provider,
        model: model.id ?? name,
        dialect,
        baseUrl: settings.baseUrl,
        headers: dialect.adapter.headers(key, dialect),
        authorize,
        timeouts: settings.timeouts,
        breaker: settings.breaker,
        maxConnections: settings.maxConnections,
        maxReplyBytes: settings.maxReplyBytes,
        maxOutputTokens: model.maxOutputTokens,
        unsupportedParameters: 'refuse',
        onCancel: settings.onCancel ?? (dialect.billsCancelled ? 'drain' : 'abort'),
        conditions: conditionsOf(settings),
      });
    }
  }
  return all;
}

type Authorizing = (baseUrl: string, provider: string, secrets: Secrets) => Authorize;

/** Where there is no key: whose credentials a provider's calls are authorised by. */
const AUTHORIZE: Record<NonNullable<Dialect['credentials']>, Authorizing> = {
  aws: (baseUrl, provider, secrets) => {
    const path = `providers.${provider}.baseUrl`;
    const why = 'has no region in it (https://bedrock-runtime.REGION.amazonaws.com), and ';
    const region = awsRegionOf(baseUrl) ?? secrets.resolve('env:AWS_REGION', path, why);
    return awsAuthorize({ region, clock: systemClock });
  },
  google: () => googleAuthorize(),
};

const TIER_NAMES = ['primary', 'secondary', 'catch-all'];

export function tierName(route: RouteConfig, index: number): string {
  return route.escalate[index]?.name ?? TIER_NAMES[index] ?? `tier-${index + 1}`;
}

export function draftRungs(
  config: Config,
  all: ReadonlyMap<string, Deployment>,
): Map<string, Rung[]> {
  const routes = new Map<string, Rung[]>();
  for (const [name, route] of Object.entries(config.routes)) {
    if (route.draft === undefined) continue;
    const { unsupportedParameters } = route;
    const deployment = { ...known(all, route.draft), unsupportedParameters };
    routes.set(name, [{ tier: 'draft', deployment, maxAttempts: 1 }]);
  }
  return routes;
}

/** What each route escalates to, and each model by itself for calls without a cascade. */
export function escalationPlans(
  config: Config,
  all: ReadonlyMap<string, Deployment>,
): Map<string, EscalationPlan> {
  const plans = new Map<string, EscalationPlan>();
  for (const [name, deployment] of all) {
    plans.set(name, { role: 'direct', rungs: [{ tier: 'direct', deployment, maxAttempts: 2 }] });
  }
  for (const [name, route] of Object.entries(config.routes)) {
    const { unsupportedParameters } = route;
    const rungs = route.escalate.map((tier, index): Rung => {
      const deployment = known(all, tier.model);
      const timeouts = overridden(deployment.timeouts, tier.timeouts);
      return {
        tier: tierName(route, index),
        deployment: { ...deployment, timeouts, unsupportedParameters },
        maxAttempts: tier.maxAttempts,
      };
    });
    plans.set(name, { role: 'escalation', rungs, judge: judgeRung(route, all) });
  }
  return plans;
}

/** A judge is asked once: evidence that takes a second call is not worth having. */
function judgeRung(
  { scorer }: RouteConfig,
  all: ReadonlyMap<string, Deployment>,
): Rung | undefined {
  if (scorer.judge === undefined) return undefined;
  // The scorer checks what a judge says, so that it may be one that knows no schema.
  const deployment = { ...known(all, scorer.judge), unsupportedParameters: 'drop' as const };
  return { tier: 'judge', deployment, maxAttempts: 1 };
}

type TierTimeouts = RouteConfig['escalate'][number]['timeouts'];

function overridden(timeouts: Timeouts, own: TierTimeouts): Timeouts {
  return {
    connectMs: timeouts.connectMs,
    firstTokenMs: own?.firstTokenMs ?? timeouts.firstTokenMs,
    idleMs: own?.idleMs ?? timeouts.idleMs,
    totalMs: own?.totalMs ?? timeouts.totalMs,
  };
}

function known(all: ReadonlyMap<string, Deployment>, name: string): Deployment {
  const deployment = all.get(name);
  // The configuration was checked: every name that a route uses is there.
  if (!deployment) throw new TypeError(`no deployment is called ${name}`);
  return deployment;
}

/** Routes by name, then every model by `provider/model`. */
export function gatewayRoutes(config: Config, book: PriceBook): Map<string, Route> {
  const routes = new Map<string, Route>();
  const pricesOf = pricesByName(config, book);
  for (const [name, route] of Object.entries(config.routes)) {
    const models = route.escalate.map((tier) => modelAt(config, tier.model));
    const draft = route.draft === undefined ? undefined : modelAt(config, route.draft);
    const { judge } = route.scorer;
    const learns = draft !== undefined && route.scorer.target !== undefined;
    const asked = [route.draft ?? '', ...route.escalate.map((tier) => tier.model)];
    routes.set(name, {
      name,
      kind: draft ? 'cascade' : 'direct',
      timeoutMs: route.timeoutMs,
      escalationReserveMs: route.escalationReserveMs,
      topLogprobs: route.scorer.topLogprobs,
      planDraft: route.scorer.skipDraft,
      learns,
      judge: judge === undefined ? undefined : judgeOf(modelAt(config, judge), pricesOf(judge)),
      whenExhausted: route.whenExhausted,
      maxAttempts: route.maxAttempts,
      maxOutputTokens: Math.max(...[draft, ...models].map((model) => model?.maxOutputTokens ?? 0)),
      frontiers: route.escalate.map(({ model }, index) => {
        const provider = config.providers[split(model)[0]];
        const conditions = provider && conditionsOf(provider);
        return { tier: tierName(route, index), prices: pricesOf(model), conditions };
      }),
      // A second draft may be bought.
      prices: (learns ? [...asked, route.draft ?? ''] : asked).map(pricesOf),
    });
  }
  for (const [provider, settings] of Object.entries(config.providers)) {
    for (const [name, model] of Object.entries(settings.models)) {
      const prices = pricesOf(`${provider}/${name}`);
      routes.set(`${provider}/${name}`, {
        name: `${provider}/${name}`,
        kind: 'direct',
        timeoutMs: settings.timeouts.totalMs,
        escalationReserveMs: 0,
        topLogprobs: 0,
        planDraft: false,
        learns: false,
        whenExhausted: 'error',
        maxAttempts: 2,
        maxOutputTokens: model.maxOutputTokens,
        frontiers: [{ tier: 'direct', prices }],
        prices: [prices],
      });
    }
  }
  return routes;
}

/** A model's prices by `provider/model`. */
export function pricesByName(config: Config, book: PriceBook): (name: string) => PriceHistory {
  return (name) => {
    const [provider, model] = split(name);
    return book.historyOf(provider, modelAt(config, name)?.id ?? model);
  };
}

function judgeOf(model: ModelConfig | undefined, prices: PriceHistory): Route['judge'] {
  return { prices, maxOutputTokens: model?.maxOutputTokens ?? 0 };
}

function modelAt(config: Config, name: string): ModelConfig | undefined {
  const [provider, model] = split(name);
  return config.providers[provider]?.models[model];
}

/** `provider/model`, where the model may have slashes of its own. */
function split(name: string): [string, string] {
  const slash = name.indexOf('/');
  return [name.slice(0, slash), name.slice(slash + 1)];
}

/** The key for trying out, when no tenant is configured. */
export const DEV_KEY = 'weir-dev';
const DEV_TENANT = 'dev';

export function virtualKeys(config: Config, secrets: Secrets): VirtualKey[] {
  const tenants = Object.entries(config.tenants);
  if (tenants.length === 0) {
    return [{ tenant: DEV_TENANT, keyId: DEV_KEY, sha256: sha256(DEV_KEY), budgeted: false }];
  }
  return tenants.flatMap(([tenant, { keys }]) =>
    keys.map((key, index) => ({
      tenant,
      keyId: key.id,
      sha256:
        key.sha256 ?? sha256(secrets.resolve(key.key ?? '', `tenants.${tenant}.keys.${index}.key`)),
      models: key.models,
      requestsPerMinute: key.requestsPerMinute,
      maxConcurrent: key.maxConcurrent,
      budgeted: key.budget !== undefined,
    })),
  );
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Budgets by `tenant/keyId`. */
export function budgets(config: Config): Map<string, Budget> {
  const all = new Map<string, Budget>();
  for (const [tenant, { keys }] of Object.entries(config.tenants)) {
    for (const { id, budget } of keys) {
      if (!budget) continue;
      all.set(`${tenant}/${id}`, { limitPicoUsd: parseUsd(budget.usd), period: budget.period });
    }
  }
  return all;
}
