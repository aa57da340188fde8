import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pace, saturate } from './load.ts';
import { cpuUsOf } from './process-tree.ts';
import {
  bareProvider,
  parseProxy,
  pinSelf,
  portkey,
  type Subject,
  startProvider,
  weirAllInOne,
  weirFiveProcesses,
} from './subjects.ts';

/**
 * What the cascade adds to a request, beside the floor and a peer, in one run. The figure to compare is CPU time per
 * request over the server's process tree: it moves far less than requests per second on a shared machine.
 */

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '64' },
    rate: { type: 'string', default: '100' },
    only: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: true },
    help: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

if (values.help) {
  console.log(
    'npm run bench -- [--seconds 8] [--rounds 3] [--connections 64] [--rate 100] [--only NAME] [--json] [--no-write]\n' +
      'Measures CPU per request, throughput and added latency; writes docs/benchmarks.md. Needs Linux and two cores.',
  );
  process.exit(0);
}

const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const connections = Number(values.connections);
const rate = Number(values.rate);

interface Measured {
  readonly subject: Subject;
  readonly cpuUs: number[];
  readonly perSecond: number[];
  readonly p50Ms: number[];
  readonly p99Ms: number[];
  failed: number;
}

const WARM_UP_SECONDS = 10;
/** A shared machine is fast and slow by turns of some seconds: short slices give each subject its part of both. */
const SLICE_SECONDS = 2;

/** One round: the subjects take turns, slice by slice, then each is paced by itself. */
async function measureRound(all: readonly Measured[]): Promise<void> {
  const begun = all.map(({ subject }) => ({ cpuUs: cpuUsOf(subject.pids), answered: 0, spent: 0 }));
  for (let slice = 0; slice < seconds / SLICE_SECONDS; slice++) {
    for (const [index, measured] of all.entries()) {
      const result = await saturate(measured.subject.target, connections, SLICE_SECONDS);
      const sums = begun[index] as (typeof begun)[number];
      sums.answered += result.answered;
      sums.spent += result.seconds;
      measured.failed += result.failed;
    }
  }
  // What was put off, the ledger above all, belongs to the requests that caused it.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  for (const [index, { subject, ...figures }] of all.entries()) {
    const { cpuUs, answered, spent } = begun[index] as (typeof begun)[number];
    figures.cpuUs.push((cpuUsOf(subject.pids) - cpuUs) / Math.max(1, answered));
    figures.perSecond.push(answered / spent);
  }
  for (const measured of all) {
    const paced = await pace(measured.subject.target, rate, Math.min(seconds, 5));
    measured.p50Ms.push(quantile(paced.latenciesMs, 0.5));
    measured.p99Ms.push(quantile(paced.latenciesMs, 0.99));
    measured.failed += paced.failed;
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function median(figures: readonly number[]): number {
  return quantile(
    [...figures].sort((a, b) => a - b),
    0.5,
  );
}

const provider = await startProvider();
const cacheDir = fileURLToPath(new URL('../../node_modules/.cache/weir-bench', import.meta.url));
const starts: Record<string, () => Promise<Subject>> = {
  provider: async () => bareProvider(provider.port),
  floor: () => parseProxy(provider.port),
  weir: () => weirAllInOne(provider.port),
  five: () => weirFiveProcesses(provider.port),
  portkey: () => portkey(provider.port, cacheDir, 'one provider'),
  'portkey-fallback': () => portkey(provider.port, cacheDir, 'with fallback'),
};
const names = values.only ?? Object.keys(starts);
const results: Measured[] = [];
pinSelf(1);
try {
  for (const name of names) {
    const begin = starts[name];
    if (!begin) throw new Error(`--only takes ${Object.keys(starts).join(', ')}, not ${name}`);
    const subject = await begin();
    results.push({ subject, cpuUs: [], perSecond: [], p50Ms: [], p99Ms: [], failed: 0 });
    console.error(`warming up: ${subject.name}`);
    await saturate(subject.target, connections, WARM_UP_SECONDS);
  }
  for (let round = 1; round <= rounds; round++) {
    console.error(`round ${round} of ${rounds}`);
    await measureRound(results);
  }
} finally {
  for (const { subject } of results) await subject.stop();
  await provider.stop();
}

const rows = results.map((measured) => ({
  name: measured.subject.name,
  cpuUs: median(measured.cpuUs),
  perSecond: median(measured.perSecond),
  p50Ms: median(measured.p50Ms),
  p99Ms: median(measured.p99Ms),
  failed: measured.failed,
}));

const floor = rows.find(({ name }) => name === 'raw parse proxy');
const peers = ['one provider', 'with fallback'].map((job) =>
  rows.find(({ name }) => name.startsWith('Portkey') && name.endsWith(job)),
);
const alone = rows.find(({ name }) => name === 'provider alone');

const HEADS = [
  '',
  'CPU µs per request',
  'of the floor',
  'of Portkey',
  'with fallback',
  'requests/s at most',
  'added p50 ms',
  'added p99 ms',
  'failed',
];
const lines = table(
  HEADS,
  rows.map((row) => [
    row.name,
    row === alone ? '' : row.cpuUs.toFixed(0),
    times(row, floor),
    ...peers.map((peer) => times(row, peer)),
    row.perSecond.toFixed(0),
    alone && row !== alone ? (row.p50Ms - alone.p50Ms).toFixed(2) : '',
    alone && row !== alone ? (row.p99Ms - alone.p99Ms).toFixed(2) : '',
    String(row.failed),
  ]),
);

function times(row: { cpuUs: number }, other: { cpuUs: number } | undefined): string {
  return other && row !== alone ? `${(row.cpuUs / other.cpuUs).toFixed(2)}x` : '';
}

/** In columns, as the formatter has it. */
function table(heads: readonly string[], cells: readonly (readonly string[])[]): string[] {
  const widths = heads.map((head, column) =>
    Math.max(3, head.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)];
}

const document = `# Benchmarks

Written by \`npm run bench\`; run it to have your own. ${rounds} rounds of ${seconds} s each in slices of ${SLICE_SECONDS} s, all by turns, medians; ${connections} connections,
a request of about 800 bytes, an answer of about 900, the draft accepted (one upstream call). The ledger, the journal (durable before the
call is sent), metrics and authentication are on. CPU is user and system time of the server's whole process tree, NATS not
counted; servers run on one core, load and a mock provider on the other. Added latency is at ${rate} requests/s, open loop,
against the provider alone.

Node ${process.versions.node}, ${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown kind'}.

${lines.join('\n')}

Portkey keeps no ledger. It is measured with one provider to ask, and told of a second for when the first fails, which is the nearer
equal of the route that Weir runs here (a draft, and a frontier model of another provider behind it). The raw parse proxy is node:http and undici's dispatch with both bodies parsed and written again: what any
Node edge costs that reads what it passes on.
`;

if (values.json) console.log(JSON.stringify(rows));
else console.log(lines.join('\n'));
if (values.write && values.only === undefined) {
  writeFileSync(fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url)), document);
}
