import { binomialCdf, LiveScorerModel, leastRows } from '@weir/cascade';
import {
  CERTIFICATION_SHARE,
  deltaOfTest,
  fitScorer,
  LEAST_ROWS,
  type LearningRow,
  type RouteTarget,
  type SafeMode,
  type ScorerFile,
  sampleOf,
  split,
} from '@weir/scorer';
import { seededRandom } from '../evaluation/seeded-random.ts';
import { type OperatingPoint, operatingPoint } from './operating-point.ts';
import { percentText } from './wording.ts';

export interface CalibrationCall {
  readonly route: string;
  readonly endpoint: string;
  /** Oldest first; rows of other routes are pooled in. */
  readonly rows: readonly LearningRow[];
  /** Whether their times are real. */
  readonly isTimed: boolean;
  readonly target: RouteTarget;
  readonly draftCostShare: number;
  /** The share of requests for which evidence is bought. */
  readonly greyShare: number;
  /** The version in force, if there is one to compare with. */
  readonly inForce: ScorerFile | undefined;
  readonly safeMode: SafeMode | undefined;
  /** Of the last alarm, over or not: rows from before it certify nothing. */
  readonly alarmMs: number;
  readonly nowMs: number;
}

export interface Calibration {
  readonly file: ScorerFile;
  /** The route's own rows: all, those fitted to, and those that the certificate was tested on. */
  readonly rows: { readonly own: number; readonly fitted: number; readonly certifying: number };
  /** On the rows of the certificate, which it has not seen; and the version in force on the same ones. */
  readonly point: OperatingPoint | undefined;
  readonly pointInForce: OperatingPoint | undefined;
  /** How many of these the version in force was fitted to. */
  readonly seenInForce: number;
  /** Why there is no certificate, and how many more labels it takes at the least; null where there is one. */
  readonly lacking: { readonly why: string; readonly moreLabels: number | null } | null;
  /** Whether it ends the route's safe mode. */
  readonly endsSafeMode: boolean;
}

/** Why a route cannot be calibrated, and what to do about it. */
export class CalibrationError extends Error {
  override readonly name = 'CalibrationError';
}

/** The same rows give the same model. */
const SEED = 1;

/** Certificates that were tried on the same traffic; a log is another sample each time. */
function testsOf({ isTimed, inForce, safeMode, endpoint }: CalibrationCall): number {
  if (!isTimed) return 0;
  if (safeMode) return safeMode.tests ?? 0;
  return inForce?.endpoint === endpoint ? inForce.tests : 0;
}

/** Fits and certifies; puts nothing in force. Throws `CalibrationError` where the rows cannot carry a model. */
export function calibrate(call: CalibrationCall): Calibration {
  const { route, rows, draftCostShare, inForce, safeMode, alarmMs } = call;
  const own = rows.filter(({ group }) => group === route);
  const parts = split({ route, rows, certifyFromMs: alarmMs });
  const fitted = parts.fitted.filter(({ group, weight }) => group === route && weight >= 1);
  refuseOneClass(own);
  refuseTooFew(own.length, fitted.length);
  const testsBefore = testsOf(call);
  const file = fitScorer({
    ...call,
    testsBefore,
    certifyFromMs: alarmMs,
    random: seededRandom(SEED),
  });
  if (!file) throw new CalibrationError(tooFew(own.length, fitted.length));
  const { certifying } = parts;
  return {
    file,
    rows: { own: own.length, fitted: fitted.length, certifying: certifying.length },
    point: operatingPoint(file, certifying, draftCostShare),
    pointInForce: inForce && operatingPoint(inForce, certifying, draftCostShare),
    seenInForce: certifying.filter(
      ({ atMs }) => call.isTimed && inForce !== undefined && atMs < inForce.learnedUntilMs,
    ).length,
    lacking: file.certificate ? null : lacking(call, file, own, certifying),
    endsSafeMode: safeMode !== undefined && isProof(call.target, file),
  };
}

