import { Cluster, type ReplayReport, startPostgres } from '@weir/testkit';
import { describe, expect, test } from 'vitest';
import { writeQuestions } from './questions.ts';

async function replayed(cluster: Cluster): Promise<ReplayReport> {
  return cluster.replay(writeQuestions(cluster.directory, 300));
}

function essence({ ledger, escalatedShare, quality }: ReplayReport) {
  return { ledger, escalatedShare, quality };
}

describe('the same questions', () => {
  test('cost the same to the last picodollar in one process, in five, and on PostgreSQL', async () => {
    const reports: ReplayReport[] = [];
    {
      await using embedded = await Cluster.start({ mode: 'embedded' });
      reports.push(await replayed(embedded));
    }
    {
      await using distributed = await Cluster.start({ mode: 'distributed' });
      reports.push(await replayed(distributed));
    }
    {
      await using postgres = await startPostgres();
      await using cluster = await Cluster.start({ mode: 'distributed', postgresUrl: postgres.url });
      reports.push(await replayed(cluster));
    }
    const [first] = reports;
    for (const report of reports) {
      expect(report.reconciliation).toMatchObject({ agrees: true, missing: 0, inexact: 0 });
      expect(report.reconciliation?.ledgerUsd).toBe(report.reconciliation?.providerUsd);
      expect(report.failed).toBe(0);
      expect(first && essence(report)).toEqual(first && essence(first));
    }
    expect(first?.escalatedShare).toBeGreaterThan(0.1);
    expect(first?.escalatedShare).toBeLessThan(1);
  });
});
