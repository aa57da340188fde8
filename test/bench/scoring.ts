import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { logprobEvidence } from '../../packages/cascade/src/index.ts';
import type { ChatReply, ChatRequest, TokenLogprob } from '../../packages/core/src/index.ts';
import { LearnedRoute } from '../../services/scorer/src/learned-route.ts';
import { fitScorer } from '../../services/scorer/src/models/fit.ts';
import type { LearningRow } from '../../services/scorer/src/models/learning-row.ts';
import { ScorerService } from '../../services/scorer/src/scorer-service.ts';
import { readSignals } from '../../services/scorer/src/signals/index.ts';
import { ngramsOf } from '../../services/scorer/src/signals/ngrams.ts';
import { Reading } from '../../services/scorer/src/signals/reading.ts';
import { seeded } from './seeded.ts';

/** What a verdict on a draft of 200 tokens costs, part by part: evidence, signals, words, model. The bar is 100 µs. */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: true },
    help: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

if (values.help) {
  console.log(
    'npm run bench:scoring -- [--rounds 40] [--json] [--no-write]\n' +
      'Measures the CPU time of one verdict on a draft of 200 tokens; writes docs/scoring.md.',
  );
  process.exit(0);
}

const TOKENS = 200;
const BATCH = 250;
const ROUTE = 'support';
const random = seeded(7);

const PROSE = [
  'To reset your password, open the settings page and choose Security. You will get a mail within five minutes; ',
  'if it does not arrive, look into the spam folder, or ask us to send it again. Orders placed before 14:00 leave ',
  'on the same day. The warranty covers 24 months, and returns are free within 30 days from delivery. ',
];
const SUMS = [
  'She has 16 eggs and eats 3, so 16 - 3 = 13 are left. ',
  'She bakes with 4 of them: 13 - 4 = 9. Each is sold for $2, so 9 * $2 = $18 a day. ',
  'In a week that is 7 * 18 = 126 dollars. ',
];
const FIELDS = [
  '{"customer": "Ivy Jones", "city": "Cairo", "order": 48213, "total": 129.5, "paid": true, ',
  '"items": [{"name": "lamp", "count": 2}, {"name": "cable", "count": 5}], "note": "leave at the door"}',
];
const QUESTION =
  'I bought 16 lamps on 3 May and 4 cables at $2 each for our shop in Cairo, and now I cannot log in. How do I reset my ' +
  'password, when does the order 48213 arrive, and what will I have paid in a week?';

const KINDS: Readonly<Record<string, readonly string[]>> = {
  prose: PROSE,
  sums: SUMS,
  JSON: FIELDS,
};

/** Two hundred tokens of about four characters, with five alternatives each, as an engine sends them. */
function draftOf(lines: readonly string[]): ChatReply {
  let text = '';
  for (let at = 0; text.length < TOKENS * 4; at++) text += lines[at % lines.length];
  text = text.slice(0, TOKENS * 4);
  const tokens: TokenLogprob[] = [];
  for (let at = 0; at < TOKENS; at++) {
    const token = text.slice(at * 4, at * 4 + 4);
    const chance = 0.9999 - 0.4 * random() ** 3;
    const top = [{ token, logprob: Math.log(chance) }];
    for (let other = 1; other < 5; other++) {
      top.push({ token: `${other}${token}`, logprob: Math.log((1 - chance) / 2 ** other) });
    }
    tokens.push({ token, logprob: Math.log(chance), top });
  }
  return { text, toolCalls: [], finish: 'stop', tokens };
}

const chat: ChatRequest = { messages: [{ role: 'user', content: QUESTION }], topLogprobs: 5 };

function readingOf(reply: ChatReply): Reading {
  const evidence = logprobEvidence(chat, reply);
  if (evidence.kind === 'missing') throw new Error(evidence.reason);
  return new Reading(chat, reply, { logprobs: evidence });
}