/** Whether a version shows, on rows from after the alarm, what its route's owner wants; as the service's own learning has it. */
function isProof(target: RouteTarget, { certificate, shadowPrice, figures }: ScorerFile): boolean {
  if (target.kind === 'quality') return certificate !== null;
  return shadowPrice !== null && figures.certifiedRows >= LEAST_ROWS;
}

function refuseOneClass(own: readonly LearningRow[]): void {
  const [first] = own;
  if (!first || own.some(({ draftRight }) => draftRight !== first.draftRight)) return;
  const what = first.draftRight === 1 ? 'right' : first.draftRight === 0 ? 'wrong' : 'alike';
  throw new CalibrationError(
    `all ${own.length} labelled drafts were ${what}: there is nothing to tell apart. It takes labels of both kinds`,
  );
}

function refuseTooFew(own: number, fitted: number): void {
  if (fitted < LEAST_ROWS) throw new CalibrationError(tooFew(own, fitted));
}

function tooFew(own: number, fitted: number): string {
  const more = Math.ceil((LEAST_ROWS - fitted) / (1 - CERTIFICATION_SHARE));
  return (
    `${own} labelled drafts are too few: the newest ${percentText(CERTIFICATION_SHARE)} are kept for the certificate, and of the ` +
    `others, which are ${fitted}, a model takes ${LEAST_ROWS} at the least. About ${more} more labels are needed`
  );
}

function lacking(
  call: CalibrationCall,
  file: ScorerFile,
  own: readonly LearningRow[],
  certifying: readonly LearningRow[],
): NonNullable<Calibration['lacking']> {
  const { route, target, alarmMs } = call;
  if (target.kind === 'budget') {
    return { why: 'a budget promises money and not quality', moreLabels: null };
  }
  const { alpha } = target;
  // The next one will be one more test of the same endpoint.
  const delta = deltaOfTest(target.delta, testsOf(call) + 1);
  const lost = strictestLosses(file, certifying);
  const needed = rowsFor(lost, alpha, delta);
  const sample = sampleOf(route, own);
  const usable = sample.filter(({ atMs }) => atMs >= alarmMs).length;
  // New labels are the newest, and of all of the route's sample these are tested on the last two fifths.
  const moreLabels = Math.max(
    1,
    needed - usable,
    Math.ceil(needed / CERTIFICATION_SHARE) - sample.length,
  );
  const since = alarmMs > 0 ? ' from after the last alarm' : '';
  const promise = `at most ${percentText(alpha)} worse off, ${percentText(1 - target.delta)} sure`;
  const least = leastRows(alpha, delta);
  if (certifying.length < least) {
    const why = `${promise}, takes ${least} rows${since} that the model has not seen, even if none is lost; there are ${certifying.length}`;
    return { why, moreLabels };
  }
  const because =
    lost > 0
      ? `even of the drafts that it is surest of, ${lost} ${lost === 1 ? 'was' : 'were'} wrong where the frontier was right`
      : 'labels between right and wrong take more of them';
  const why = `${promise}, was not shown on ${certifying.length} rows${since}: ${because}`;
  return { why, moreLabels };
}

/** Of the drafts that the strictest price tested would accept, how many were lost. */
function strictestLosses(
  { model, reference }: ScorerFile,
  certifying: readonly LearningRow[],
): number {
  const judge = new LiveScorerModel(model);
  const price = reference.priorities[1] ?? Number.NEGATIVE_INFINITY;
  let lost = 0;
  for (const row of certifying) {
    if (judge.judge(row).priority <= price && (row.frontierRight ?? 1) > row.draftRight) lost++;
  }
  return lost;
}

/** Rows with so many losses and no more that would show the target. */
export function rowsFor(lost: number, alpha: number, delta: number): number {
  let low = leastRows(alpha, delta);
  let high = low;
  while (!(binomialCdf(lost, high, alpha) <= delta)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (binomialCdf(lost, middle, alpha) <= delta) high = middle;
    else low = middle;
  }
  return binomialCdf(lost, low, alpha) <= delta ? low : high;
}
