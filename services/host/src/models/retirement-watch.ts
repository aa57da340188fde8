import { type Clock, dayOf, daysUntil, isRetired, isRetiring, type Retirement } from '@weir/core';
import type { ModelEntry } from '@weir/gateway';
import type { Log, Metrics } from '@weir/runtime';

export interface RetirementWatchOptions {
  readonly models: ReadonlyMap<string, ModelEntry>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Tells whoever runs Weir which models end, at its start and then once a day for each: for their last 30 days, and for as
 * long as they are configured after that. A process that runs for months passes such days, so it looks again and again.
 */
export class RetirementWatch {
  readonly #options: RetirementWatchOptions;
  readonly #daysLeft;
  /** The day on which each was last told. */
  readonly #toldOn = new Map<string, string>();

  constructor(options: RetirementWatchOptions) {
    this.#options = options;
    this.#daysLeft = options.metrics.gauge(
      'weir_model_days_left',
      'Whole days until a model retires; below zero once it has',
      ['model'],
    );
  }

  look(): void {
    const { models, clock } = this.#options;
    const nowMs = clock.nowMs();
    for (const entry of models.values()) {
      if (entry.kind === 'model') this.#lookAt(entry, nowMs);
      else this.#lookAtRoute(entry, nowMs);
    }
  }

  #lookAt({ id, retirement }: ModelEntry, nowMs: number): void {
    if (retirement?.retiresAtMs === undefined) return;
    this.#daysLeft.set({ model: id }, daysUntil(retirement.retiresAtMs, nowMs));
    const about = { model: id, ...endOf(retirement, nowMs), routes: this.#routesOf(id) };
    if (isRetired(retirement, nowMs)) {
      this.#tell(id, about, 'a model is retired: routes pass it over, and calls of it are refused');
    } else if (isRetiring(retirement, nowMs)) {
      this.#tell(id, about, 'a model retires soon');
    }
  }

  /** A draft that is left can still be accepted; what it is not sure of has nobody to go to. */
  #lookAtRoute({ id, parts }: ModelEntry, nowMs: number): void {
    const { models } = this.#options;
    const isPresent = ({ model }: { readonly model: string }) =>
      !isRetired(models.get(model)?.retirement, nowMs);
    if (parts.some((part) => part.role === 'escalation' && isPresent(part))) return;
    const about = { route: id, draft: parts.some(isPresent) ? 'present' : 'none' };
    this.#tell(id, about, 'every tier of a route is retired: it has nobody to escalate to');
  }

  #routesOf(model: string): string[] {
    return [...this.#options.models.values()]
      .filter(({ parts }) => parts.some((part) => part.model === model))
      .map(({ id }) => id);
  }

  #tell(id: string, about: object, message: string): void {
    const { clock, log } = this.#options;
    const today = dayOf(clock.nowMs());
    if (this.#toldOn.get(id) === today) return;
    this.#toldOn.set(id, today);
    log.warn(about, message);
  }
}

function endOf({ retiresAtMs = 0, successor }: Retirement, nowMs: number) {
  return {
    retiresOn: dayOf(retiresAtMs),
    daysLeft: daysUntil(retiresAtMs, nowMs),
    ...(successor !== undefined && { successor }),
  };
}
