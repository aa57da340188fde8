import type { DraftLabelled, LabelSource } from '@weir/core';
import type { Refit } from '../models/fit.ts';
import type { RouteTarget } from '../models/fit-call.ts';
import type { ScorerFile } from '../models/scorer-file.ts';

/** What the learning thread starts with. */
export interface ThreadSettings {
  /** Requests kept, by route. */
  readonly keep: ReadonlyMap<string, number>;
}

export type Question =
  /** Labels of any routes, in the order of the ledger. */
  | { readonly type: 'take'; readonly labels: readonly DraftLabelled[] }
  | { readonly type: 'standing'; readonly of: StandingOf }
  | { readonly type: 'fit'; readonly call: RouteFit };

export interface StandingOf {
  readonly route: string;
  /** Labels from before then no longer count: there was an alarm. Unix time. */
  readonly fromMs: number;
  /** Rows since then are new. Unix time. */
  readonly sinceMs: number;
}

/** What a route has to learn from. */
export interface Standing {
  /** Of the drafts of late; undefined before the first label. */
  readonly endpoint: string | undefined;
  /** Requests labelled that are of that endpoint, and how many of them are new. */
  readonly rows: number;
  readonly newRows: number;
  readonly sources: ReadonlyMap<LabelSource, number>;
}

export interface RouteFit {
  readonly route: string;
  readonly fromMs: number;
  readonly target: RouteTarget;
  readonly draftCostShare: number;
  /** Zero where nothing is bought. */
  readonly greyShare: number;
  readonly inForce: ScorerFile | undefined;
  /** Certificates that were tried before, where none of a model in force says how many. */
  readonly testsBefore: number;
  readonly nowMs: number;
}

export type Answer =
  | { readonly type: 'take' }
  | { readonly type: 'standing'; readonly standing: Standing }
  | { readonly type: 'fit'; readonly refit: Refit | null };

export type AnswerTo<Q extends Question> = Extract<Answer, { readonly type: Q['type'] }>;

export interface ToThread {
  readonly id: number;
  readonly question: Question;
}

export type FromThread =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly failure: string };
