import { LiveScorerModel } from '@weir/cascade';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../learning/seeded-random.ts';
import { fitScorer, LEAST_ROWS, refitScorer, split } from './fit.ts';
import type { LearningRow } from './learning-row.ts';
import { fitCall, makeRows } from './learning-rows.fixture.ts';
import type { ScorerFile } from './scorer-file.ts';

function fitted(changes: Parameters<typeof fitCall>[0] = {}): ScorerFile {
  const file = fitScorer(fitCall(changes));
  if (!file) throw new Error('there are rows enough');
  return file;
}

/** What the policy of a file loses, and escalates, on rows. */
function outcome({ model, shadowPrice }: ScorerFile, rows: readonly LearningRow[]) {
  const judge = new LiveScorerModel(model);
  const price = shadowPrice ?? Number.NEGATIVE_INFINITY;
  const accepted = rows.filter((row) => judge.judge(row).priority <= price);
  return {
    loss: accepted.filter(({ draftRight }) => draftRight === 0).length / rows.length,
    escalated: 1 - accepted.length / rows.length,
  };
}

describe('rows are split', () => {
  const arbitraryRow = fc.record({
    group: fc.constantFrom('support', 'sales'),
    sampled: fc.boolean(),
    frontierRight: fc.constantFrom(1, null),
    atMs: fc.integer({ min: 0, max: 40 }),
  });

  test('so that none is both fitted to and certified on, and none that is not of the sample is certified on', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryRow, { maxLength: 60 }),
        fc.integer({ min: 0, max: 50 }),
        (drawn, certifyFromMs) => {
          const [like] = makeRows(1);
          const rows = drawn
            .map((row) => ({ ...(like as LearningRow), ...row }))
            .sort((left, right) => left.atMs - right.atMs);
          const { fitted: fit, certifying } = split({ route: 'support', rows, certifyFromMs });
          expect(fit.length + certifying.length).toBe(rows.length);
          for (const row of certifying) {
            expect(fit).not.toContain(row);
            expect(row).toMatchObject({ group: 'support', sampled: true, frontierRight: 1 });
            expect(row.atMs).toBeGreaterThanOrEqual(certifyFromMs);
          }
        },
      ),
    );
  });

  test('at the newest two fifths of the sample, however rare it has become', () => {
    const rows = makeRows(3000, { sampled: (at) => at < 500 || at % 50 === 0 });
    const { certifying } = split({ route: 'support', rows, certifyFromMs: 0 });
    expect(certifying).toHaveLength(220);
  });
});

describe('a first fit', () => {
  test('keeps its promise on rows that it has not seen, and escalates no more than it must', () => {
    const rows = makeRows(1000);
    const file = fitted({ rows });
    expect(file.certificate).toMatchObject({ alpha: 0.05, delta: 0.1, rows: 400 });
    const { loss, escalated } = outcome(file, makeRows(20_000, { seed: 'others' }));
    expect(loss).toBeLessThan(0.05);
    expect(escalated).toBeLessThan(0.45);
  });

  test('is the same for the same rows, and another one for others', () => {
    const { version } = fitted();
    expect(fitted({ random: seededRandom('fit') }).version).toBe(version);
    expect(fitted({ rows: makeRows(500, { seed: 'others' }) }).version).not.toBe(version);
  });

  test('is not made of too few rows, and weak labels are none', () => {
    const just = Math.ceil(LEAST_ROWS / 0.6);
    expect(fitScorer(fitCall({ rows: makeRows(just - 2) }))).toBeNull();
    expect(fitScorer(fitCall({ rows: makeRows(just + 1) }))).not.toBeNull();
    const weak = makeRows(300, { seed: 'weak', sampled: () => false }).map((row) => {
      return { ...row, weight: 0.3, frontierRight: null };
    });
    expect(fitScorer(fitCall({ rows: [...weak, ...makeRows(100)] }))).toBeNull();
  });

  test('has no price and no certificate where the rows cannot show what is asked of it', () => {
    const target = { kind: 'quality', alpha: 0.01, delta: 0.1 } as const;
    const file = fitted({ target });
    expect(file).toMatchObject({ shadowPrice: null, certificate: null });
    expect(file.reference.escalationShare).toBe(1);
  });

  test('certifies nothing on rows from before the time that counts', () => {
    const rows = makeRows(500);
    expect(fitted({ rows, certifyFromMs: 501_000 }).certificate).toBeNull();
    expect(fitted({ rows, certifyFromMs: 401_000 }).certificate).toMatchObject({ rows: 100 });
  });
});

