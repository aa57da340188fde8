import { createHash } from 'node:crypto';
import type { Head, ScorerModel, StabilityState } from '@weir/cascade';
import type { Certificate } from '@weir/core';

/** The layout of the file; another number is another layout. */
export const SCORER_FILE_FORMAT = 1;

/** A scorer model of one route with everything that its verdicts rest on. Immutable: whatever changes is a new version. */
export interface ScorerFile {
  readonly format: typeof SCORER_FILE_FORMAT;
  /** Hash of all the rest. */
  readonly version: string;
  readonly route: string;
  /** The draft endpoint whose answers it was fitted to; empty where the log did not say. */
  readonly endpoint: string;
  /** Unix time. */
  readonly fittedAtMs: number;
  /** Rows of the uniform sample from then on had no part in the model; Unix time. */
  readonly learnedUntilMs: number;
  readonly signalSet: string;
  /** Names of the signals, by position. */
  readonly signals: readonly string[];
  readonly ngramBuckets: number;
  readonly model: ScorerModel;
  /** Log-odds that a request escalates, from its question alone; null where too few rows could tell. */
  readonly plan: Head | null;
  /** Null while nothing is certified, and then every draft escalates. */
  readonly shadowPrice: number | null;
  readonly certificate: Certificate | null;
  /** How often a certificate was tried for this endpoint, since it was new or had an alarm. */
  readonly tests: number;
  readonly reference: Reference;
  readonly figures: Figures;
}

/** What the traffic looked like to it: what drift is measured against. */
export interface Reference {
  /** Ascending quantiles of benefit over cost, evenly spaced from 0 to 1, over the rows that it was fitted to. */
  readonly priorities: readonly number[];
  /** Rows that the rest was read from: newer ones that stand for all traffic that is drafted for. */
  readonly rows: number;
  /** Share of them that the shadow price escalates. */
  readonly escalationShare: number;
  readonly confidence: StabilityState;
  /** The standard error of a mean of confidences, from as many rows as it was fitted to. */
  readonly confidenceError: number;
}

/** How good it was on rows that it had not seen. A figure that the rows cannot give is null. */
export interface Figures {
  /** The route's own. */
  readonly fittedRows: number;
  readonly certifiedRows: number;
  readonly auroc: number | null;
  readonly benefitAuroc: number | null;
  readonly ece: number | null;
  readonly brier: number | null;
  /** Share of requests that the shadow price escalates. */
  readonly escalationShare: number | null;
}

export type ScorerFileContent = Omit<ScorerFile, 'version' | 'format'>;

export function scorerFile(content: ScorerFileContent): ScorerFile {
  return { format: SCORER_FILE_FORMAT, version: hashOf(content), ...content };
}

/** Twelve hex digits of the SHA-256 of a value's JSON. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}

/** Why a file is not taken: what is wrong, and what to do about it. */
export class ScorerFileError extends Error {
  override readonly name = 'ScorerFileError';
}

/** Throws `ScorerFileError` when the text is no scorer file, or not what its version says. */
export function parseScorerFile(text: string, where: string): ScorerFile {
  let parsed: Partial<ScorerFile> | null;
  try {
    parsed = JSON.parse(text) as Partial<ScorerFile> | null;
  } catch (error) {
    throw new ScorerFileError(`${where} is not JSON: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null || parsed.format !== SCORER_FILE_FORMAT) {
    throw new ScorerFileError(`${where} is no scorer file of format ${SCORER_FILE_FORMAT}`);
  }
  const { version, format: _format, ...content } = parsed;
  if (hashOf(content) !== version) {
    throw new ScorerFileError(
      `${where} was changed after it was written: restore it, or calibrate the route again`,
    );
  }
  return parsed as ScorerFile;
}
