import { sigmoid } from '@weir/cascade';
import { seededRandom } from '../learning/seeded-random.ts';
import { SIGNALS } from '../signals/index.ts';
import type { FitCall } from './fit-call.ts';
import type { LearningRow } from './learning-row.ts';

const MEAN_LOGPROB = SIGNALS.findIndex(({ name }) => name === 'mean_logprob');

export interface RowsOptions {
  readonly seed?: string;
  readonly route?: string;
  readonly fromMs?: number;
  /** Log-odds that a middling draft is right. */
  readonly skill?: number;
  /** How much the one signal there is says. */
  readonly slope?: number;
  readonly sampled?: (at: number) => boolean;
}

/** A draft's signals of which only the mean log-probability speaks. */
export function signalsOf(surety: number): number[] {
  const signals = SIGNALS.map(() => Number.NaN);
  signals[MEAN_LOGPROB] = surety;
  return signals;
}

/** Labelled requests a second apart, whose drafts are right as often as one signal says. */
export function makeRows(count: number, options: RowsOptions = {}): LearningRow[] {
  const { seed = 'rows', route = 'support', fromMs = 1000, skill = 2, slope = 2 } = options;
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, at) => {
    const surety = 4 * random() - 2;
    const draftRight = random() < sigmoid(skill + slope * surety) ? 1 : 0;
    return {
      group: route,
      signals: signalsOf(surety),
      ngrams: [at % 40, 8192 + (at % 30)],
      draftRight,
      frontierRight: 1,
      weight: 1,
      propensity: 1,
      draftCost: null,
      frontierCost: null,
      atMs: fromMs + at * 1000,
      sampled: options.sampled?.(at) ?? true,
    };
  });
}

export function fitCall(changes: Partial<FitCall> = {}): FitCall {
  return {
    route: 'support',
    endpoint: 'endpoint-1',
    rows: makeRows(500),
    target: { kind: 'quality', alpha: 0.05, delta: 0.1 },
    draftCostShare: 0.06,
    certifyFromMs: 0,
    nowMs: 1_000_000,
    random: seededRandom('fit'),
    ...changes,
  };
}
