import type { DraftEndpoint } from '@weir/core';
import type { Log, Metrics } from '@weir/runtime';
import type { Identity } from './attempt.ts';
import { type DraftingEndpoint, Watched, type WatchedOptions } from './watched.ts';

export interface EndpointWatchOptions extends Omit<WatchedOptions, 'signal' | 'onChange'> {
  readonly endpoints: readonly DraftingEndpoint[];
  readonly metrics: Metrics;
  readonly log: Log;
}

/**
 * Knows of each endpoint that drafts what it is, and whether its log-probabilities may be believed: by what its engine
 * tells of itself, and by a probe, a small call whose answer nobody can know. It looks when Weir starts, when an answer
 * comes from another model or build than the last, and every so often. Nobody waits for it; what it does not know yet
 * is undefined.
 */
export class EndpointWatch implements AsyncDisposable {
  readonly #watched = new Map<string, Watched>();
  readonly #stop = new AbortController();

  constructor(options: EndpointWatchOptions) {
    const onChange = changeTeller(options);
    for (const endpoint of options.endpoints) {
      const watched = new Watched(endpoint, { ...options, onChange, signal: this.#stop.signal });
      this.#watched.set(endpoint.deployment.name, watched);
    }
  }

  start(): void {
    for (const watched of this.#watched.values()) watched.start();
  }

  /** Of the endpoint whose answer came from this model. */
  endpointOf(deployment: string, servedModel: string): DraftEndpoint | undefined {
    return this.#watched.get(deployment)?.endpointFor(servedModel);
  }

  /** An answer came, and who gave it may be another than before. */
  answered(deployment: string, identity: Identity): void {
    this.#watched.get(deployment)?.answered(identity);
  }

  /** Probes under way are given up; what they cost is settled. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#watched.values()].map((watched) => watched.end()));
  }
}

type OnChange = WatchedOptions['onChange'];

/** Says once of each change what is known now, to the log and to the metrics. */
function changeTeller({ metrics, log }: EndpointWatchOptions): OnChange {
  const gauge = metrics.gauge(
    'weir_draft_logprobs_trusted',
    '1 while the log-probabilities of an endpoint that drafts may be believed, 0 while not; absent while nobody knows',
    ['deployment', 'finding'],
  );
  const shown = new Map<string, string>();
  return (deployment, found, facts) => {
    const before = shown.get(deployment);
    if (before !== undefined) gauge.remove({ deployment, finding: before });
    shown.delete(deployment);
    const { engine, version, speculation } = facts;
    const { trusted, finding, fingerprint } = found;
    if (trusted !== undefined) {
      gauge.set({ deployment, finding }, trusted ? 1 : 0);
      shown.set(deployment, finding);
    }
    const fields = { deployment, fingerprint, engine, version, speculation, finding };
    if (trusted === false) log.warn(fields, UNTRUSTED);
    else log.info(fields, trusted ? TRUSTED : UNKNOWN);
  };
}

const TRUSTED = 'the log-probabilities of a draft’s endpoint may be believed';
const UNKNOWN =
  'a probe of a draft’s endpoint did not tell whether its log-probabilities may be believed';
const UNTRUSTED =
  'the log-probabilities of a draft’s endpoint are worthless: its drafts are judged without them, and escalate by default';
