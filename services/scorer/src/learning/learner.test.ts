import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DraftLabelled } from '@weir/core';
import type { Log } from '@weir/runtime';
import { makeDraftLabelled, silentLog, temporaryDirectory } from '@weir/testkit';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { LearnedSettings } from '../learned-route.ts';
import { type ScorerFile, scorerFile } from '../models/scorer-file.ts';
import { ScorerFiles } from '../models/scorer-files.ts';
import { SIGNAL_SET } from '../signals/index.ts';
import { LabelLedger } from './label-ledger.fixture.ts';
import { GOOD_DRAFT } from './simulated-exchange.fixture.ts';
import { SimulatedRoute, type SimulationOptions } from './simulated-route.fixture.ts';

const DAY_MS = 24 * 3_600_000;
const opened: AsyncDisposable[] = [];
afterAll(async () => {
  for (const each of opened.toReversed()) await each[Symbol.asyncDispose]();
});

/** A log that remembers what went wrong. */
function rememberedLog() {
  const told: string[] = [];
  const tell = (_fields: unknown, message: string) => void told.push(message);
  const log = { ...silentLog, error: tell, warn: tell, info: () => {} } as unknown as Log;
  return { log, told };
}

async function emptyDirectory(): Promise<string> {
  const directory = await temporaryDirectory();
  opened.push(directory);
  return directory.path;
}

function start(options: Omit<SimulationOptions, 'seed'> & { readonly seed?: string }) {
  const route = new SimulatedRoute({ seed: 'learner', ...options });
  opened.push(route);
  return route;
}

/** A route that has learned enough to accept drafts. */
async function settled(settings: Partial<LearnedSettings> = {}) {
  const options = { directory: await emptyDirectory(), ledger: new LabelLedger(), settings };
  const route = start(options);
  await route.run(700);
  expect(route.learned.certificate).not.toBeNull();
  return { route, options };
}

/** The same files and the same ledger, another process. */
async function restarted(route: SimulatedRoute, options: Omit<SimulationOptions, 'seed'>) {
  await route[Symbol.asyncDispose]();
  return start({ ...options, clock: route.clock, seed: 'another' });
}

function versionsOf({ files }: SimulatedRoute): string[] {
  return files.history('support').map(({ version }) => version);
}

/** Labels that show the model in force to be too sure, one after the other. */
function disappointments(route: SimulatedRoute, count: number): DraftLabelled[] {
  return Array.from({ length: count }, (_, at) => {
    const [like] = route.ledger.entries.map(({ event }) => event as DraftLabelled);
    return makeDraftLabelled({
      labelledAtMs: route.clock.nowMs(),
      model: route.learned.file?.version ?? '',
      confidence: 0.95,
      draftRight: at % 2,
      ...(like && { example: like.example }),
    });
  });
}

/** How many disappointments it takes until the alarm. */
async function patience(route: SimulatedRoute): Promise<number> {
  for (const [at, label] of disappointments(route, 200).entries()) {
    route.ledger.record(label);
    await route.ledger.drained();
    if (!route.learned.watch?.alarm) continue;
    await route.look();
    return at + 1;
  }
  throw new Error('there was no alarm');
}

describe('a process that starts again', () => {
  test('goes on with the version in force, and makes no other of the labels that it is made of', async () => {
    const { route, options } = await settled();
    const versions = versionsOf(route);
    const again = await restarted(route, options);
    // From the first request on, before a label has been read.
    expect(again.learned.file?.version).toBe(versions.at(-1));
    expect(again.learned.shadowChance).toBe(0.02);
    await again.look();
    expect(versionsOf(again)).toEqual(versions);
    await again.run(1500);
    expect(versionsOf(again).length).toBeGreaterThan(versions.length);
  });

  test('is in safe mode when it was', async () => {
    const { route, options } = await settled();
    await patience(route);
    expect(route.files.safeMode('support')).toMatchObject({ alarm: 'overconfident' });
    const again = await restarted(route, options);
    const { verdict } = await again.request();
    expect(verdict.reasons).toContain('safe_mode:overconfident');
    await again.run(1500, { until: () => !again.learned.safeMode });
    expect(again.learned.safeMode).toBeUndefined();
    expect(again.files.history('support').at(-1)?.reason).toBe('after_alarm');
  });

  test('has not forgotten what was gathered for an alarm', async () => {
    const { route: other } = await settled();
    const labels = await patience(other);
    const { route, options } = await settled();
    const half = Math.floor(labels / 2);
    for (const label of disappointments(route, half)) route.ledger.record(label);
    await route.look();
    expect(route.learned.watch?.alarm).toBeNull();
    const again = await restarted(route, options);
    await again.look();
    expect(await patience(again)).toBeLessThanOrEqual(labels - half + 1);
  });

  test('does not bring an alarm back that is over', async () => {
    const { route, options } = await settled();
    await patience(route);
    await route.run(1500, { until: () => !route.learned.safeMode });
    expect(route.learned.safeMode).toBeUndefined();
    const again = await restarted(route, options);
    await again.look();
    expect(again.learned.watch?.alarm).toBeNull();
    expect((await again.request()).verdict.reasons).not.toContain('safe_mode:overconfident');
  });
});

