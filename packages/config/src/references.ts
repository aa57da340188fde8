import { priceProblems } from './price.ts';
import type { Config, RouteConfig } from './schema.ts';
import { nearest } from './suggest.ts';

/** Something wrong at a place of the configuration. */
export interface Found {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What only the whole tells: models that routes name must exist, and so on. */
export function referenceProblems(config: Config): Found[] {
  const models = Object.entries(config.providers).flatMap(([provider, { models }]) =>
    Object.keys(models).map((model) => `${provider}/${model}`),
  );
  const problems = [
    ...modelProblems(config, models),
    ...routeProblems(config, models),
    ...keyProblems(config, models),
  ];
  if (config.ledger.store === 'postgres' && config.ledger.url === undefined) {
    problems.push({ path: ['ledger', 'url'], message: 'is required when the store is postgres' });
  }
  return problems;
}

function modelProblems({ providers, routes }: Config, known: readonly string[]): Found[] {
  const problems: Found[] = [];
  for (const [provider, { models }] of Object.entries(providers)) {
    const priced = new Map<string, string>();
    for (const [name, { id = name, price, successor }] of Object.entries(models)) {
      const path = ['providers', provider, 'models', name];
      if (successor !== undefined && !Object.hasOwn(routes, successor)) {
        problems.push(...unknownModel(successor, known, [...path, 'successor']));
      }
      if (!price) continue;
      const place = [...path, 'price'];
      for (const message of priceProblems(price)) problems.push({ path: place, message });
      // A bill goes by the provider's own name.
      const written = JSON.stringify(price);
      const other = priced.get(id);
      if (other !== undefined && other !== written) {
        const message = `is another than that of the same model ("${id}") under another name here`;
        problems.push({ path: place, message });
      }
      priced.set(id, written);
    }
  }
  return problems;
}

function routeProblems({ routes }: Config, known: readonly string[]): Found[] {
  const problems: Found[] = [];
  for (const [name, route] of Object.entries(routes)) {
    const path = ['routes', name];
    if (route.draft !== undefined) {
      problems.push(...unknownModel(route.draft, known, [...path, 'draft']));
    }
    if (route.scorer.judge !== undefined) {
      problems.push(...unknownModel(route.scorer.judge, known, [...path, 'scorer', 'judge']));
    }
    problems.push(...scorerProblems(route, [...path, 'scorer']));
    for (const [index, { model }] of route.escalate.entries()) {
      problems.push(...unknownModel(model, known, [...path, 'escalate', index, 'model']));
    }
    if (route.escalationReserveMs >= route.timeoutMs) {
      problems.push({
        path: [...path, 'escalationReserveMs'],
        message: 'must be less than timeoutMs, or the draft has no time at all',
      });
    }
  }
  return problems;
}

/** What a scorer is told to do and cannot. */
function scorerProblems({ draft, scorer }: RouteConfig, path: PropertyKey[]): Found[] {
  const problems: Found[] = [];
  const say = (setting: string, message: string) =>
    problems.push({ path: [...path, setting], message });
  if (scorer.target && draft === undefined) say('target', 'needs a draft to be right about');
  if (scorer.buy === 'judge' && scorer.judge === undefined) {
    say('buy', 'needs a judge: name one as provider/model in scorer.judge');
  }
  if (scorer.target) return problems;
  const needsTarget = 'needs a target: only a scorer model knows which requests it is for';
  if (scorer.buy !== 'nothing') say('buy', needsTarget);
  if (scorer.skipDraft) say('skipDraft', needsTarget);
  return problems;
}

/** What a key may use and nobody has is a slip: the key would be refused what it was given for. */
function keyProblems({ tenants, routes }: Config, models: readonly string[]): Found[] {
  const known = [...Object.keys(routes), ...models];
  return Object.entries(tenants).flatMap(([tenant, { keys }]) =>
    keys.flatMap(({ models: patterns = [] }, index) =>
      patterns.flatMap((pattern, at): Found[] => {
        if (pattern.endsWith('*') || known.includes(pattern)) return [];
        return [
          {
            path: ['tenants', tenant, 'keys', index, 'models', at],
            message: `"${pattern}" is no route and no model of any provider; ${hint(pattern, known)}`,
          },
        ];
      }),
    ),
  );
}

function unknownModel(model: string, known: readonly string[], path: PropertyKey[]): Found[] {
  if (known.includes(model)) return [];
  return [{ path, message: `"${model}" is no model of any provider; ${hint(model, known)}` }];
}

function hint(word: string, known: readonly string[]): string {
  const meant = nearest(word, known) ?? known.find((name) => name.endsWith(`/${word}`));
  return meant ? `did you mean "${meant}"?` : `there are: ${known.join(', ') || 'none'}`;
}
