import type { Metrics } from '@weir/runtime';

/** What operators see of learning. */
export class LearningMetrics {
  readonly safeMode;
  readonly stability;
  readonly labels;
  readonly alpha;
  readonly rows;
  readonly promotions;

  constructor(metrics: Metrics) {
    this.safeMode = metrics.gauge(
      'weir_scorer_safe_mode',
      '1 while nothing is accepted because of drift',
      ['route'],
    );
    this.stability = metrics.gauge(
      'weir_scorer_stability',
      'Population stability index of the confidences of late; above 0.3 is drift',
      ['route'],
    );
    this.labels = metrics.gauge(
      'weir_scorer_labels',
      'Labelled requests that the route learns from, by whose word they have',
      ['route', 'source'],
    );
    this.alpha = metrics.gauge(
      'weir_scorer_certificate_alpha',
      'The share of requests that may be worse off by the certificate in force; absent without one',
      ['route'],
    );
    this.rows = metrics.gauge(
      'weir_scorer_certificate_rows',
      'Labelled requests that the certificate in force rests on; 0 without one',
      ['route'],
    );
    this.promotions = metrics.counter(
      'weir_scorer_promotions_total',
      'Versions of the scorer model that this process put in force',
      ['route', 'reason'],
    );
  }
}
