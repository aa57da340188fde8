import type { DraftLabelled } from '@weir/core';
import { type LearningRow, SIGNAL_SET } from '@weir/scorer';
import type { LeftOut } from './calibration-report.ts';

/** What a labelled request is good for: learning about the drafts of an endpoint, or why it is good for nothing. */
type State =
  | { readonly kind: 'draft'; readonly endpoint: string }
  | { readonly kind: 'opinion' }
  | { readonly kind: 'unusable'; readonly why: string };

const OPINION: State = { kind: 'opinion' };

/** Which of a route's labelled requests were not learned from, and why. */
export class LabelTally {
  readonly #requests = new Map<string, State>();

  /** The draft endpoints that usable labels are of, the commonest first. */
  get endpoints(): string[] {
    return [...this.#drafts()].sort(([, left], [, right]) => right - left).map(([name]) => name);
  }

  /** A label of a request; what users think of an answer says less than any other. */
  take(label: DraftLabelled): void {
    const before = this.#requests.get(label.requestId);
    if (!before || before.kind === 'opinion') this.#requests.set(label.requestId, stateOf(label));
  }

  /** What `rows`, of drafts of one endpoint, lack of all that was taken. There is room for `kept` requests. */
  leftOut(rows: readonly LearningRow[], endpoint: string, kept: number): LeftOut[] {
    const opinions = rows.filter(({ weight }) => weight < 1).length;
    const left: LeftOut[] = [];
    for (const [name, count] of this.#drafts()) {
      left.push(
        name === endpoint
          ? {
              why: `older than the newest ${kept} (scorer.learning.labelsKept)`,
              rows: count - (rows.length - opinions),
            }
          : { why: `drafted by another endpoint, ${name || 'of no name'}`, rows: count },
      );
    }
    const states = [...this.#requests.values()];
    left.push({
      why: 'only an opinion of a user, of an answer of another model',
      rows: states.filter(({ kind }) => kind === 'opinion').length - opinions,
    });
    for (const why of [UNLIKE.why, UNKNOWN.why]) {
      const count = states.filter((state) => state.kind === 'unusable' && state.why === why).length;
      left.push({ why, rows: count });
    }
    return left.filter(({ rows: count }) => count > 0);
  }

  /** How many requests were labelled, by the endpoint that drafted. */
  #drafts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const state of this.#requests.values()) {
      if (state.kind !== 'draft') continue;
      counts.set(state.endpoint, (counts.get(state.endpoint) ?? 0) + 1);
    }
    return counts;
  }
}

const UNLIKE = {
  kind: 'unusable',
  why: 'judged by another version of Weir, which has other signals',
} as const;
const UNKNOWN = { kind: 'unusable', why: 'nothing known of the draft' } as const;

function stateOf({ source, draftRight, example }: DraftLabelled): State {
  if (source === 'feedback') return OPINION;
  if (example.signals.set !== SIGNAL_SET) return UNLIKE;
  return draftRight === null ? UNKNOWN : { kind: 'draft', endpoint: example.endpoint };
}
