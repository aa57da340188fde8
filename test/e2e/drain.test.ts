import { Cluster } from '@weir/testkit';
import { describe, expect, test } from 'vitest';

function ask(cluster: Cluster, content: string): Promise<Response> {
  return fetch(`${cluster.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer weir-dev' },
    body: JSON.stringify({
      model: 'tiny-frontier/strong',
      messages: [{ role: 'user', content }],
      stream: true,
    }),
  });
}

describe.each(['embedded', 'distributed'] as const)('SIGTERM (%s)', (mode) => {
  test('lets open streams finish, then ends with 0 and an empty journal', async () => {
    await using cluster = await Cluster.start({ mode, tokenMs: 20 });
    const response = await ask(cluster, '[[script: tokens=60]]');
    expect(response.status).toBe(200);
    const ending = cluster.end('gateway', 'SIGTERM');
    const text = await response.text();
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
    expect(await ending).toBe(0);
    // The next process finds nothing to recover.
    await cluster.startPart('gateway');
    expect(cluster.logs.filter((line) => line.includes('dead process'))).toEqual([]);
  });

  test('tells a stream that does not finish in time, instead of letting it look whole', async () => {
    await using cluster = await Cluster.start({ mode, tokenMs: 50, drainMs: 300 });
    const response = await ask(cluster, '[[script: tokens=200]]');
    const ending = cluster.end('gateway', 'SIGTERM');
    const text = await response.text();
    expect(text).not.toContain('[DONE]');
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^data: \{"error":/);
    expect(await ending).toBe(0);
  });
});
