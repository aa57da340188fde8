import { fitScorer, type LearningRow, type ScorerFile, SIGNALS } from '@weir/scorer';
import { seededRandom } from '../evaluation/seeded-random.ts';

/** Where a signal is in every row. */
export function positionOf(signal: string): number {
  return SIGNALS.findIndex(({ name }) => name === signal);
}

/** Values of which all abstain but those given. */
export function valuesWith(known: Readonly<Record<string, number>>): number[] {
  return SIGNALS.map(({ name }) => (Object.hasOwn(known, name) ? (known[name] ?? 0) : Number.NaN));
}

const FIRST_MS = Date.UTC(2026, 10, 1);
const MINUTE_MS = 60_000;

/** Labelled drafts, one a minute, that are right when the mean log-probability says so, but for some noise. */
export function learningRows(count: number, changes: Partial<LearningRow> = {}): LearningRow[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, (_, at) => {
    const surety = 6 * random() - 1;
    const isRight = random() < 1 / (1 + Math.exp(-3 * surety));
    return {
      group: 'support',
      atMs: FIRST_MS + at * MINUTE_MS,
      sampled: true,
      signals: valuesWith({
        mean_logprob: surety,
        worst_window: surety - random(),
        hedging: isRight ? 0 : random(),
        answer_length: 2 + random(),
      }),
      ngrams: [at % 50, 100 + (at % 7)],
      draftRight: isRight ? 1 : 0,
      frontierRight: 1,
      weight: 1,
      propensity: 1,
      draftCost: null,
      frontierCost: null,
      ...changes,
    };
  });
}

/** A model of them. */
export function learnedFile(changes: Partial<Parameters<typeof fitScorer>[0]> = {}): ScorerFile {
  const file = fitScorer({
    route: 'support',
    endpoint: 'endpoint-1',
    rows: learningRows(1500),
    target: { kind: 'quality', alpha: 0.05, delta: 0.1 },
    draftCostShare: 0.06,
    certifyFromMs: 0,
    nowMs: Date.UTC(2026, 10, 20),
    random: seededRandom(3),
    ...changes,
  });
  if (!file) throw new Error('there are rows enough for a model');
  return file;
}
