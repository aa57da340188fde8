import { describe, expect, test } from 'vitest';
import { LearnedRoute, type LearnedSettings } from './learned-route.ts';
import { fitScorer } from './models/fit.ts';
import type { FitCall } from './models/fit-call.ts';
import { fitCall, makeRows, signalsOf } from './models/learning-rows.fixture.ts';
import type { ScorerFile } from './models/scorer-file.ts';
import type { SafeMode } from './models/scorer-files.ts';
import { SIGNALS } from './signals/index.ts';

const SETTINGS: LearnedSettings = {
  target: { kind: 'quality', alpha: 0.05, delta: 0.1 },
  greyShare: 0.2,
  shadowFirst: 100,
  shadowShare: 0.02,
  skipDraft: false,
  labelsKept: 1000,
  retrainAfterLabels: 50,
  draftCostShare: 0.06,
  buyCostShare: 0.06,
};

const ENDPOINT = { fingerprint: 'endpoint-1' };
const SAFE_MODE: SafeMode = { alarm: 'overconfident', sinceMs: 5, version: 'x' };
const SURE = signalsOf(2);
const UNSURE = signalsOf(-2);

function fileOf(changes: Partial<FitCall> = {}): ScorerFile {
  return fitScorer(fitCall(changes)) as ScorerFile;
}

const FILE = fileOf();

function routeWith(file: ScorerFile | undefined, settings: Partial<LearnedSettings> = {}) {
  const drift = { requests: 20_000, falseAlarm: 0.05, oddsRatio: 2 };
  const route = new LearnedRoute({ ...SETTINGS, ...settings }, drift);
  route.use(file, undefined);
  route.labels = 500;
  return route;
}

/** So many verdicts on drafts that are alike. */
function decide(
  route: LearnedRoute,
  count: number,
  signals: readonly number[],
  escalated: boolean,
) {
  const opinion = route.opinion('support', signals, []);
  const decided = { opinion, ngrams: [], isOutside: false, escalated };
  for (let at = 0; at < count; at++) route.decided(decided);
}

/** Labels that show the model to be far too sure. */
function disappoint(route: LearnedRoute): void {
  for (let at = 0; at < 100; at++) route.watch?.labelled(0.95, at % 2, true);
}

describe('a model has no word', () => {
  test('where there is none', () => {
    expect(routeWith(undefined).distrust(ENDPOINT, SURE)).toEqual(['not_calibrated']);
  });

  test('on signals of another set', () => {
    const file = { ...FILE, signalSet: 'another' };
    expect(routeWith(file).distrust(ENDPOINT, SURE)).toEqual(['not_calibrated']);
  });

  test('on drafts of another endpoint', () => {
    const route = routeWith(FILE);
    expect(route.distrust({ fingerprint: 'endpoint-2' }, SURE)).toEqual(['endpoint_changed']);
    expect(route.distrust(ENDPOINT, SURE)).toEqual([]);
    expect(route.distrust(undefined, SURE)).toEqual([]);
  });

  test('on drafts without the evidence that all its rows had', () => {
    const none = SIGNALS.map(() => Number.NaN);
    expect(routeWith(FILE).distrust(ENDPOINT, none)).toEqual(['missing_evidence']);
    expect(routeWith(FILE).distrust(ENDPOINT, [])).toEqual(['missing_evidence']);
  });

  test.for([
    ['a tenth', 10, ['missing_evidence']],
    ['a third', 3, []],
  ] as const)('when %s of its rows lacked it', ([_share, every, distrust]) => {
    const none = SIGNALS.map(() => Number.NaN);
    const rows = makeRows(500).map((row, at) =>
      at % every === 0 ? { ...row, signals: none } : row,
    );
    const route = routeWith(fileOf({ rows }));
    expect(route.distrust(ENDPOINT, none)).toEqual(distrust);
    // What was found to be worthless is not made good by rows that had none.
    expect(route.distrust({ ...ENDPOINT, logprobsTrusted: false }, none)).toEqual([
      'missing_evidence',
    ]);
  });

  test('in safe mode', () => {
    const route = routeWith(FILE);
    route.use(FILE, SAFE_MODE);
    expect(route.distrust(ENDPOINT, SURE)).toEqual(['safe_mode:overconfident']);
    expect(route.escalationChance([1])).toBeNull();
  });

  test('from the moment that an alarm is raised, before anybody has written it down', () => {
    const route = routeWith(FILE);
    disappoint(route);
    expect(route.safeMode).toBeUndefined();
    expect(route.distrust(ENDPOINT, SURE)).toEqual(['safe_mode:overconfident']);
  });
});

