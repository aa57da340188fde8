import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { Cluster, type ClusterOptions, type ReplayReport, startPostgres } from '@weir/testkit';
import { evaluations } from './evaluation.ts';
import { chooseThreshold, type GradedRow } from './threshold.ts';
import { compareWithLlamaServer } from './tiny-equality.ts';

/**
 * The long forms of the end-to-end tests, on real recorded data: `npm run accept -- [--data DIR] [--only NAME]`.
 * Writes docs/acceptance.md, with --only the sections of those parts. Short forms of all but the first run in `npm test`.
 */

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/cascade' },
    only: { type: 'string', multiple: true },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(
    'npm run accept -- [--data DIR] [--only tiny|replay|kill|nats|cascade|eval] [--json]\n' +
      'DIR holds routellm_*.jsonl and tiny_*.jsonl. Takes about ten minutes; writes docs/acceptance.md,\n' +
      'with --only the sections of those parts alone.',
  );
  process.exit(0);
}

const data = resolve(values.data);
if (!existsSync(data)) {
  console.error(`There is no ${data}; --data names the folder of recorded questions.`);
  process.exit(1);
}
const gsm8k = join(data, 'routellm_gsm8k.jsonl');
const tinyDev = join(data, 'tiny_dev.jsonl');

interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly lines: readonly string[];
  /** Its first row has the names of the columns. */
  readonly table?: readonly (readonly string[])[];
}

async function withCluster<T>(
  options: ClusterOptions,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  await using cluster = await Cluster.start(options);
  return await use(cluster);
}

function reconciled({ reconciliation }: ReplayReport): string {
  if (!reconciliation) return 'not reconciled';
  const { servedByProvider, inLedger, missing, unserved, repeated, different, inexact } =
    reconciliation;
  return (
    `provider served ${servedByProvider}, ledger has ${inLedger}: ${missing} missing, ${unserved} unserved, ` +
    `${repeated} repeated, ${different} different, ${inexact} inexact; provider $${reconciliation.providerUsd}, ` +
    `ledger $${reconciliation.ledgerUsd}`
  );
}

function summary(report: ReplayReport): string {
  const { p50, p95, p99 } = report.latencyMs;
  return (
    `${report.questions} questions, ${report.failed} failed; quality ${report.quality} (strong alone ${report.strongQuality}), ` +
    `escalated ${(report.escalatedShare * 100).toFixed(1)} %, bill ${report.ledger.billShare} of the frontier's, ` +
    `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`
  );
}

async function position(cluster: Cluster): Promise<number> {
  const response = await fetch(`${cluster.simulatorUrl}/__position`);
  return ((await response.json()) as { position: number }).position;
}

async function servedMoreThan(cluster: Cluster, count: number): Promise<void> {
  while ((await position(cluster)) <= count) await sleep(20);
}

async function tiny(): Promise<Outcome> {
  const rows = readFileSync(tinyDev, 'utf8').trim().split('\n').slice(0, 500);
  const found = await compareWithLlamaServer(rows.map((row) => JSON.parse(row)));
  const { sameWeakText, sameStrongText, sameUsage, comparedTokens, worstLogprobDifference } = found;
  return {
    name: 'The tiny models equal llama-server',
    passed: sameWeakText >= 495 && sameStrongText >= 495 && worstLogprobDifference <= 0.01,
    lines: [
      `${found.rows} rows: same text ${sameWeakText} (weak) and ${sameStrongText} (strong), same token counts ${sameUsage}`,
      `${comparedTokens} tokens: log-probs within ${worstLogprobDifference.toFixed(4)}`,
    ],
  };
}

async function replay(): Promise<Outcome> {
  const embedded = await withCluster({ mode: 'embedded' }, (cluster) => cluster.replay(gsm8k));
  await using postgres = await startPostgres();
  const options = { mode: 'distributed', postgresUrl: postgres.url } as const;
  const distributed = await withCluster(options, (cluster) => cluster.replay(gsm8k));
  const same = isDeepStrictEqual(embedded.ledger, distributed.ledger);
  const agrees = [embedded, distributed].every(({ reconciliation }) => reconciliation?.agrees);
  return {
    name: 'All recorded questions, in one process and in five (NATS, PostgreSQL)',
    passed: same && agrees && embedded.failed + distributed.failed === 0,
    lines: [
      `one process: ${summary(embedded)}`,
      reconciled(embedded),
      `five processes: ${summary(distributed)}`,
      reconciled(distributed),
      `totals are ${same ? 'the same' : 'DIFFERENT'}: spent $${embedded.ledger.spentUsd} and $${distributed.ledger.spentUsd}`,
    ],
  };
}

