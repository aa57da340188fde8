import { UsageError as BadUsage, promptTokens, type UsageReport } from '@weir/core';
import { usageReportFromText } from '@weir/providers';
import { textOfFile } from '../billing/text-file.ts';
import { type Capture, judgeCapture } from '../billing/usage-case.ts';
import { usageSource } from '../billing/usage-source.ts';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { findConfiguration } from '../configuration.ts';

export const usage: Command = {
  name: 'usage',
  summary: "read a provider's usage into buckets, or check recorded payloads",
  usage: 'FILE',
  details: [
    'FILE is a provider\'s usage object as JSON (`-` for standard input), or a stream as {"events": [...]}: prints the',
    'exclusive buckets that are billed.',
    'With --cases, FILE is a list of real payloads with what another project read in them: each must be read without loss;',
    'differences are listed by reason, and the last line says how many passed. Exits with 1 when one fails.',
  ].join('\n'),
  options: {
    provider: {
      type: 'string',
      value: 'NAME',
      help: 'whose usage it is: one of the configuration, or openai, anthropic, ...',
    },
    config: {
      type: 'string',
      value: 'FILE',
      help: 'configuration with the provider (default: as `weir up` finds it)',
    },
    api: {
      type: 'string',
      value: 'NAME',
      help: 'chat.completions, responses, messages, generateContent, ... (default: as the provider speaks)',
    },
    cases: { type: 'string', value: 'FILE', help: 'check recorded payloads' },
  },
  async run(context) {
    const cases = context.text('cases');
    return cases === undefined ? show(context) : check(cases, context);
  },
};

async function show({ words, text, json, print, note }: CommandContext): Promise<number> {
  const [file] = words;
  const provider = text('provider');
  if (file === undefined || provider === undefined) {
    throw new UsageError('takes --provider and a FILE with the usage, or --cases FILE');
  }
  const payload = textOfFile(file);
  const { config } = await findConfiguration(text('config'));
  const source = usageSource(provider, config);
  let report: UsageReport;
  try {
    report = usageReportFromText(source.provider, text('api') ?? source.api, payload);
  } catch (error) {
    if (!(error instanceof BadUsage)) throw error;
    if (json) print(JSON.stringify({ error: error.code, message: error.message }));
    else note(`weir usage: ${error.code}: ${error.message}`);
    return 1;
  }
  if (json) {
    print(
      JSON.stringify(report, (_name, value) => (typeof value === 'bigint' ? String(value) : value)),
    );
    return 0;
  }
  const { usage: buckets, slices = {}, fees = {}, serviceTier, conditions = {} } = report;
  const rows = Object.entries({ ...buckets, ...slices, ...fees, ...conditions, serviceTier });
  for (const [name, value] of rows) {
    if (value !== undefined && value !== 0) print(`${name.padEnd(24)} ${value}`);
  }
  print(`${'total'.padEnd(24)} ${promptTokens(buckets) + buckets.outputTokens}`);
  return 0;
}

function check(file: string, { json, print }: CommandContext): number {
  const captures: unknown = JSON.parse(textOfFile(file));
  if (!Array.isArray(captures))
    throw new UsageError('--cases takes a file with a JSON list of payloads');
  const judged = (captures as Capture[]).map((capture, index) => ({
    place: `payload ${index + 1}`,
    ...judgeCapture(capture),
  }));
  const failures = judged.filter(({ wrong }) => wrong.length > 0);
  const reasons = new Map<string, number>();
  for (const reason of judged.flatMap((each) => each.reasons)) {
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const passed = judged.length - failures.length;
  const readings = judged.reduce((sum, each) => sum + each.readings, 0);
  if (json) {
    const differences = Object.fromEntries(reasons);
    print(JSON.stringify({ passed, failed: failures.length, readings, differences, failures }));
  } else {
    for (const { place, wrong } of failures) for (const what of wrong) print(`${place}: ${what}`);
    for (const [reason, count] of reasons)
      print(`${String(count).padStart(5)} differences: ${reason}`);
    print(`${readings} readings`);
    print(`${passed} passed, ${failures.length} failed`);
  }
  return failures.length === 0 ? 0 : 1;
}
