import { temporaryDirectory } from '@weir/testkit';
import { describe, expect, test } from 'vitest';
import { LabelLedger } from './label-ledger.fixture.ts';
import { GOOD_DRAFT } from './simulated-exchange.fixture.ts';
import { type Served, SimulatedRoute, type SimulationOptions } from './simulated-route.fixture.ts';

/** Enough to see what there is to see, in seconds; `node test/bench/drift.ts` has the long form. */
const SMALL = { labelsKept: 3000, retrainAfterLabels: 250 };

async function simulated(seed: string, settings: SimulationOptions['settings'] = SMALL) {
  const directory = await temporaryDirectory();
  const route = new SimulatedRoute({
    directory: directory.path,
    ledger: new LabelLedger(),
    seed,
    settings,
  });
  return {
    route,
    [Symbol.asyncDispose]: async () => {
      await route[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

function shareOf(all: readonly Served[], holds: (served: Served) => boolean): number {
  return all.filter(holds).length / all.length;
}

test('a route is learned, certified, watched, shut when its draft gets worse, and opened again by a new certificate', async () => {
  await using scene = await simulated('life');
  const { route } = scene;

  const first = await route.run(150);
  expect(first.every(({ accepted, label }) => !accepted && label?.sampled)).toBe(true);

  await route.run(850);
  const { certificate } = route.learned;
  expect(certificate).toMatchObject({ alpha: 0.05, delta: 0.1 });
  const settled = await route.run(3000);
  expect(shareOf(settled, ({ accepted }) => accepted)).toBeGreaterThan(0.5);
  expect(shareOf(settled, ({ lost }) => lost)).toBeLessThan(0.05);
  // Two in a hundred of those accepted are looked at, and every one that is not accepted.
  const looked = settled.filter(({ accepted, label }) => accepted && label);
  const accepted = settled.filter((served) => served.accepted).length;
  expect(looked.length).toBeGreaterThan(0.008 * accepted);
  expect(looked.length).toBeLessThan(0.035 * accepted);

  // Somebody puts a smaller model behind the same address: it sounds as sure as ever.
  const before = route.ledger.entries.length;
  route.draft = { ...GOOD_DRAFT, skill: 1.8 };
  await route.run(5000, { until: () => route.learned.watch?.alarm !== null });
  expect(route.learned.safeMode).toMatchObject({ alarm: 'overconfident' });
  expect(route.ledger.entries.length - before).toBeLessThan(500);
  const alarmAtMs = route.learned.safeMode?.sinceMs ?? 0;

  const shut = await route.run(150);
  expect(
    shut.every(({ verdict, label }) => verdict.decision === 'escalate' && label?.sampled),
  ).toBe(true);
  expect(shut.at(-1)?.verdict.reasons).toContain('safe_mode:overconfident');

  await route.run(3000, { every: 50, until: () => !route.learned.safeMode });
  const opened = route.learned.certificate;
  expect(opened?.issuedAtMs).toBeGreaterThan(alarmAtMs);
  // A second a request: none of its rows is from before the alarm.
  expect(opened?.rows).toBeLessThan(((opened?.issuedAtMs ?? 0) - alarmAtMs) / 1000);
  const after = await route.run(2000);
  expect(shareOf(after, (served) => served.accepted)).toBeGreaterThan(0.1);
  expect(shareOf(after, ({ lost }) => lost)).toBeLessThan(0.05);
  expect(route.learned.watch?.alarm).toBeNull();
}, 60_000);

describe('safe mode within 500 labels', () => {
  test.each([
    ['a much worse model', { skill: 1.2 }],
    ['a worse model', { skill: 1.8 }],
    ['harder questions that it is as sure about', { hardness: 0.8, doubt: -0.72 }],
  ])(
    'of %s',
    async (what, change) => {
      await using scene = await simulated(what);
      const { route } = scene;
      await route.run(2500);
      expect(route.learned.certificate).not.toBeNull();
      const before = route.ledger.entries.length;
      route.draft = { ...GOOD_DRAFT, ...change };
      await route.run(5000, { until: () => route.learned.watch?.alarm !== null });
      expect(route.learned.safeMode).toBeDefined();
      expect(route.ledger.entries.length - before).toBeLessThan(500);
    },
    60_000,
  );
});

test('safe mode within 500 shadow labels of a model that is wrong where it sounds sure, though nothing else changes', async () => {
  // More are looked at than usual, since only how many count here.
  await using scene = await simulated('slips', { ...SMALL, shadowShare: 0.25 });
  const { route } = scene;
  await route.run(2500);
  expect(route.learned.certificate).not.toBeNull();
  route.draft = { ...GOOD_DRAFT, slips: 0.2 };
  const worse = await route.run(6000, { until: () => route.learned.watch?.alarm !== null });
  expect(route.learned.safeMode).toMatchObject({ alarm: 'overconfident' });
  const shadows = worse.filter(({ label }) => label?.source === 'shadow').length;
  expect(shadows).toBeLessThan(500);
}, 60_000);

// The level is a twentieth each for labels and escalation rate: what two seeds show is little, the long form shows more.
test('no false alarm in 20,000 in-control requests', async () => {
  const alarms: string[] = [];
  for (const seed of ['one', 'two']) {
    await using scene = await simulated(seed);
    const served = await scene.route.run(20_000, { every: 500 });
    const { alarm } = scene.route.learned.watch ?? { alarm: 'no model' };
    if (alarm !== null || scene.route.files.lastAlarm('support')) alarms.push(`${seed}: ${alarm}`);
    expect(shareOf(served.slice(1000), ({ lost }) => lost)).toBeLessThan(0.05);
  }
  expect(alarms).toEqual([]);
}, 120_000);