async function kill(): Promise<Outcome> {
  const lines: string[] = [];
  let passed = true;
  for (const mode of ['embedded', 'distributed'] as const) {
    const report = await withCluster({ mode, tokenMs: 0.2 }, async (cluster) => {
      const replaying = cluster.replay(gsm8k, '--concurrency', '16');
      for (const count of [300, 800]) {
        await servedMoreThan(cluster, count);
        await cluster.end('gateway', 'SIGKILL');
        await cluster.startPart('gateway');
      }
      return replaying;
    });
    const { reconciliation, failed, reconnects } = report;
    const whole =
      reconciliation &&
      reconciliation.missing + reconciliation.repeated + reconciliation.unserved === 0;
    passed &&= whole === true && reconciliation?.different === 0 && failed === 0;
    lines.push(
      `${mode}, two kills: ${report.questions} questions answered, ${reconnects} reconnects`,
      reconciled(report),
    );
  }
  return { name: 'kill -9 of the gateway in the middle of a replay', passed, lines };
}

async function nats(): Promise<Outcome> {
  const report = await withCluster({ mode: 'distributed', tokenMs: 3 }, async (cluster) => {
    const replaying = cluster.replay(gsm8k, '--concurrency', '8');
    await servedMoreThan(cluster, 100);
    await cluster.nats?.kill();
    const before = await position(cluster);
    await sleep(30_000);
    const during = (await position(cluster)) - before;
    console.error(`  ${during} answers while NATS was away`);
    await cluster.nats?.restart();
    return replaying;
  });
  return {
    name: 'NATS stopped for 30 s in the middle of a replay in five processes',
    passed:
      report.reconciliation?.agrees === true && report.failed === 0 && report.reconnects === 0,
    lines: [summary(report), reconciled(report)],
  };
}

async function cascade(): Promise<Outcome> {
  const rows = readFileSync(tinyDev, 'utf8').trim().split('\n');
  const others = rows.slice(1000, 3000).map((row) => JSON.parse(row) as GradedRow);
  const threshold = chooseThreshold(others, 0.97);
  const report = await withCluster({ mode: 'embedded', threshold }, (cluster) =>
    cluster.replay(tinyDev, '--limit', '1000'),
  );
  const kept = (report.quality ?? 0) / (report.strongQuality ?? 1);
  const share = report.ledger.billShare ?? 1;
  return {
    name: 'The cascade over 1,000 questions, with a threshold set on 2,000 others',
    passed: kept >= 0.95 && share < 0.75 && report.reconciliation?.agrees === true,
    lines: [
      `threshold ${threshold.toFixed(4)}: ${(kept * 100).toFixed(1)} % of the strong model's quality at ${(share * 100).toFixed(1)} % of its bill`,
      summary(report),
      reconciled(report),
    ],
  };
}

function section({ name, passed, lines, table = [] }: Outcome): string {
  const [head = [], ...rows] = table;
  const marks = head.map(() => '---');
  const shown = table.length === 0 ? [] : [head, marks, ...rows];
  return [
    `## ${name}`,
    passed ? 'Passed.' : '**Failed.**',
    ...(shown.length > 0 ? [shown.map((cells) => `| ${cells.join(' | ')} |`).join('\n')] : []),
    `${lines.map((line) => `- ${line}`).join('\n')}\n`,
  ].join('\n\n');
}

/** Each section in the place of the one with its title; the others stay as they are, unless all are new. */
function writeSections(sections: readonly string[]): void {
  const path = fileURLToPath(new URL('../../docs/acceptance.md', import.meta.url));
  const head = `# Acceptance\n\nWritten by \`npm run accept\` (Node ${process.versions.node}): the long forms of the end-to-end tests, on recorded data and tiny real models.\n`;
  const titleOf = (text: string) => text.slice(0, text.indexOf('\n'));
  const all = new Map<string, string>();
  if (values.only !== undefined && existsSync(path)) {
    for (const section of readFileSync(path, 'utf8')
      .split(/^(?=## )/m)
      .slice(1)) {
      all.set(titleOf(section), `${section.trimEnd()}\n`);
    }
  }
  for (const fresh of sections) all.set(titleOf(fresh), fresh);
  writeFileSync(path, [head, ...all.values()].join('\n'));
}

const ALL: Readonly<Record<string, () => Promise<Outcome>>> = {
  tiny,
  replay,
  kill,
  nats,
  cascade,
  eval: () => evaluations(data),
};
const outcomes: Outcome[] = [];
for (const name of values.only ?? Object.keys(ALL)) {
  const run = ALL[name];
  if (!run) throw new Error(`--only takes ${Object.keys(ALL).join(', ')}, not ${name}`);
  console.error(`${name} ...`);
  const outcome = await run();
  outcomes.push(outcome);
  const told = [...outcome.lines, ...(outcome.table ?? []).map((cells) => cells.join(' | '))];
  console.error(`  ${outcome.passed ? 'passed' : 'FAILED'}\n  ${told.join('\n  ')}`);
}

if (values.json) console.log(JSON.stringify(outcomes));
writeSections(outcomes.map(section));
process.exit(outcomes.every(({ passed }) => passed) ? 0 : 1);
