import { LATENCY_BUCKETS_MS, type Metrics } from '@weir/runtime';

/** Everything that is counted of calls to providers, but for what is wrong with their money (`MoneyAlarms`). */
export function upstreamMetrics(metrics: Metrics) {
  return {
    attempts: metrics.counter('weir_upstream_attempts_total', 'Upstream calls by outcome', [
      'deployment',
      'outcome',
    ]),
    firstToken: metrics.histogram(
      'weir_upstream_first_token_ms',
      'Time to the first token, or to the whole answer of calls that do not stream',
      ['deployment'],
      LATENCY_BUCKETS_MS,
    ),
    breakers: metrics.gauge(
      'weir_breaker_open',
      '1 while the breaker of a deployment is not closed',
      ['deployment'],
    ),
    drained: metrics.counter(
      'weir_cancel_drains_total',
      'Calls that nobody waited for any more and whose provider bills them whole: heard out to their usage, cut, or not begun for want of room',
      ['deployment', 'outcome'],
    ),
    speculated: metrics.counter(
      'weir_speculated_tokens_total',
      'Tokens that an engine guessed ahead of its model, and those of them that its model then said',
      ['deployment', 'outcome'],
    ),
  };
}
