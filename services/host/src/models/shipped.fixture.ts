import { type Config, parseConfig } from '@weir/config';
import type { Book, BookModel } from '@weir/pricing';

/** A shipped book and configurations that use it, for tests of what is known of models. */

const row = {
  source: 'https://openai.com/pricing',
  checkedOn: '2026-11-22',
  inputUsdPerMTok: '2',
  outputUsdPerMTok: '8',
};

const MODELS: readonly BookModel[] = [
  {
    provider: 'openai',
    model: 'old',
    aliases: ['old-2025-01-01'],
    contextTokens: 128_000,
    maxOutputTokens: 16_384,
    input: ['text', 'image'],
    output: ['text'],
    deprecatedOn: '2026-10-14',
    retiresOn: '2027-01-14',
    successor: 'openai/new-2026-01-01',
    prices: [row],
  },
  { provider: 'openai', model: 'new', aliases: ['new-2026-01-01'], prices: [row] },
  { provider: 'openai', model: 'gone', retiresOn: '2026-01-01', prices: [] },
];

export const SHIPPED: Book = { version: 1, builtOn: '2026-11-22', models: [...MODELS] };

/** A vendor and a GPU of one's own, with these models; each line as YAML has it. */
export function configWith(models: {
  readonly vendor?: readonly string[];
  readonly own?: readonly string[];
  readonly routes?: string;
}): Config {
  const { vendor = [], own = [], routes = '{}' } = models;
  return parseConfig(
    `
providers:
  oai: { dialect: openai, baseUrl: https://api.openai.com/v1, models: { ${vendor.join(', ')} } }
  gpu: { dialect: vllm, baseUrl: http://10.0.0.5:8000/v1, models: { ${own.join(', ')} } }
routes: ${routes}
`,
    'weir.yaml',
  );
}
