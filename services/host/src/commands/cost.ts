import type { Config } from '@weir/config';
import {
  UsageError as BadUsage,
  formatUsd,
  type GpuTime,
  parseDecimal,
  type UsageReport,
} from '@weir/core';
import {
  type Charge,
  type Circumstances,
  type Cost,
  costOf,
  findModels,
  PriceError,
  priceAt,
} from '@weir/pricing';
import { usageReportFromText } from '@weir/providers';
import { casePrice } from '../billing/case-price.ts';
import { type CostCase, mismatches } from '../billing/cost-case.ts';
import { linesOfFile, textOfFile } from '../billing/text-file.ts';
import { type UsageSource, usageSource } from '../billing/usage-source.ts';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { findConfiguration } from '../configuration.ts';
import { instantOf } from '../instant.ts';
import { BOOK_FILE, readBook } from '../prices/files.ts';
import { priceBook } from '../prices/price-book.ts';

export const cost: Command = {
  name: 'cost',
  summary: 'explain what a call costs from its usage, or check billing cases',
  usage: 'FILE',
  details: [
    'FILE is a provider\'s usage object as JSON (`-` for standard input), or a stream as {"events": [...]}: the bill is',
    'explained line by line, at the price that the configuration or the shipped book has for the model, or that --price',
    'gives. With --cases, FILE has one case a line: usage payload, price and what it must cost. Every mismatch is',
    'printed, and the last line says how many passed. Exits with 1 when a case fails or the usage cannot be billed.',
  ].join('\n'),
  options: {
    provider: {
      type: 'string',
      value: 'NAME',
      help: 'whose usage it is: one of the configuration, or openai, anthropic, ...',
    },
    model: { type: 'string', value: 'NAME', help: 'the model that served' },
    config: {
      type: 'string',
      value: 'FILE',
      help: 'configuration with the prices (default: as `weir up` finds it)',
    },
    api: {
      type: 'string',
      value: 'NAME',
      help: 'chat.completions, responses, messages, generateContent, ... (default: as the provider speaks)',
    },
    price: { type: 'string', value: 'FILE', help: 'a price entry: USD per token as decimal text' },
    tier: { type: 'string', value: 'NAME', help: 'the service tier that served' },
    at: { type: 'string', value: 'TIME', help: 'when it was served, ISO 8601 (default now)' },
    condition: {
      type: 'string',
      multiple: true,
      value: 'NAME=VALUE',
      help: 'what multiplies the price, such as processing_region=eu; may be repeated',
    },
    'gpu-seconds': {
      type: 'string',
      value: 'N',
      help: 'the time on hardware that is paid by the hour, where that is the price',
    },
    cases: { type: 'string', value: 'FILE', help: 'run billing cases, one JSON object a line' },
  },
  async run(context) {
    const cases = context.text('cases');
    return cases === undefined ? explain(context) : runCases(cases, context);
  },
};

async function runCases(file: string, { json, print, note }: CommandContext): Promise<number> {
  let passed = 0;
  const failures: { id: string; mismatches: string[] }[] = [];
  let number = 0;
  for await (const line of linesOfFile(file)) {
    number++;
    if (line.trim() === '') continue;
    const { id, wrong } = judged(line, number);
    if (wrong.length === 0) passed++;
    else failures.push({ id, mismatches: wrong });
    if (number % 10_000 === 0) note(`${number} cases`);
  }
  if (json) print(JSON.stringify({ passed, failed: failures.length, failures }));
  else {
    for (const { id, mismatches: wrong } of failures)
      for (const what of wrong) print(`${id}: ${what}`);
    print(`${passed} passed, ${failures.length} failed`);
  }
  return failures.length === 0 ? 0 : 1;
}

/** A line that is no case fails by itself and stops nobody. */
function judged(line: string, number: number): { id: string; wrong: string[] } {
  let given: CostCase;
  try {
    given = JSON.parse(line) as CostCase;
  } catch (error) {
    return { id: `line ${number}`, wrong: [`is not JSON: ${(error as Error).message}`] };
  }
  const id = typeof given?.id === 'string' ? given.id : `line ${number}`;
  try {
    return { id, wrong: mismatches(given) };
  } catch (error) {
    return { id, wrong: [`cannot be computed: ${(error as Error).message}`] };
  }
}

async function explain(context: CommandContext): Promise<number> {
  const { words, text, json, print, note } = context;
  const [file] = words;
  const provider = text('provider');
  const model = text('model');
  if (file === undefined || provider === undefined || model === undefined) {
    throw new UsageError('takes --provider, --model and a FILE with the usage, or --cases FILE');
  }
  const usageText = textOfFile(file);
  const { config } = await findConfiguration(text('config'));
  const source = usageSource(provider, config);
  try {
    const told = usageReportFromText(source.provider, text('api') ?? source.api, usageText);
    const report = { ...told, gpuTime: gpuTime(text('gpu-seconds')) };
    const under = circumstances(context, source);
    const id = source.idOf(model);
    const given = text('price');
    const priceOf =
      given === undefined ? pricesFor(provider, id, config, under.atMs) : pricesIn(given, id);
    if (priceOf()?.gpu && !report.gpuTime) {
      throw new UsageError(`${provider}/${model} is paid by the hour: takes --gpu-seconds N`);
    }
    const bill = costOf(report, priceOf, under);
    if (json) print(JSON.stringify(billJson(report, bill)));
    else for (const line of billLines(model, report, bill)) print(line);
    return 0;
  } catch (error) {
    if (!(error instanceof BadUsage) && !(error instanceof PriceError)) throw error;
    if (json) print(JSON.stringify({ error: error.code, message: error.message }));
    else
      note(`weir cost: ${error.code}: ${error.message}${hintFor(error, `${provider}/${model}`)}`);
    return 1;
  }
}

