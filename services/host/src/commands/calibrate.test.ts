import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DraftLabelled, LedgerEvent } from '@weir/core';
import { SqliteStore } from '@weir/ledger';
import { ScorerFiles, SIGNAL_SET, SIGNALS } from '@weir/scorer';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCommand, UsageError } from '../command.ts';
import { seededRandom } from '../evaluation/seeded-random.ts';
import { learningRows } from '../scorers/learned.fixture.ts';
import { attempt, completed, labelled } from '../scorers/ledger-events.fixture.ts';
import { calibrate } from './calibrate.ts';

vi.setConfig({ testTimeout: 30_000 });

let folder = '';
let printed = '';
let noted = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-calibrate-'));
  printed = '';
  noted = '';
  vi.stubEnv('WEIR_DATA_DIR', join(folder, 'data'));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    noted += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const CONFIG = `
providers:
  lab:
    baseUrl: http://127.0.0.1:1/v1
    models:
      small: { price: { inputUsdPerMTok: "0.06", outputUsdPerMTok: "0.06" } }
      large: { price: { inputUsdPerMTok: "1", outputUsdPerMTok: "1" } }
routes:
  support:
    draft: lab/small
    scorer: { target: { quality: 0.96 } }
    escalate: [{ model: lab/large }]
  sales:
    draft: lab/small
    scorer: { target: { budget: { share: 0.5 } } }
    escalate: [{ model: lab/large }]
  plain: { draft: lab/small, escalate: [{ model: lab/large }] }
`;

async function run(...args: string[]): Promise<number> {
  const file = join(folder, 'weir.yaml');
  writeFileSync(file, CONFIG);
  printed = '';
  noted = '';
  return runCommand(calibrate, ['--config', file, '--route', 'support', ...args]);
}

/** What a run says as JSON, which it must be content with. */
async function told(...args: string[]): Promise<Record<string, unknown>> {
  expect(await run('--json', ...args), noted).toBe(0);
  return JSON.parse(printed) as Record<string, unknown>;
}

interface LogOptions {
  readonly seed?: number;
  readonly isRight?: (chance: number) => boolean;
  /** Of the first row, one a minute follows. */
  readonly fromMs?: number;
  readonly more?: object;
}

