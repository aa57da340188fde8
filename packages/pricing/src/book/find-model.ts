import type { Book, BookModel } from './schema.ts';

/** What else people call a provider. */
const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  google: 'gemini',
  dashscope: 'qwen',
  alibaba: 'qwen',
  'x-ai': 'xai',
  aws: 'bedrock',
  vertex_ai: 'vertex',
  together_ai: 'together',
  fireworks_ai: 'fireworks',
  moonshotai: 'moonshot',
};

export function nameOf({ provider, model }: Pick<BookModel, 'provider' | 'model'>): string {
  return `${provider}/${model}`;
}

/** Every name of a model, with its provider's. */
export function namesOf({ provider, model, aliases = [] }: BookModel): string[] {
  return [model, ...aliases].map((name) => nameOf({ provider, model: name }));
}

/**
 * The models that a name may mean: one for `provider/model` or an alias; several where the provider is left out and
 * more than one sells it.
 */
export function findModels({ models }: Book, name: string): BookModel[] {
  const [first = '', ...rest] = name.split('/');
  const provider = PROVIDER_NAMES[first];
  const full = provider === undefined ? name : [provider, ...rest].join('/');
  const exact = models.filter((model) => namesOf(model).includes(full));
  if (exact.length > 0) return exact;
  return models.filter(({ model, aliases = [] }) => [model, ...aliases].includes(name));
}

/** Names in the book that look like this one, the nearest first. */
export function nearNames({ models }: Book, name: string, atMost = 5): string[] {
  const wanted = name.toLowerCase();
  const found = models.map((model) => {
    const full = nameOf(model);
    const candidates = [full, model.model, ...(model.aliases ?? [])];
    const steps = Math.min(...candidates.map((text) => distance(wanted, text.toLowerCase())));
    return { full, steps };
  });
  const limit = Math.max(2, Math.ceil(wanted.length / 3));
  return found
    .filter(({ steps }) => steps <= limit)
    .sort((a, b) => a.steps - b.steps || (a.full < b.full ? -1 : 1))
    .slice(0, atMost)
    .map(({ full }) => full);
}

/** Levenshtein's: insertions, deletions and replacements. */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const now = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (before[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      now.push(Math.min(replaced, (before[column] ?? 0) + 1, (now[column - 1] ?? 0) + 1));
    }
    before = now;
  }
  return before[b.length] ?? 0;
}