describe('accepted drafts are looked at', () => {
  test('all until there are labels enough, then rarely', () => {
    const route = routeWith(FILE);
    route.labels = 99;
    expect(route.shadowChance).toBe(1);
    route.labels = 100;
    expect(route.shadowChance).toBe(0.02);
  });

  test('all where none is accepted, since that costs nothing and makes the sample that a certificate needs', () => {
    expect(routeWith(undefined).shadowChance).toBe(1);
    expect(routeWith({ ...FILE, shadowPrice: null }).shadowChance).toBe(1);
    const route = routeWith(FILE);
    disappoint(route);
    expect(route.shadowChance).toBe(1);
    route.use(FILE, SAFE_MODE);
    expect(route.shadowChance).toBe(1);
  });
});

describe('what was seen of drift', () => {
  test('outlives a new version of the same endpoint', () => {
    const route = routeWith(FILE);
    for (let at = 0; at < 24; at++) route.watch?.labelled(0.95, at % 2, true);
    expect(route.watch?.alarm).toBeNull();
    route.use(fileOf({ nowMs: 2_000_000 }), undefined);
    for (let at = 0; at < 24; at++) route.watch?.labelled(0.95, at % 2, true);
    expect(route.watch?.alarm).toBe('overconfident');
  });

  test('is of no account for another endpoint', () => {
    const route = routeWith(FILE);
    disappoint(route);
    route.use(fileOf({ endpoint: 'endpoint-2' }), undefined);
    expect(route.watch?.alarm).toBeNull();
  });

  test('is over with the safe mode that it led to', () => {
    const route = routeWith(FILE);
    disappoint(route);
    route.use(FILE, SAFE_MODE);
    route.use(fileOf({ nowMs: 2_000_000 }), undefined);
    expect(route.watch?.alarm).toBeNull();
    expect(route.distrust(ENDPOINT, SURE)).toEqual([]);
  });

  test('and an alarm is not wiped out by a version that comes before it is written down', () => {
    const route = routeWith(FILE);
    disappoint(route);
    route.use(fileOf({ nowMs: 2_000_000 }), undefined);
    expect(route.distrust(ENDPOINT, SURE)).toEqual(['safe_mode:overconfident']);
  });

  test('is not gathered from drafts that lack evidence, nor while nothing is accepted', () => {
    const opinion = routeWith(FILE).opinion('support', SURE, []);
    const lacking = { opinion, ngrams: [], isOutside: true, escalated: true };
    const route = routeWith(FILE);
    for (let at = 0; at < 1000; at++) route.decided(lacking);
    expect(route.watch?.alarm).toBeNull();
    decide(route, 1000, SURE, false);
    expect(route.watch?.alarm).not.toBeNull();
  });
});

describe('a budget', () => {
  const target = { kind: 'budget', share: 0.5 } as const;
  const file = fileOf({ target });

  test('has its price from the version, and moves it by what requests cost', () => {
    const route = routeWith(file, { target });
    expect(route.shadowPrice).toBe(file.shadowPrice);
    decide(route, 5, UNSURE, true);
    expect(route.shadowPrice).toBeGreaterThan(file.shadowPrice ?? 0);
    const high = route.shadowPrice ?? 0;
    decide(route, 20, SURE, false);
    expect(route.shadowPrice).toBeLessThan(high);
  });

  test('goes on where it was with a new version, and anew after an alarm', () => {
    const route = routeWith(file, { target });
    decide(route, 5, UNSURE, true);
    const price = route.shadowPrice;
    route.use(fileOf({ target, nowMs: 2_000_000 }), undefined);
    expect(route.shadowPrice).toBe(price);
    route.use(file, SAFE_MODE);
    route.use(fileOf({ target, nowMs: 3_000_000 }), undefined);
    expect(route.shadowPrice).toBe(file.shadowPrice);
  });

  test('is not run up by what nothing could be done about', () => {
    const route = routeWith(file, { target });
    route.use(file, SAFE_MODE);
    decide(route, 50, UNSURE, true);
    expect(route.shadowPrice).toBe(file.shadowPrice);
  });

  test('counts the drafts that escalate for lack of evidence, and those that are never made', () => {
    const route = routeWith(file, { target });
    const opinion = route.opinion('support', UNSURE, []);
    route.decided({ opinion, ngrams: [], isOutside: true, escalated: true });
    const once = route.shadowPrice ?? 0;
    expect(once).toBeGreaterThan(file.shadowPrice ?? 0);
    route.skipped();
    expect(route.shadowPrice).toBeGreaterThan(once);
  });

  test('that moves its price is no drift', () => {
    const route = routeWith(file, { target });
    // The price goes up to where nothing escalates; the traffic is the one that the version knows.
    const rows = makeRows(3000, { seed: 'traffic' });
    for (const { signals, ngrams } of rows) {
      const opinion = route.opinion('support', signals, ngrams);
      route.decided({ opinion, ngrams, isOutside: false, escalated: true });
    }
    expect(route.shadowPrice).toBe(1);
    expect(route.watch?.alarm).toBeNull();
    expect(route.watch?.warnings).toEqual([]);
  });
});