/** A log of drafts that are right when their tokens are likely, but for some noise. */
function writeLog(count: number, { seed = 1, isRight, fromMs, more }: LogOptions = {}): string {
  const random = seededRandom(seed);
  const lines = Array.from({ length: count }, (_, at) => {
    const surety = 6 * random() - 1;
    const tokens = ['It', ' is', ' so', '.'].map((t) => {
      const l = -Math.exp(-surety - random());
      return {
        t,
        l,
        top: [
          [t, l],
          ['?', l - 3],
        ],
      };
    });
    const chance = 1 / (1 + Math.exp(-3 * surety));
    return JSON.stringify({
      prompt: `Is number ${at} so?`,
      weak_text: 'It is so.',
      weak_tokens: tokens,
      weak_correct: (isRight ? isRight(chance) : random() < chance) ? 1 : 0,
      strong_correct: 1,
      ...(fromMs !== undefined && { at: fromMs + at * 60_000 }),
      ...more,
    });
  });
  const file = join(folder, 'log.jsonl');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

const files = () => new ScorerFiles(join(folder, 'data', 'scorers'), 50);

describe('from a recorded log', () => {
  test('a version is put in force, listed, replaced by a second, and restored', async () => {
    const first = await told('--from', writeLog(1500));
    expect(first).toMatchObject({
      route: 'support',
      endpoint: '',
      target: { kind: 'quality', alpha: 0.04, delta: 0.1 },
      rows: { own: 1500, fitted: 900, certifying: 600 },
      certificate: { alpha: 0.04, delta: 0.1, rows: 600 },
      lacking: null,
      before: null,
      inForce: true,
    });
    const second = await told('--from', writeLog(1500, { seed: 2 }));
    expect(second['version']).not.toBe(first['version']);
    expect(second['before']).toMatchObject({ version: first['version'], point: { rows: 600 } });
    expect(files().current('support')?.version).toBe(second['version']);
    expect(await told('--list')).toMatchObject({
      inForce: second['version'],
      safeMode: null,
      versions: [
        { version: second['version'], inForce: true, certificate: { alpha: 0.04 } },
        { version: first['version'], inForce: false },
      ],
    });
    expect(await told('--restore', String(first['version']))).toMatchObject({ restored: true });
    expect(files().current('support')?.version).toBe(first['version']);
    expect(await told('--list')).toMatchObject({
      versions: [{ version: first['version'], reason: 'restored' }, {}],
    });
  });

  test('people read the certificate, what it costs, and what a log is worth', async () => {
    expect(await run('--from', writeLog(1500))).toBe(0);
    expect(printed).toMatch(
      /^support: scorer model [0-9a-f]{12}, fitted to drafts of any endpoint/,
    );
    expect(printed).toContain('with 90 % confidence at most 4 % of all requests get a wrong draft');
    expect(printed).toContain('holds for traffic like that of the log and for no other');
    expect(printed).toContain('Not every row says when it was');
    expect(printed).toMatch(/In force: .*\.json\. A server that runs takes it within seconds\.\n$/);
  });

  test('the same log gives the same model, whatever the day', async () => {
    const log = writeLog(400);
    const first = await told('--from', log);
    const second = await told('--from', log);
    expect(second['before']).toMatchObject({ version: first['version'], seen: 0 });
    expect(second['figures']).toEqual(first['figures']);
    expect(second['point']).toEqual((second['before'] as { point: unknown }).point);
  });

  test('a dry run writes nothing', async () => {
    expect(await told('--from', writeLog(400), '--dry-run')).toMatchObject({
      inForce: false,
      file: null,
    });
    expect(readdirSync(folder)).not.toContain('data');
  });

  test('an endpoint that is named is the one that the model is for', async () => {
    expect(await told('--from', writeLog(400), '--endpoint', 'e-1')).toMatchObject({
      endpoint: 'e-1',
    });
    expect(files().current('support')?.endpoint).toBe('e-1');
  });

  test('what no live draft has is no evidence', async () => {
    const more = { weak_logconf: -0.2, weak_cost: 3, strong_cost: 40 };
    const report = await told('--from', writeLog(400, { more }));
    expect(report['remarks']).toContain(
      'Left out, since no live draft has it: confidence, draft_cost.',
    );
    const { model, signals } = files().current('support') ?? {};
    const used = model?.space.columns.map(({ signal }) => signals?.[signal]);
    expect(used).toContain('mean_logprob');
    expect(used).not.toContain('confidence');
    expect(used).not.toContain('draft_cost');
  });

  test('without a certificate everything escalates, and it is said what is lacking', async () => {
    const report = await told(
      '--from',
      writeLog(400),
      '--quality',
      '0.999',
      '--confidence',
      '0.95',
    );
    // The first test has half of delta: ln 0.025 / ln 0.999 = 3687.04, which are 40 % of 9220 labels.
    expect(report).toMatchObject({
      certificate: null,
      lacking: { moreLabels: Math.ceil(3688 / 0.4) - 400 },
      point: { escalationShare: 1, loss: 0 },
    });
    expect(files().current('support')?.shadowPrice).toBeNull();
    await run('--from', writeLog(400), '--quality', '0.999', '--confidence', '0.95');
    expect(printed).toContain(
      'takes 3688 rows that the model has not seen, even if none is lost; there are 160',
    );
  });

  test('a budget is kept to, and promises no quality', async () => {
    const report = await told('--from', writeLog(1500), '--share', '0.5');
    expect(report).toMatchObject({ target: { kind: 'budget', share: 0.5 }, certificate: null });
    const { cost, escalationShare } = report['point'] as { cost: number; escalationShare: number };
    expect(cost).toBeGreaterThan(0.4);
    expect(cost).toBeLessThan(0.6);
    expect(cost - escalationShare).toBeCloseTo(0.06, 6);
  });
});

/** Labels as the service writes them: of the lab's draft endpoint, one a minute, of every request. */
function labels(count: number, changes: Partial<DraftLabelled> & { endpoint?: string } = {}) {
  const { endpoint = 'endpoint-1', ...more } = changes;
  return learningRows(count).map(({ signals, ngrams, draftRight, frontierRight, atMs }) =>
    labelled({
      tenant: 'dev',
      source: 'escalation',
      labelledAtMs: atMs,
      draftRight,
      frontierRight,
      propensity: 1,
      example: { endpoint, signals: { set: SIGNAL_SET, values: signals }, ngrams, relativeCost: 1 },
      ...more,
    }),
  );
}

const FIRST_LABEL_MS = labels(1)[0]?.labelledAtMs ?? 0;

async function writeLedger(events: readonly LedgerEvent[]): Promise<void> {
  await using store = new SqliteStore(join(folder, 'data', 'ledger.db'));
  await store.append(events);
}

describe('from the ledger', () => {
  test('labels become a version for the endpoint that they are of', async () => {
    await writeLedger([...labels(1000), attempt(), completed()]);
    expect(await told()).toMatchObject({
      from: join(folder, 'data', 'ledger.db'),
      endpoint: 'endpoint-1',
      rows: { own: 1000, fitted: 600, certifying: 400 },
      leftOut: [],
      certificate: { rows: 400 },
      remarks: [],
      inForce: true,
    });
    expect(files().current('support')).toMatchObject({ endpoint: 'endpoint-1' });
  });

  test('what cannot be learned from is left out, and it is said why', async () => {
    const values = SIGNALS.map(() => 0);
    const old = {
      endpoint: 'endpoint-1',
      signals: { set: 'old', values },
      ngrams: [],
      relativeCost: 1,
    };
    await writeLedger([
      ...labels(5, { endpoint: 'endpoint-0' }),
      ...labels(4, { example: old }),
      ...labels(3, { source: 'feedback', model: 'forgotten', sampled: false }),
      ...labels(2, { draftRight: null }),
      ...labels(500),
    ]);
    const report = await told();
    expect(report['rows']).toMatchObject({ own: 500 });
    expect(report['leftOut']).toEqual(
      expect.arrayContaining([
        { why: 'drafted by another endpoint, endpoint-0', rows: 5 },
        { why: 'judged by another version of Weir, which has other signals', rows: 4 },
        { why: 'only an opinion of a user, of an answer of another model', rows: 3 },
        { why: 'nothing known of the draft', rows: 2 },
      ]),
    );
  });

  test('a route without labels says how to get some', async () => {
    expect(await run()).toBe(1);
    expect(noted).toContain('there is no ledger');
    await writeLedger([attempt()]);
    expect(await run()).toBe(1);
    expect(noted).toContain('there are no labels of support in');
    expect(await run('--route', 'plain')).toBe(1);
    expect(noted).toContain('set routes.plain.scorer.target');
  });

  test('another endpoint than that of late can be asked for, and one without labels is refused', async () => {
    await writeLedger([...labels(400, { endpoint: 'endpoint-0' }), ...labels(300)]);
    expect(await told('--endpoint', 'endpoint-0')).toMatchObject({ rows: { own: 400 } });
    expect(await run('--endpoint', 'endpoint-9')).toBe(1);
    expect(noted).toContain(
      'can be used for endpoint endpoint-9: labels are of endpoint-0, endpoint-1',
    );
  });

  test('other routes that the same endpoint drafts for help, and certify nothing', async () => {
    await writeLedger([
      ...labels(400, { route: 'sales' }),
      ...labels(50, { route: 'sales', endpoint: 'endpoint-7' }),
      ...labels(60, { route: 'plain' }),
      ...labels(500),
    ]);
    expect(await told()).toMatchObject({
      rows: { own: 500, fitted: 300, certifying: 200 },
      remarks: ['400 rows of route sales are pooled in.'],
    });
    expect(files().current('support')?.model.space.groups.toSorted()).toEqual(['sales', 'support']);
  });

  test('a damaged ledger is told as such', async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'ledger.db'), 'no database at all, whatever its name says');
    expect(await run()).toBe(1);
    expect(noted).toMatch(/ledger\.db cannot be read: .*not a database/);
  });

  test('a ledger that a server has open is read without a word to it', async () => {
    await using store = new SqliteStore(join(folder, 'data', 'ledger.db'));
    await store.append(labels(300));
    expect(await told('--dry-run')).toMatchObject({ rows: { own: 300 } });
    expect(await store.append(labels(10))).toBe(10);
    expect(await told('--dry-run')).toMatchObject({ rows: { own: 310 } });
  });

  test('after an alarm that is over, rows from before it certify nothing either', async () => {
    await writeLedger(labels(1000));
    const [first] = labels(1);
    const sinceMs = (first?.labelledAtMs ?? 0) + 700 * 60_000;
    files().enterSafeMode('support', { alarm: 'overconfident', sinceMs, version: 'x' });
    expect(await told()).toMatchObject({ rows: { certifying: 300 }, safeMode: { ends: true } });
    expect(await told()).toMatchObject({ rows: { certifying: 300 }, safeMode: null });
  });

  test('a version in force that was fitted to rows of the certificate is said to be flattered', async () => {
    await writeLedger(labels(1000));
    const { version } = await told(
      '--from',
      writeLog(400, { fromMs: FIRST_LABEL_MS + 1000 * 60_000 }),
    );
    expect(await told()).toMatchObject({ before: { version, seen: 400 } });
    await told('--restore', String(version));
    await run();
    expect(printed).toContain(`${version} was fitted to 400 of them, which flatters it.`);
  });
});

