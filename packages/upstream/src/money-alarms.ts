import type { UsageErrorCode } from '@weir/core';
import type { Log, Metrics } from '@weir/runtime';

/** What must not go on unseen: costs that nobody knows, usage that nobody can believe, bills that differ from ours. */
export class MoneyAlarms {
  readonly #log: Log;
  readonly #unpriced;
  readonly #refused;
  readonly #disagreements;
  readonly #told = new Set<string>();

  constructor(metrics: Metrics, log: Log) {
    this.#log = log;
    this.#unpriced = metrics.counter(
      'weir_unpriced_attempts_total',
      'Attempts whose cost is not known, because something they used has no price',
      ['deployment'],
    );
    this.#refused = metrics.counter(
      'weir_usage_refused_total',
      'Attempts whose usage the provider told in figures that cannot be billed from',
      ['deployment', 'reason'],
    );
    this.#disagreements = metrics.counter(
      'weir_cost_disagreements_total',
      "Attempts whose cost by the provider's own figure is not that by our prices",
      ['deployment'],
    );
  }

  unpriced(deployment: string, reason: string): void {
    this.#unpriced.inc({ deployment });
    this.#once('unpriced', deployment, { reason }, 'a call cost nobody knows what');
  }

  refused(deployment: string, reason: UsageErrorCode): void {
    this.#refused.inc({ deployment, reason });
    this.#once('refused', deployment, { reason }, 'a provider told usage that cannot be true');
  }

  disagreed(deployment: string, providerUsd: string, ownUsd: string): void {
    this.#disagreements.inc({ deployment });
    const figures = { providerUsd, ownUsd };
    this.#once('disagreed', deployment, figures, "a provider's bill is not what our prices say");
  }

  /** The metrics count every one; the log is told of the first. */
  #once(what: string, deployment: string, more: object, message: string): void {
    const key = `${what} ${deployment}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#log.warn({ deployment, ...more }, message);
  }
}
