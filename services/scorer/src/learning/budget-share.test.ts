import { temporaryDirectory } from '@weir/testkit';
import { expect, test } from 'vitest';
import { LabelLedger } from './label-ledger.fixture.ts';
import { GOOD_DRAFT } from './simulated-exchange.fixture.ts';
import { SETTINGS, type Served, SimulatedRoute } from './simulated-route.fixture.ts';

/** Of the frontier's bill, with the drafts and the calls that are only made to learn. */
function billOf(all: readonly Served[]): number {
  let calls = 0;
  for (const { accepted, label } of all) if (!accepted || label) calls++;
  return SETTINGS.draftCostShare + calls / all.length;
}

test.each([0.3, 0.6])(
  'a budget of %f is kept within a few percent while questions get harder and easier',
  async (share) => {
    await using directory = await temporaryDirectory();
    await using route = new SimulatedRoute({
      directory: directory.path,
      ledger: new LabelLedger(),
      seed: `budget ${share}`,
      settings: {
        target: { kind: 'budget', share },
        labelsKept: 3000,
        retrainAfterLabels: 400,
      },
      // What is about drift is not looked at here.
      drift: { requests: 20_000, falseAlarm: 1e-12, oddsRatio: 2 },
    });
    await route.run(1000);
    expect(route.learned.certificate).toBeNull();
    expect(route.learned.shadowPrice).not.toBeNull();
    const bills: number[] = [];
    for (const hardness of [0, 0.4, -0.3, 0]) {
      route.draft = { ...GOOD_DRAFT, hardness };
      const served = await route.run(1200, { every: 400 });
      bills.push(billOf(served));
    }
    expect(route.learned.safeMode).toBeUndefined();
    for (const bill of bills) expect(Math.abs(bill - share)).toBeLessThan(0.08);
    const all = bills.reduce((sum, bill) => sum + bill, 0) / bills.length;
    expect(Math.abs(all - share)).toBeLessThan(0.02);
  },
  30_000,
);
