import { Cluster } from '@weir/testkit';
import { describe, expect, test } from 'vitest';
import { writeQuestions } from './questions.ts';

/** Enough for a promise of this size, and small enough for a test. */
const SCORER = {
  target: { quality: 0.9, confidence: 0.9 },
  learning: { retrainAfterLabels: 200, shadowFirst: 100, shadowShare: 0.2, lookEveryMs: 200 },
};
const PATIENCE = { timeout: 60_000, interval: 500 };

interface Answer {
  readonly verdict: string | null;
  readonly certificate: string | null;
}

async function ask(cluster: Cluster, content: string): Promise<Answer> {
  const response = await fetch(`${cluster.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer weir-dev' },
    body: JSON.stringify({ model: 'support-chat', messages: [{ role: 'user', content }] }),
  });
  await response.text();
  const { headers } = response;
  return { verdict: headers.get('x-weir-verdict'), certificate: headers.get('x-weir-certificate') };
}

describe.each(['embedded', 'distributed'] as const)('a route with a target (%s)', (mode) => {
  test('escalates everything until its own traffic has shown that it need not, and after a restart still knows', async () => {
    await using cluster = await Cluster.start({ mode, scorer: SCORER });
    const first = await cluster.replay(writeQuestions(cluster.directory, 500));
    expect(first.failed).toBe(0);
    expect(first.reconciliation).toMatchObject({ missing: 0, repeated: 0, different: 0 });
    const person = 'Extract JSON: Kim is 38 and lives in Paris.';
    await expect
      .poll(async () => (await ask(cluster, person)).certificate, PATIENCE)
      .toMatch(/^alpha=0\.1, delta=0\.1, n=\d+, date=\d{4}-\d\d-\d\d, id=[0-9a-f]{12}$/);

    const second = await cluster.replay(writeQuestions(cluster.directory, 300));
    expect(second.failed).toBe(0);
    expect(second.escalatedShare).toBeGreaterThan(0.1);
    expect(second.escalatedShare).toBeLessThan(0.95);
    expect(second.quality).toBeGreaterThan((second.strongQuality ?? 1) - 0.1);
    // What learning costs is in the books as well: the provider's log and the ledger agree to the token.
    expect(second.reconciliation).toMatchObject({ missing: 0, repeated: 0, different: 0 });

    const scorer = mode === 'embedded' ? 'gateway' : 'scorer';
    await cluster.end(scorer, 'SIGKILL');
    await cluster.startPart(scorer);
    await expect
      .poll(async () => (await ask(cluster, person)).certificate, PATIENCE)
      .toContain('alpha=0.1');
    expect(cluster.logs.filter((line) => /error|fatal/i.test(line))).toEqual([]);
  }, 180_000);
});