/** As a route collects them: all of the first, then a few of those accepted and every rejected one. */
function collected(count: number): LearningRow[] {
  const rows = makeRows(count, { sampled: (at) => at < 600 || at % 50 === 0 });
  return rows.flatMap((row, at) => {
    const isRejected = row.signals.some((value) => value < 0);
    if (at < 600 || isRejected) return [row];
    return row.sampled ? [{ ...row, propensity: 0.02 }] : [];
  });
}

test('what is expected of the traffic is read from the uniform sample, and not from the rejected drafts that are most of the labels', () => {
  const { reference, figures, plan } = fitted({ rows: collected(4000) });
  const plain = fitted({ rows: makeRows(4000) });
  expect(Math.abs(reference.escalationShare - plain.reference.escalationShare)).toBeLessThan(0.1);
  expect(figures.escalationShare).toBe(reference.escalationShare);
  expect(reference.rows).toBe(figures.certifiedRows);
  // Most labels are of rejected drafts, and half of the drafts are not: questions alone do not tell them apart here.
  expect(plan?.intercept).toBeLessThan(0.2);
});

describe('with a budget', () => {
  test.each([0.3, 0.5, 0.8])(
    'of %f the price costs that on other rows, and nothing is certified',
    (share) => {
      const file = fitted({ rows: makeRows(2000), target: { kind: 'budget', share } });
      expect(file.certificate).toBeNull();
      const { escalated } = outcome(file, makeRows(20_000, { seed: 'others' }));
      expect(Math.abs(0.06 + escalated - share)).toBeLessThan(0.05);
    },
  );

  test('that does not even pay for the drafts there is no price', () => {
    expect(fitted({ target: { kind: 'budget', share: 0.05 } }).shadowPrice).toBeNull();
  });

  test('rejected drafts, which are labelled more often, do not move the price', () => {
    const file = fitted({ rows: collected(4000), target: { kind: 'budget', share: 0.4 } });
    const { escalated } = outcome(file, makeRows(20_000, { seed: 'others' }));
    expect(Math.abs(0.06 + escalated - 0.4)).toBeLessThan(0.08);
  });
});

describe('beside a model in force', () => {
  const first = fitted({ rows: makeRows(500) });

  test('a challenger that learned more takes its place', () => {
    const call = fitCall({ rows: makeRows(1000) });
    const refit = refitScorer(call, first);
    expect(refit?.isNewModel).toBe(true);
    expect(refit?.file.figures.fittedRows).toBe(600);
  });

  test('a challenger that is misled does not, and the model in force gets a certificate on the newest rows', () => {
    // What came after the first fit, to judge both by, is as before; what the challenger learns from beside it is upside down.
    const rows = makeRows(1000);
    const lies = makeRows(1500, { seed: 'lies', slope: -4, sampled: () => false });
    const mixed = [...rows, ...lies].sort((left, right) => left.atMs - right.atMs);
    const refit = refitScorer(fitCall({ rows: mixed }), first);
    expect(refit?.isNewModel).toBe(false);
    expect(refit?.file.model).toEqual(first.model);
    expect(refit?.file.version).not.toBe(first.version);
    expect(refit?.file.learnedUntilMs).toBe(first.learnedUntilMs);
    expect(refit?.file.certificate?.rows).toBe(400);
  });

  test('what the model in force was fitted to does not certify it, wherever the cut would be', () => {
    const rows = makeRows(500).slice(0, 320);
    const refit = refitScorer(fitCall({ rows }), first);
    // Of 320 rows the newest 128 would certify; 300 were fitted to.
    expect(refit?.file.figures.certifiedRows).toBe(20);
    expect(refit?.file.certificate).toBeNull();
  });

  test('where there are too few rows for a challenger, the one in force is certified alone', () => {
    const later = makeRows(90, { seed: 'later', fromMs: 2_000_000 });
    const refit = refitScorer(fitCall({ rows: later }), first);
    expect(refit).toMatchObject({ isNewModel: false });
  });

  test('when nothing passes any more, that is the outcome', () => {
    const rows = makeRows(500, { seed: 'later', fromMs: 2_000_000 });
    const target = { kind: 'quality', alpha: 0.01, delta: 0.1 } as const;
    const refit = refitScorer(fitCall({ rows, target }), first);
    expect(refit?.file).toMatchObject({ shadowPrice: null, certificate: null });
  });
});

test('rows of other routes help, and certify nothing', () => {
  const pooled = makeRows(1000, { route: 'sales', seed: 'sales' });
  const own = makeRows(250);
  const rows = [...own, ...pooled].sort((left, right) => left.atMs - right.atMs);
  const file = fitted({ rows });
  expect(file.figures).toMatchObject({ fittedRows: 150, certifiedRows: 100 });
  expect(file.model.space.groups).toEqual(['sales', 'support']);
  expect(file.reference.rows).toBe(100);
});