test('evidence is bought for those nearest to the price, on both sides, and for nobody without one', () => {
  const route = routeWith(FILE, { greyShare: 0.2 });
  const price = FILE.shadowPrice ?? 0;
  const opinions = makeRows(2000, { seed: 'traffic' }).flatMap(({ signals, ngrams }) => {
    return route.opinion('support', signals, ngrams) ?? [];
  });
  const grey = opinions.filter((opinion) => route.isGrey(opinion));
  expect(grey.length / opinions.length).toBeGreaterThan(0.1);
  expect(grey.length / opinions.length).toBeLessThan(0.3);
  const span = grey.map(({ priority }) => priority).sort((left, right) => left - right);
  expect(span[0]).toBeLessThan(price);
  expect(span.at(-1)).toBeGreaterThan(price);
  const isInside = ({ priority }: { priority: number }) =>
    priority >= (span[0] ?? 0) && priority <= (span.at(-1) ?? 0);
  expect(opinions.filter(isInside)).toHaveLength(grey.length);
  const [opinion] = grey;
  expect(opinion && routeWith({ ...FILE, shadowPrice: null }).isGrey(opinion)).toBe(false);
});

describe('a draft is not made', () => {
  // Questions with one word are mostly hard, those with another are not. A draft costs two fifths of the frontier.
  const draftCostShare = 0.4;
  const [hardWord, easyWord] = [7, 9];
  const wordOf = (signals: readonly number[]) =>
    signals.some((value) => value < 0) ? hardWord : easyWord;
  const worded = (seed: string) =>
    makeRows(3000, { seed }).map((row) => ({ ...row, ngrams: [wordOf(row.signals)] }));
  const made = () =>
    routeWith(fileOf({ rows: worded('rows'), draftCostShare }), { draftCostShare });

  test('where it is a waste, but for a few that may show that it no longer is', () => {
    const route = made();
    const hard = route.escalationChance([hardWord]) ?? 0;
    const easy = route.escalationChance([easyWord]) ?? 1;
    expect(hard).toBeGreaterThan(0.6);
    expect(easy).toBeLessThan(0.2);
    expect(route.isWorthDrafting(easy, () => 0.99)).toBe(true);
    expect(route.isWorthDrafting(hard, () => 0.5)).toBe(false);
    expect(route.isWorthDrafting(hard, () => 0.005)).toBe(true);
  });

  test('and that those few are all that is seen of them is no drift', () => {
    const route = made();
    for (const [at, { signals, ngrams }] of worded('traffic').entries()) {
      if (ngrams.includes(hardWord) && at % 100 !== 0) continue;
      const opinion = route.opinion('support', signals, ngrams);
      route.decided({ opinion, ngrams, isOutside: false, escalated: false });
    }
    expect(route.watch?.alarm).toBeNull();
    expect(route.watch?.warnings).toEqual([]);
  });
});

test('costs are told as multiples of those of late', () => {
  const route = routeWith(undefined);
  expect(route.relativeCost(null)).toBeNull();
  expect(route.relativeCost(0n)).toBeNull();
  expect(route.relativeCost(500n)).toBe(1);
  expect(route.relativeCost(1000n)).toBeCloseTo(2, 1);
  for (let at = 0; at < 2000; at++) route.relativeCost(4000n);
  expect(route.relativeCost(4000n)).toBeCloseTo(1, 2);
});