describe('in safe mode', () => {
  const ALARM_MS = Date.UTC(2026, 10, 10);
  const enter = () =>
    files().enterSafeMode('support', { alarm: 'overconfident', sinceMs: ALARM_MS, version: 'x' });

  test('a certificate on rows from after the alarm ends it', async () => {
    enter();
    const log = writeLog(1500, { fromMs: ALARM_MS - 700 * 60_000 });
    expect(await told('--from', log)).toMatchObject({
      certificate: { rows: 600 },
      safeMode: { alarm: 'overconfident', ends: true },
    });
    expect(files().safeMode('support')).toBeUndefined();
  });

  test('rows from before the alarm prove nothing, and those without a time neither', async () => {
    enter();
    const before = await told('--from', writeLog(1500, { fromMs: ALARM_MS - 3000 * 60_000 }));
    expect(before).toMatchObject({ certificate: null, safeMode: { ends: false }, inForce: false });
    expect(files().currentVersion('support')).toBeUndefined();
    expect(before['rows']).toMatchObject({ certifying: 0 });
    expect(await told('--from', writeLog(1500))).toMatchObject({ certificate: null });
    expect(files().safeMode('support')).toMatchObject({ alarm: 'overconfident' });
    await run('--list');
    expect(printed).toContain('Safe mode since 2026-11-10T00:00:00.000Z (overconfident');
  });

  test('a budget is trusted again once enough rows are from after the alarm', async () => {
    enter();
    const few = writeLog(1500, { fromMs: ALARM_MS - 1410 * 60_000 });
    expect(await told('--from', few, '--share', '0.5')).toMatchObject({ inForce: false });
    const enough = writeLog(1500, { fromMs: ALARM_MS - 1390 * 60_000 });
    expect(await told('--from', enough, '--share', '0.5')).toMatchObject({
      safeMode: { ends: true },
      inForce: true,
    });
  });

  test('restoring a version does not end it, and says so', async () => {
    const { version } = await told('--from', writeLog(1500));
    enter();
    expect(await run('--restore', String(version))).toBe(0);
    expect(printed).toContain('Still in safe mode (overconfident)');
    expect(files().safeMode('support')).toBeDefined();
  });

  test('a dry run leaves it as it is', async () => {
    enter();
    const log = writeLog(1500, { fromMs: ALARM_MS - 700 * 60_000 });
    expect(await told('--from', log, '--dry-run')).toMatchObject({ safeMode: { ends: true } });
    expect(files().safeMode('support')).toBeDefined();
  });
});