function gpuTime(seconds: string | undefined): GpuTime | undefined {
  if (seconds === undefined) return undefined;
  if (!/^\d+(\.\d{1,6})?$/.test(seconds)) {
    throw new UsageError(`--gpu-seconds takes a number of seconds, not "${seconds}"`);
  }
  return { micros: Number(parseDecimal(seconds, 6)), beforeMicros: 0 };
}

function hintFor(error: Error, model: string): string {
  if (!(error instanceof PriceError)) return '';
  return ` (asked for ${model}); --price FILE gives one, or the configuration`;
}

/** The price of a model by name: as calls of the configuration are booked, or the shipped book's for anybody else. */
function pricesFor(provider: string, model: string, config: Config, atMs: number) {
  if (Object.hasOwn(config.providers, provider)) {
    const own = priceBook(config);
    return (other = model) => own.priceOf(provider, other, atMs);
  }
  const shipped = readBook(BOOK_FILE);
  return (other = model) => {
    const [known] = findModels(shipped, `${provider}/${other}`);
    return known && priceAt(known, atMs);
  };
}

/** The same from a file with a price. */
function pricesIn(file: string, model: string) {
  const { price, byModel } = casePrice(JSON.parse(textOfFile(file)), 'free');
  // A part that names the model that was asked is priced as that one.
  return (other = model) => byModel.get(other) ?? (other === model ? price : undefined);
}

function circumstances(
  { text, texts }: CommandContext,
  source: UsageSource,
): Circumstances & { readonly atMs: number } {
  const atMs = instantOf('at', text('at'));
  const conditions: Record<string, string> = { ...source.conditions };
  for (const pair of texts('condition')) {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`--condition takes NAME=VALUE, not "${pair}"`);
    }
    conditions[name] = value;
  }
  return { atMs, conditions, serviceTier: text('tier') };
}

function billLines(model: string, report: UsageReport, bill: Cost): string[] {
  const [applied] = bill.applied;
  const tier = applied?.contextTier;
  const words = [
    applied?.serviceTier && `service tier ${applied.serviceTier}`,
    applied?.timeBand && `hours ${applied.timeBand}`,
    tier &&
      `prompt ${tier.operator === 'gt' ? 'above' : 'of at least'} ${tier.thresholdTokens} tokens`,
    ...(applied?.multipliers ?? []).map(
      ({ when, perMille }) =>
        `x ${perMille / 1000} for ${Object.entries(when).join(' ').replaceAll(',', ' ')}`,
    ),
  ].filter((word) => word !== undefined && word !== '');
  const lines = bill.charges.map((charge) => chargeLine(model, charge));
  if (report.gpuTime && bill.status === 'amortised') {
    lines.push(`GPU time ${report.gpuTime.micros / 1_000_000} s, whatever it was used for`);
  }
  if (report.usage.reasoningTokens > 0) {
    lines.push(`(of the output, ${report.usage.reasoningTokens} tokens were reasoning)`);
  }
  if (words.length > 0) lines.push(`applied: ${words.join(', ')}`);
  if (bill.recomputed) {
    lines.push(
      `the provider says $${bill.exact.toUsd()}, its counts come to $${bill.recomputed.toUsd()}`,
    );
  }
  const exact = bill.exact.toUsd();
  // What has no end as a decimal is booked to the picodollar.
  const total = exact.includes('/') ? `${formatUsd(bill.picoUsd)}, rounded` : exact;
  lines.push(`total $${total} (${bill.status.replaceAll('_', ' ')})`);
  return lines;
}

function chargeLine(model: string, charge: Charge): string {
  const each = formatUsd(charge.picoUsdEach * (charge.multiplied ? 1_000_000n : 1n));
  const unit = charge.multiplied ? 'per million' : 'each';
  const sum = formatUsd(BigInt(charge.count) * charge.picoUsdEach);
  const whose = charge.model === undefined || charge.model === model ? '' : `  ${charge.model}`;
  return `${charge.item.padEnd(24)} ${String(charge.count).padStart(12)} x $${each} ${unit} = $${sum}${whose}`;
}

function billJson(report: UsageReport, bill: Cost): object {
  return {
    totalUsd: bill.exact.toUsd(),
    bookedPicoUsd: bill.picoUsd.toString(),
    status: bill.status,
    recomputedUsd: bill.recomputed?.toUsd(),
    charges: bill.charges.map(({ picoUsdEach, multiplied: _multiplied, ...charge }) => ({
      ...charge,
      usdEach: formatUsd(picoUsdEach),
    })),
    applied: bill.applied.map(({ serviceTier, timeBand, contextTier, multipliers }) => ({
      serviceTier,
      timeBand,
      contextTier: contextTier && `${contextTier.operator} ${contextTier.thresholdTokens}`,
      multipliers,
    })),
    usage: report.usage,
  };
}
