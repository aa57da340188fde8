import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, type ClusterPart } from '@weir/testkit';
import { describe, expect, test } from 'vitest';
import { writeQuestions } from './questions.ts';

/** Answers that have been served so far, by the provider's own count. */
async function served(cluster: Cluster): Promise<number> {
  const response = await fetch(`${cluster.simulatorUrl}/__position`);
  return ((await response.json()) as { position: number }).position;
}

async function servedMoreThan(cluster: Cluster, count: number): Promise<void> {
  while ((await served(cluster)) <= count) await sleep(10);
}

describe('kill -9 in the middle of a replay', () => {
  const victims: { mode: 'embedded' | 'distributed'; part: ClusterPart }[] = [
    { mode: 'embedded', part: 'gateway' },
    { mode: 'distributed', part: 'gateway' },
    { mode: 'distributed', part: 'draft' },
    { mode: 'distributed', part: 'ledger' },
  ];
  test.each(victims)(
    'of the $part ($mode) loses and doubles nothing that a provider served',
    async ({ mode, part }) => {
      await using cluster = await Cluster.start({ mode, tokenMs: 1 });
      const replay = cluster.replay(writeQuestions(cluster.directory, 400), '--concurrency', '16');
      await servedMoreThan(cluster, 150);
      await cluster.end(part, 'SIGKILL');
      await cluster.startPart(part);
      const report = await replay;
      expect(report.reconciliation).toMatchObject({
        missing: 0,
        repeated: 0,
        different: 0,
        unserved: 0,
      });
      expect(report.reconciliation?.servedByProvider).toBeGreaterThanOrEqual(400);
      // What was in flight is booked as a lower bound, never as nothing.
      expect(report.ledger.inexactAttempts).toBeLessThanOrEqual(32);
    },
  );
});

describe('NATS away in the middle of a replay', () => {
  const outages = [
    { name: 'stopped', leave: 'pause', back: 'resume' },
    { name: 'killed', leave: 'kill', back: 'restart' },
  ] as const;
  test.each(outages)(
    'a server that is $name delays the ledger and nothing else',
    async ({ leave, back }) => {
      await using cluster = await Cluster.start({ mode: 'distributed', tokenMs: 1 });
      const { nats } = cluster;
      if (!nats) throw new Error('a distributed cluster has a NATS server');
      const replay = cluster.replay(writeQuestions(cluster.directory, 400));
      await servedMoreThan(cluster, 50);
      await nats[leave]();
      await servedMoreThan(cluster, (await served(cluster)) + 100);
      await sleep(3000);
      await nats[back]();
      const report = await replay;
      expect(report).toMatchObject({ failed: 0, reconnects: 0 });
      expect(report.reconciliation).toMatchObject({ agrees: true, inexact: 0 });
      expect(report.latencyMs.max).toBeLessThan(3000);
    },
  );
});