describe('labels', () => {
  test('that come twice count once', async () => {
    const { route } = await settled();
    const before = route.learned.watch;
    const half = disappointments(route, 20);
    for (const label of [...half, ...half, ...half, ...half]) route.ledger.record(label);
    await route.look();
    expect(before?.alarm).toBeNull();
    const gauge = await route.metrics.render();
    const rows = route.ledger.entries.length - 3 * half.length;
    const told = [...gauge.text.matchAll(/weir_scorer_labels\{.*\} (\d+)/g)];
    expect(told.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(rows);
  });

  test('of a version from before the last alarm do not count against the one that ended it', async () => {
    const { route } = await settled();
    const old = disappointments(route, 100);
    await patience(route);
    await route.run(1500, { until: () => !route.learned.safeMode });
    for (const label of old) {
      route.ledger.record({
        ...label,
        labelledAtMs: route.clock.nowMs(),
        labelId: `late-${label.labelId}`,
      });
    }
    await route.look();
    expect(route.learned.watch?.alarm).toBeNull();
  });

  test('that are opinions of users alone teach nothing', async () => {
    const route = start({ directory: await emptyDirectory(), ledger: new LabelLedger() });
    for (let at = 0; at < 600; at++) {
      const example = {
        endpoint: '',
        signals: { set: SIGNAL_SET, values: [at % 7] },
        ngrams: [],
        relativeCost: 1,
      };
      const about = {
        source: 'feedback',
        frontierRight: null,
        propensity: 1,
        sampled: false,
      } as const;
      route.ledger.record(
        makeDraftLabelled({ ...about, example, draftRight: at % 2, labelledAtMs: at }),
      );
    }
    await route.look();
    expect(route.learned.file).toBeUndefined();
    expect(route.learned.shadowChance).toBe(1);
  });

  test('are read on from where the ledger broke off', async () => {
    const { log, told } = rememberedLog();
    const ledger = new LabelLedger();
    const directory = await emptyDirectory();
    const route = start({ directory, ledger, log, lookEveryMs: 20 });
    await route.run(40);
    ledger.break();
    for (let at = 0; at < 10; at++) await route.request();
    await vi.waitFor(() => expect(ledger.watches.length).toBeGreaterThan(3));
    ledger.failing = false;
    await route.run(40);
    expect(ledger.watches.at(-1)).toBeGreaterThanOrEqual(40n);
    expect(told.filter((line) => line.includes('cannot be read'))).toHaveLength(1);
    const { text } = await route.metrics.render();
    expect(text).toMatch(/weir_scorer_labels\{.*escalation.*\} 90/);
  });
});

describe('what another process puts in force', () => {
  /** Another version, as `weir calibrate` would make one. */
  function another(file: ScorerFile | undefined): ScorerFile {
    if (!file) throw new Error('there is one to be like');
    const { version: _version, format: _format, ...content } = file;
    return scorerFile({ ...content, shadowPrice: -1 });
  }

  test('is taken over, and taken back', async () => {
    const { route } = await settled();
    const first = route.learned.file;
    const calibrated = another(first);
    const files = new ScorerFiles(route.directory, 50);
    files.promote(calibrated, 'calibrated', route.clock.nowMs());
    await route.look();
    expect(route.learned.file?.version).toBe(calibrated.version);
    files.restore('support', first?.version ?? '', route.clock.nowMs());
    await route.look();
    expect(route.learned.file?.version).toBe(first?.version);
  });

  test('may begin a safe mode and end one', async () => {
    const { route } = await settled();
    const files = new ScorerFiles(route.directory, 50);
    const safeMode = { alarm: 'by_hand', sinceMs: route.clock.nowMs(), version: '' };
    files.enterSafeMode('support', safeMode);
    await route.look();
    expect((await route.request()).verdict.reasons).toContain('safe_mode:by_hand');
    files.promote(another(route.learned.file), 'calibrated', route.clock.nowMs());
    files.leaveSafeMode('support');
    await route.look();
    expect((await route.request()).verdict.reasons).toEqual(['worth_escalating']);
  });

  test('stays out when it is damaged: what was in force stays, and that is said once', async () => {
    const { log, told } = rememberedLog();
    const { route, options } = await settled();
    const again = await restarted(route, { ...options, log } as typeof options);
    const first = again.learned.file;
    const files = new ScorerFiles(again.directory, 50);
    const calibrated = another(first);
    files.promote(calibrated, 'calibrated', again.clock.nowMs());
    writeFileSync(join(again.directory, 'support', `${calibrated.version}.json`), '{"format":1}');
    await again.look();
    await again.look();
    expect(again.learned.file?.version).toBe(first?.version);
    expect(told.filter((line) => line.includes('is damaged'))).toHaveLength(1);
    const third = await restarted(again, { ...options, log } as typeof options);
    expect(third.learned.file).toBeUndefined();
    expect((await third.request()).verdict).toMatchObject({
      decision: 'escalate',
      reasons: ['not_calibrated'],
    });
  });
});

test('another endpoint voids the model, is learned from its first request on, and has its own in the end', async () => {
  const { route } = await settled();
  const first = route.learned.file;
  route.draft = { ...GOOD_DRAFT, fingerprint: 'endpoint-2', skill: 2.6 };
  const changed = await route.run(60, { every: 30 });
  for (const { verdict } of changed) {
    expect(verdict).toMatchObject({ decision: 'escalate', reasons: ['endpoint_changed'] });
  }
  expect(route.learned.shadowChance).toBe(1);
  await route.run(600, { every: 50, until: () => route.learned.file?.endpoint === 'endpoint-2' });
  expect(route.learned.file?.endpoint).toBe('endpoint-2');
  expect(route.files.history('support').at(-1)?.reason).toBe('new_endpoint');
  // Of the first endpoint's rows none is in it.
  expect(route.learned.file?.figures.fittedRows).toBeLessThan(first?.figures.fittedRows ?? 0);
  const served = await route.run(800);
  expect(served.filter(({ accepted }) => accepted).length).toBeGreaterThan(100);
});

describe('learning is due', () => {
  test('when enough is new, and at night when anything is', async () => {
    const { route } = await settled({ retrainAfterLabels: 400 });
    const versions = versionsOf(route);
    await route.run(30);
    expect(versionsOf(route)).toEqual(versions);
    route.clock.advance(DAY_MS);
    await route.look();
    expect(versionsOf(route)).toHaveLength(versions.length + 1);
    await route.look();
    route.clock.advance(DAY_MS);
    await route.look();
    expect(versionsOf(route)).toHaveLength(versions.length + 1);
  });

  test('and makes the same model of the same labels', async () => {
    const { route, options } = await settled({ retrainAfterLabels: 400 });
    const { ledger } = options;
    const other = start({ ...options, directory: await emptyDirectory(), clock: route.clock });
    await other.look();
    const third = start({ ...options, directory: await emptyDirectory(), clock: route.clock });
    await third.look();
    expect(ledger.entries.length).toBeGreaterThan(400);
    expect(other.learned.file?.version).toBe(third.learned.file?.version);
    expect(other.learned.file).toBeDefined();
  });
});

test('operators see what is in force, what it rests on, and an alarm', async () => {
  const { route } = await settled();
  const lines = async () => (await route.metrics.render()).text;
  const labels = '{route="support",service="simulation"}';
  expect(await lines()).toContain(`weir_scorer_safe_mode${labels} 0`);
  expect(await lines()).toContain(`weir_scorer_certificate_alpha${labels} 0.05`);
  expect(await lines()).toMatch(/weir_scorer_certificate_rows\{.*\} [1-9]\d+/);
  expect(await lines()).toMatch(/weir_scorer_promotions_total\{.*reason="first".*\} 1/);
  await patience(route);
  expect(await lines()).toContain(`weir_scorer_safe_mode${labels} 1`);
});
