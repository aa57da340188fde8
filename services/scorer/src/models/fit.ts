import { type Candidate, challenger, champion, holdsItsOwn } from './candidate.ts';
import type { FitCall } from './fit-call.ts';
import { type LearningRow, sampleOf } from './learning-row.ts';
import type { ScorerFile } from './scorer-file.ts';
import { versionOf } from './version.ts';

/** Rows of a route that a model is fitted from at the least; weak labels do not count. */
export const LEAST_ROWS = 100;
/** Of the route's uniform sample, the newest, what the certificate is tested on; the model is fitted to what is older. */
export const CERTIFICATION_SHARE = 0.4;

/** The parts that one fit is made of; exported for who compares models on the same rows. */
export interface Split {
  readonly fitted: readonly LearningRow[];
  readonly certifying: readonly LearningRow[];
}

/**
 * The newest rows of the uniform sample to certify on, everything else to fit to: no row is in both. The sample alone says
 * where the one ends and the other begins: it becomes rare among all labels once a route accepts drafts, and the newest
 * share of all of them would hold next to none of it. Rows outside of the sample, rejected drafts mostly, are learned from
 * at once: no certificate will ever rest on them.
 */
export function split({
  route,
  rows,
  certifyFromMs,
}: Pick<FitCall, 'route' | 'rows' | 'certifyFromMs'>): Split {
  const sample = sampleOf(route, rows);
  const first = sample.at(Math.floor(sample.length * (1 - CERTIFICATION_SHARE)));
  const fromMs = Math.max(first?.atMs ?? Number.POSITIVE_INFINITY, certifyFromMs);
  const certifying = sample.filter(({ atMs }) => atMs >= fromMs);
  const kept = new Set(certifying);
  return { fitted: rows.filter((row) => !kept.has(row)), certifying };
}

/** A new version; null when there are too few rows. */
export function fitScorer(call: FitCall): ScorerFile | null {
  return refitScorer(call, undefined)?.file ?? null;
}

/** What came of a fit beside a model in force: a new one, or the same with a new certificate and price. */
export interface Refit {
  readonly file: ScorerFile;
  readonly isNewModel: boolean;
}

/**
 * Fits a challenger, lets it and the model in force judge again the rows that neither was fitted to, and certifies the
 * better one; null when there are rows for neither.
 *
 * Which of the two it is, is decided on rows from before those of the certificate, and so was whatever came into force
 * before; the prices to try are fixed there too. So the one test that is made sees rows that had no part in anything
 * tested, and takes the whole of delta. Had the two been compared on the certificate's own rows, each would have to be
 * tested at delta / 2, and even that only if the model in force had not won there before: these rows stay for many fits, so
 * that delta would have to be shared by all that were ever compared on them.
 */
export function refitScorer(call: FitCall, inForce: ScorerFile | undefined): Refit | null {
  // What the model in force was fitted to is no evidence about it, wherever the cut would be.
  const certifyFromMs = Math.max(call.certifyFromMs, inForce?.learnedUntilMs ?? 0);
  const { fitted, certifying } = split({ ...call, certifyFromMs });
  const own = fitted.filter(({ group, weight }) => group === call.route && weight >= 1);
  const kept = inForce && champion(inForce, fitted);
  const fresh = own.length < LEAST_ROWS ? undefined : challenger(call.route, fitted, call.random);
  const better = betterOf(kept, fresh);
  if (!better) return null;
  const testsBefore = inForce?.tests ?? call.testsBefore;
  const file = versionOf({ ...call, testsBefore }, better, certifying);
  return { file, isNewModel: better === fresh };
}

function betterOf(
  inForce: Candidate | undefined,
  challenging: Candidate | undefined,
): Candidate | undefined {
  if (!inForce || !challenging) return inForce ?? challenging;
  return holdsItsOwn(inForce, challenging) ? inForce : challenging;
}
