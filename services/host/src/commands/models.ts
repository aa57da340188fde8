import type { Config } from '@weir/config';
import { dayOf, isRetired, isRetiring } from '@weir/core';
import { type ModelEntry, modelBody } from '@weir/gateway';
import { type Command, UsageError } from '../command.ts';
import { findConfiguration } from '../configuration.ts';
import { instantOf } from '../instant.ts';
import { modelEntries } from '../models/catalogue.ts';
import { modelFacts } from '../models/model-facts.ts';
import { shippedBook } from '../prices/files.ts';
import { priceBook } from '../prices/price-book.ts';
import { table } from '../table.ts';

export const models: Command = {
  name: 'models',
  summary: 'what can be asked for: windows, prices, modalities, and what retires',
  usage: '[TEXT ...]',
  details:
    'Lists the routes and models of the configuration, without a running server: context window, prices in US dollars per\n' +
    'million tokens, modalities, and the days on which they are deprecated and retire. TEXT leaves those whose provider it\n' +
    'is, or whose name has it. With --json, as `GET /v1/models` has them, and the retired ones beside.',
  options: {
    config: {
      type: 'string',
      value: 'FILE',
      help: 'configuration (default: as `weir up` finds it)',
    },
    at: {
      type: 'string',
      value: 'DATE',
      help: 'as on a day, or at an instant like 2026-08-21T16:00:00Z (default: now)',
    },
    retiring: { type: 'boolean', help: 'only those that retire within 30 days, or have' },
  },
  async run({ words, text, flag, json, print }) {
    const nowMs = instantOf('at', text('at'));
    if (words.some((word) => word === '')) throw new UsageError('which models?');
    const { config } = await findConfiguration(text('config'));
    const entries = entriesOf(config);
    const shown = [...entries.values()].filter(
      (entry) =>
        words.every((word) => isMeant(entry, word)) &&
        (!flag('retiring') || isEnding(entry, nowMs)),
    );
    const view = { models: entries, nowMs, mayUse: () => true };
    const body = () => ({ object: 'list', data: shown.map((entry) => modelBody(entry, view)) });
    if (json) print(JSON.stringify(body()));
    else print(table(shown.map((entry) => rowOf(entry, nowMs))) || 'None.');
    return 0;
  },
};

function entriesOf(config: Config): Map<string, ModelEntry> {
  const shipped = shippedBook();
  return modelEntries(config, modelFacts(config, shipped), priceBook(config, shipped));
}

/** A provider, all of it, or a part of a name. */
function isMeant({ id, parts }: ModelEntry, word: string): boolean {
  const wanted = word.toLowerCase();
  const names = [id, ...parts.map(({ model }) => model)].map((name) => name.toLowerCase());
  return names.some((name) => name.split('/')[0] === wanted || name.includes(wanted));
}

function isEnding({ retirement }: ModelEntry, nowMs: number): boolean {
  return isRetiring(retirement, nowMs) || isRetired(retirement, nowMs);
}

function rowOf(entry: ModelEntry, nowMs: number): Record<string, string> {
  const { id, kind, contextTokens, maxOutputTokens, input, output, retirement, parts } = entry;
  const { prices } = modelBody(entry, { models: new Map(), nowMs, mayUse: () => true }).weir;
  const { deprecatedAtMs, retiresAtMs, successor = '' } = retirement ?? {};
  const route = parts.map(({ tier, model }) => `${tier} ${model}`).join(', ');
  const gpu = prices?.gpu && `${prices.gpu.usd_per_gpu_hour}/h x${prices.gpu.gpus}`;
  return {
    model: id,
    window: String(contextTokens ?? '?'),
    output: String(maxOutputTokens),
    'in $/M': kind === 'route' ? '' : (gpu ?? prices?.input_usd_per_mtok ?? '?'),
    'cached $/M': prices?.cache_read_usd_per_mtok ?? '',
    'out $/M': kind === 'route' || gpu ? '' : (prices?.output_usd_per_mtok ?? '?'),
    takes: input?.join('+') ?? '?',
    makes: output?.join('+') ?? '?',
    deprecated: deprecatedAtMs === undefined ? '' : dayOf(deprecatedAtMs),
    retires: retiresAtMs === undefined ? '' : `${dayOf(retiresAtMs)}${stateOf(entry, nowMs)}`,
    successor,
    asks: route,
  };
}

function stateOf({ retirement }: ModelEntry, nowMs: number): string {
  if (isRetired(retirement, nowMs)) return ' (gone)';
  return isRetiring(retirement, nowMs) ? ' (soon)' : '';
}
