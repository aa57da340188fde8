export type { DriftOptions } from './drift-watch.ts';
export { LearnedRoute, type LearnedSettings, neededBy } from './learned-route.ts';
export { LabelMemory, type RowsOf } from './learning/label-memory.ts';
export { Learner, type LearnerOptions } from './learning/learner.ts';
export { CERTIFICATION_SHARE, fitScorer, LEAST_ROWS, split } from './models/fit.ts';
export type { FitCall, RouteTarget } from './models/fit-call.ts';
export { type LearningRow, sampleOf } from './models/learning-row.ts';
export {
  type Figures,
  type ScorerFile,
  ScorerFileError,
  scorerFile,
} from './models/scorer-file.ts';
export { type Promotion, type SafeMode, ScorerFiles } from './models/scorer-files.ts';
export { deltaOfTest } from './models/version.ts';
export {
  type ConfidenceScale,
  confidenceScale,
  type LogRow,
  labelledDraft,
} from './recorded/log-row.ts';
export { ScorerService, type ScoringRoute } from './scorer-service.ts';
export { POOLED_SIGNALS, SIGNAL_SET, SIGNALS } from './signals/index.ts';
export { NGRAM_BUCKETS } from './signals/ngrams.ts';
export type { Signal, SignalCost } from './signals/signal.ts';