describe('what cannot be done', () => {
  test.each<[string, string[], RegExp]>([
    [
      'a route that there is not',
      ['--route', 'suport'],
      /no route "suport"; did you mean "support"/,
    ],
    ['no number', ['--quality', 'high'], /--quality takes a number between 0 and 1/],
    ['all of it', ['--confidence', '1'], /--confidence takes a number between 0 and 1/],
    ['two targets', ['--share', '0.5', '--quality', '0.9'], /not both/],
    ['two things at once', ['--list', '--restore', '0123456789ab'], /--list or --restore/],
    ['a path for a version', ['--restore', '../current'], /is no version/],
    ['a word too many', ['support'], /takes no "support"/],
  ])('%s is a mistake', async (_what, args, words) => {
    await expect(run(...args)).rejects.toThrow(UsageError);
    await expect(run(...args)).rejects.toThrow(words);
  });

  test.each<[string, () => string, RegExp]>([
    ['too few rows', () => writeLog(120), /120 labelled drafts are too few.*About 47 more labels/],
    [
      'rows that were all right',
      () => writeLog(400, { isRight: () => true }),
      /all 400 labelled drafts were right/,
    ],
    [
      'rows that were all wrong',
      () => writeLog(400, { isRight: () => false }),
      /all 400 labelled drafts were wrong/,
    ],
  ])('%s carry no model', async (_what, log, words) => {
    expect(await run('--from', log())).toBe(1);
    expect(noted).toMatch(words);
    expect(await run('--json', '--from', log())).toBe(1);
    expect(JSON.parse(printed)['error']).toMatch(words);
    expect(files().currentVersion('support')).toBeUndefined();
  });

  test('a damaged line of a log is told by its number', async () => {
    const log = writeLog(300);
    writeFileSync(log, `${readFileSync(log, 'utf8')}{"weak_correct": 2}\n`);
    await expect(run('--from', log)).rejects.toThrow(/log\.jsonl:301 "weak_correct" is 2/);
  });

  test('a version that is no longer kept is not restored', async () => {
    expect(await run('--restore', '0123456789ab')).toBe(1);
    expect(noted).toContain('has no version 0123456789ab any more');
  });

  test('a version that was edited is listed as damaged, not restored, and replaced', async () => {
    const { version, file } = await told('--from', writeLog(1500));
    const path = String(file);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"benefitShare":0', '"benefitShare":1'));
    expect(await run('--list')).toBe(0);
    expect(printed).toMatch(/in force.*is damaged: .*was changed after it was written/);
    expect(await run('--restore', String(version))).toBe(1);
    expect(noted).toMatch(/was changed after it was written: calibrate the route again\.\n$/);
    const mended = await told('--from', writeLog(1500, { seed: 3 }));
    expect(mended).toMatchObject({ before: { version, point: null }, inForce: true });
  });

  test('a route without a target is calibrated, and told that nobody will notice', async () => {
    const { remarks } = await told('--route', 'plain', '--from', writeLog(400));
    expect(remarks).toContainEqual(
      expect.stringMatching(
        /^routes\.plain\.scorer\.target is not set: .*\{ quality: 0\.99, confidence: 0\.9 \}/,
      ),
    );
  });
});