/** A model of a thousand drafts of all kinds, so that every signal that can speak is in it. */
function service(): ScorerService {
  const rows = Array.from({ length: 1000 }, (_, at): LearningRow => {
    const reading = readingOf(draftOf(Object.values(KINDS)[at % 3] ?? PROSE));
    const right = random() < 0.8 ? 1 : 0;
    return {
      group: ROUTE,
      signals: readSignals(reading),
      ngrams: ngramsOf(reading),
      draftRight: right,
      frontierRight: 1,
      weight: 1,
      propensity: 1,
      draftCost: null,
      frontierCost: 0.5 + random(),
      atMs: at,
      sampled: true,
    };
  });
  const target = { kind: 'quality', alpha: 0.05, delta: 0.1 } as const;
  const draftCostShare = 0.06;
  const file = fitScorer({
    route: ROUTE,
    endpoint: '',
    rows,
    target,
    draftCostShare,
    certifyFromMs: 0,
    nowMs: 0,
    random,
  });
  if (!file) throw new Error('a thousand rows are enough');
  const learned = new LearnedRoute(
    {
      target,
      greyShare: 0,
      shadowFirst: 0,
      shadowShare: 0.02,
      skipDraft: false,
      labelsKept: 20_000,
      retrainAfterLabels: 50,
      draftCostShare,
      buyCostShare: draftCostShare,
    },
    { requests: 20_000, falseAlarm: 0.05, oddsRatio: 2 },
  );
  learned.use(file, undefined);
  const policy = { signal: 'mean', threshold: 1, withoutEvidence: 'escalate' } as const;
  return new ScorerService(new Map([[ROUTE, { policy, expect: {}, learned }]]), random);
}

const scorer = service();
const PARTS: Readonly<Record<string, (reply: ChatReply) => unknown>> = {
  evidence: (reply) => logprobEvidence(chat, reply),
  'evidence, signals': (reply) => readSignals(readingOf(reply)),
  'evidence, signals, words': (reply) => {
    const reading = readingOf(reply);
    return [readSignals(reading), ngramsOf(reading)];
  },
  verdict: (reply) => scorer.score({ requestId: 'r', route: ROUTE, chat, reply }),
};

/** Microseconds of CPU per call: the median over the rounds of means over a batch. */
async function measured(work: (reply: ChatReply) => unknown, replies: readonly ChatReply[]) {
  const means: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const before = process.cpuUsage();
    for (const reply of replies) await work(reply);
    const { user, system } = process.cpuUsage(before);
    means.push((user + system) / replies.length);
  }
  means.sort((left, right) => left - right);
  return means[Math.floor(means.length / 2)] ?? Number.NaN;
}

const rows: { draft: string; part: string; micros: number }[] = [];
for (const [draft, lines] of Object.entries(KINDS)) {
  const replies = Array.from({ length: BATCH }, () => draftOf(lines));
  for (const [part, work] of Object.entries(PARTS)) {
    await measured(work, replies);
    rows.push({ draft, part, micros: await measured(work, replies) });
  }
}
const worst = Math.max(...rows.map(({ micros }) => micros));

if (values.json) console.log(JSON.stringify({ tokens: TOKENS, rows, worst }));
else {
  for (const { draft, part, micros } of rows) {
    console.log(`${draft.padEnd(8)} ${part.padEnd(26)} ${micros.toFixed(1).padStart(7)} µs`);
  }
}
if (values.write) {
  const width = Math.max(...Object.keys(PARTS).map((part) => part.length));
  const line = (draft: string, part: string, micros: string) =>
    `| ${draft.padEnd(5)} | ${part.padEnd(width)} | ${micros.padEnd(6)} |`;
  const lines = [
    line('draft', 'what', 'CPU µs'),
    `| ----- | ${'-'.repeat(width)} | ------ |`,
    ...rows.map(({ draft, part, micros }) => line(draft, part, micros.toFixed(0))),
  ];
  writeFileSync(
    fileURLToPath(new URL('../../docs/scoring.md', import.meta.url)),
    `# What a verdict costs

Written by \`npm run bench:scoring\`; run it to have your own. A draft of ${TOKENS} tokens with five alternatives each is judged by a scorer
model in which every signal that can speak has a say. CPU time of the process, garbage collection included, median of ${values.rounds} rounds of
${BATCH} drafts; each line contains the one above it, and the last is all of \`ScorerService.score\`, validators included. The bar is 100 µs.

Node ${process.versions.node}.

${lines.join('\n')}
`,
  );
}
