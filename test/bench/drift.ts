import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LabelLedger } from '../../services/scorer/src/learning/label-ledger.fixture.ts';
import {
  type DraftModel,
  GOOD_DRAFT,
} from '../../services/scorer/src/learning/simulated-exchange.fixture.ts';
import {
  type Served,
  SimulatedRoute,
} from '../../services/scorer/src/learning/simulated-route.fixture.ts';

/**
 * The long form of services/scorer/src/learning/simulated-drift.test.ts: how often traffic that is as it was raises an alarm,
 * how soon one is raised when the draft gets worse, how much is lost until then, and how soon the route is open again.
 */

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '0' },
    requests: { type: 'string', default: '20000' },
    retrain: { type: 'string', default: '50' },
    write: { type: 'boolean', default: true },
    help: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

if (values.help) {
  console.log(
    'npm run bench:drift -- [--seeds 20] [--from 0] [--requests 20000] [--retrain 50] [--no-write]\n' +
      'Simulates a route per seed: so many requests as usual, then a worse draft model behind the same address.\n' +
      'Takes about ten minutes; writes docs/drift.md.',
  );
  process.exit(0);
}

const WORSE: Readonly<Record<string, Partial<DraftModel>>> = {
  'much worse': { skill: 1.2 },
  worse: { skill: 1.8 },
  'harder questions, as sure': { hardness: 0.8, doubt: -0.72 },
  'wrong where it sounds sure': { slips: 0.2 },
};

interface Outcome {
  readonly falseAlarm: string | null;
  readonly accepted: number;
  readonly lost: number;
  readonly drift: Drift | undefined;
}

interface Drift {
  readonly kind: string;
  readonly alarm: string | null;
  readonly requests: number;
  readonly labels: number;
  readonly sampled: number;
  readonly shadows: number;
  readonly lost: number;
  /** Requests until a new certificate; null when there was none in time. */
  readonly shut: number | null;
  readonly lostAfter: number;
}

function shareOf(all: readonly Served[], holds: (served: Served) => boolean): number {
  return all.filter(holds).length / Math.max(1, all.length);
}

async function simulate(seed: number): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-drift-'));
  const settings = { retrainAfterLabels: Number(values.retrain), labelsKept: 5000 };
  const ledger = new LabelLedger();
  const route = new SimulatedRoute({ directory, ledger, seed: `drift ${seed}`, settings });
  const alarm = () => route.learned.watch?.alarm ?? null;
  const usual = await route.run(Number(values.requests), {
    every: 100,
    until: () => alarm() !== null,
  });
  const kinds = Object.entries(WORSE);
  const [kind, change] = kinds[seed % kinds.length] ?? ['', {}];
  const drift = alarm() === null ? await worsen(route, kind, change) : undefined;
  const falseAlarm = drift ? null : alarm();
  await route[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
  return {
    falseAlarm,
    accepted: shareOf(usual, ({ accepted }) => accepted),
    lost: shareOf(usual, ({ lost }) => lost),
    drift,
  };
}

async function worsen(
  route: SimulatedRoute,
  kind: string,
  change: Partial<DraftModel>,
): Promise<Drift> {
  const alarm = () => route.learned.watch?.alarm ?? null;
  const before = { labels: route.ledger.entries.length, sampled: route.sampled };
  route.draft = { ...GOOD_DRAFT, ...change };
  const worse = await route.run(30_000, { every: 20, until: () => alarm() !== null });
  const raised = alarm();
  const labels = route.ledger.entries.length - before.labels;
  const sampled = route.sampled - before.sampled;
  const isOpen = () => route.learned.safeMode === undefined;
  const shut = await route.run(5000, { every: 50, until: isOpen });
  const after = await route.run(2000, { every: 100 });
  return {
    kind,
    alarm: raised,
    requests: worse.length,
    labels,
    sampled,
    shadows: worse.filter(({ label }) => label?.source === 'shadow').length,
    lost: shareOf(worse, ({ lost }) => lost),
    shut: isOpen() ? shut.length : null,
    lostAfter: shareOf(after, ({ lost }) => lost),
  };
}

function quantile(of: readonly number[], share: number): number {
  return of.toSorted((a, b) => a - b)[Math.min(of.length - 1, Math.floor(share * of.length))] ?? 0;
}

const outcomes: Outcome[] = [];
const from = Number(values.from);
for (let seed = from; seed < from + Number(values.seeds); seed++) {
  const outcome = await simulate(seed);
  outcomes.push(outcome);
  console.log(seed, JSON.stringify(outcome));
}
const drifts = outcomes.flatMap(({ drift }) => drift ?? []);
const falseAlarms = outcomes.filter(({ falseAlarm }) => falseAlarm !== null).length;
const lostMost = Math.max(...outcomes.map(({ lost }) => lost));
const accepted = outcomes.reduce((sum, outcome) => sum + outcome.accepted, 0) / outcomes.length;
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** How soon the alarm came, over the seeds that had this drift; what raised none is left out, and counted. */
function rowOf(kind: string): string[] {
  const of = drifts.filter((drift) => drift.kind === kind);
  const alarmed = of.filter(({ alarm }) => alarm !== null);
  const labels = alarmed.map((drift) => drift.labels);
  const requests = alarmed.map((drift) => drift.requests);
  return [
    kind,
    `${alarmed.length} of ${of.length}`,
    String(quantile(labels, 0.5)),
    String(Math.max(0, ...labels)),
    String(Math.max(0, ...alarmed.map(({ shadows }) => shadows))),
    String(quantile(requests, 0.5)),
    percent(Math.max(0, ...of.map(({ lost }) => lost))),
    percent(Math.max(0, ...of.map(({ lostAfter }) => lostAfter))),
  ];
}

const TITLES = [
  'drift',
  'safe mode',
  'labels until then, median',
  'most',
  'of shadow calls, most',
  'requests, median',
  'lost until then, most',
  'after it, most',
];
const table = [TITLES, ...Object.keys(WORSE).map(rowOf)];
const widths = TITLES.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
const lines = table.map(
  (row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`,
);
lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
console.log(lines.join('\n'));
if (values.write) {
  writeFileSync(
    fileURLToPath(new URL('../../docs/drift.md', import.meta.url)),
    `# Drift

Written by \`npm run bench:drift\`; run it to have your own. A simulated route with a target of 95 % at 90 % confidence learns from its own labels and is certified; then ${values.requests}
requests come as they always did, and then the draft model behind the same address is another one. Route, scorer, learner and label ledger are the real ones.

- ${outcomes.length} seeds, ${falseAlarms} with a false alarm (stated level: a twentieth each for labels and for the escalation rate).
- ${percent(accepted)} of drafts accepted on average; at most ${percent(lostMost)} of all requests got a wrong draft where the frontier was right (promised: 5 %).

${lines.join('\n')}

What shows in accepted drafts alone is seen by shadow calls alone, of which there are two in a hundred: it takes long, and until then more than was promised
may be lost. \`learning.shadowShare\` is what shortens it. Watched for 30,000 requests.
`,
  );
}
