import { expect, test } from 'vitest';
import { LATENCY_BUCKETS_MS, Metrics } from './metrics.ts';

test('what is counted is rendered, under the name of the service', async () => {
  const metrics = new Metrics('draft');
  metrics.counter('weir_calls_total', 'Calls', ['route']).inc({ route: 'support' }, 3);
  metrics
    .histogram('weir_call_ms', 'Time', ['route'], LATENCY_BUCKETS_MS)
    .observe({ route: 'support' }, 7);
  const { text, contentType } = await metrics.render();
  expect(text).toMatch(/^weir_calls_total\{(?=.*route="support")(?=.*service="draft").*\} 3$/m);
  expect(text).toMatch(/^weir_call_ms_bucket\{(?=.*le="10").*\} 1$/m);
  expect(contentType).toContain('text/plain');
});

test('two services in one process do not share their figures', async () => {
  const [one, other] = [new Metrics('draft'), new Metrics('scorer')];
  one.gauge('weir_waiting', 'Waiting', []).set(5);
  expect((await other.render()).text).not.toContain('weir_waiting');
});
