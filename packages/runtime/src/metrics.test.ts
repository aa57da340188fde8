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

test('what is only counted when it is read is counted then, once for each reading', async () => {
  const metrics = new Metrics('test');
  let seconds = 2.5;
  const counter = metrics.counter('weir_busy_seconds_total', 'For a test', ['who'], () => {
    counter.inc({ who: 'a' }, seconds);
    seconds = 0;
  });
  const read = async () =>
    (await metrics.render()).text.match(/^weir_busy_seconds_total.* .*$/m)?.[0];
  expect(await read()).toBe('weir_busy_seconds_total{who="a",service="test"} 2.5');
  expect(await read()).toBe('weir_busy_seconds_total{who="a",service="test"} 2.5');
  seconds = 1;
  expect(await read()).toBe('weir_busy_seconds_total{who="a",service="test"} 3.5');
});
