import type { RouteTarget, SafeMode } from '@weir/scorer';
import { decimal, percent } from '../evaluation/wording.ts';
import { table } from '../table.ts';
import type { Calibration } from './calibration.ts';
import { certificateOf, type ExplainedCertificate } from './explanation.ts';
import { certificateText } from './explanation-text.ts';
import type { OperatingPoint } from './operating-point.ts';
import { dayText, percentText } from './wording.ts';

/** Everything that `weir calibrate` has to say of one run; as JSON it is this. */
export interface CalibrationReport {
  readonly route: string;
  /** Where the rows are from. */
  readonly from: string;
  readonly endpoint: string;
  readonly target: RouteTarget;
  readonly version: string;
  readonly rows: Calibration['rows'];
  readonly leftOut: readonly LeftOut[];
  /** On rows that it had not seen. */
  readonly figures: Calibration['file']['figures'];
  readonly certificate: ExplainedCertificate | null;
  readonly lacking: Calibration['lacking'];
  readonly point: OperatingPoint | null;
  /** The version that was in force, on the same rows. */
  readonly before: {
    readonly version: string;
    readonly point: OperatingPoint | null;
    /** How many of the rows it was fitted to. */
    readonly seen: number;
  } | null;
  readonly safeMode: {
    readonly alarm: string;
    readonly since: string;
    readonly ends: boolean;
  } | null;
  readonly dryRun: boolean;
  /** False in a dry run, and in safe mode for what does not end it. */
  readonly inForce: boolean;
  readonly file: string | null;
  readonly remarks: readonly string[];
}

/** Rows that were not used, and why. */
export interface LeftOut {
  readonly why: string;
  readonly rows: number;
}

export interface ReportCall {
  readonly calibration: Calibration;
  readonly from: string;
  readonly target: RouteTarget;
  readonly leftOut: readonly LeftOut[];
  readonly before: string | undefined;
  readonly safeMode: SafeMode | undefined;
  readonly dryRun: boolean;
  /** Where it was put; undefined when it was not put in force. */
  readonly path: string | undefined;
  readonly remarks: readonly string[];
}

export function calibrationReport(call: ReportCall): CalibrationReport {
  const { calibration, safeMode, before } = call;
  const { file } = calibration;
  return {
    route: file.route,
    from: call.from,
    endpoint: file.endpoint,
    target: call.target,
    version: file.version,
    rows: calibration.rows,
    leftOut: call.leftOut,
    figures: file.figures,
    certificate: file.certificate && certificateOf(file.certificate),
    lacking: calibration.lacking,
    point: calibration.point ?? null,
    before:
      before === undefined
        ? null
        : {
            version: before,
            point: calibration.pointInForce ?? null,
            seen: calibration.seenInForce,
          },
    safeMode: safeMode
      ? {
          alarm: safeMode.alarm,
          since: new Date(safeMode.sinceMs).toISOString(),
          ends: calibration.endsSafeMode,
        }
      : null,
    dryRun: call.dryRun,
    inForce: call.path !== undefined,
    file: call.path ?? null,
    remarks: call.remarks,
  };
}

/** The same for people. */
export function calibrationLines(report: CalibrationReport): string[] {
  const { route, version, endpoint, figures, rows, leftOut, remarks } = report;
  const of = endpoint === '' ? 'any endpoint' : `endpoint ${endpoint}`;
  return [
    `${route}: scorer model ${version}, fitted to drafts of ${of} in ${report.from}`,
    `  ${rows.own} labelled drafts: ${rows.fitted} fitted to, ${rows.certifying} kept for the certificate`,
    ...leftOut.map(({ why, rows: count }) => `  ${count} left out: ${why}`),
    `  on rows that it had not seen: AUROC ${decimal(figures.auroc)}, of the benefit ${decimal(figures.benefitAuroc)}, ` +
      `ECE ${decimal(figures.ece)}, Brier ${decimal(figures.brier)}`,
    ...certificateLines(report),
    ...pointLines(report),
    ...safeModeLines(report),
    ...remarks,
    outcomeLine(report),
  ];
}

function certificateLines({ certificate, lacking }: CalibrationReport): string[] {
  if (certificate) return [certificateText(certificate)];
  if (!lacking) return [];
  const { why, moreLabels } = lacking;
  const more = moreLabels === null ? '' : ` At the least ${moreLabels} more labels are needed.`;
  const until = moreLabels === null ? '' : ' Until then every draft escalates.';
  return [`No certificate: ${why}.${more}${until}`];
}

function pointLines({ version, point, before }: CalibrationReport): string[] {
  if (!point) return [];
  const compared = before?.point ? [pointRow(`${before.version} (before)`, before.point)] : [];
  const lines = [
    `On the ${point.rows} rows kept for the certificate:`,
    table([...compared, pointRow(version, point)]),
  ];
  if (!before) return lines;
  const { seen } = before;
  if (!before.point) {
    lines.push(
      `${before.version}, in force before, is damaged or reads other signals, and cannot be compared.`,
    );
  } else if (seen > 0)
    lines.push(`${before.version} was fitted to ${seen} of them, which flatters it.`);
  return lines;
}

function pointRow(version: string, point: OperatingPoint): Record<string, string> {
  return {
    version,
    escalated: percent(point.escalationShare),
    'bill, of the frontier alone': percent(point.cost),
    'worse off': percent(point.loss),
    AUROC: decimal(point.auroc),
    'of the benefit': decimal(point.benefitAuroc),
    ECE: decimal(point.ece),
  };
}

function safeModeLines({ safeMode, dryRun }: CalibrationReport): string[] {
  if (!safeMode) return [];
  const since = `safe mode of ${safeMode.since} (${safeMode.alarm})`;
  if (!safeMode.ends)
    return [`Nothing ends the ${since} but what is shown on rows from after the alarm.`];
  return [
    `Shown on rows from after the alarm: this ${dryRun ? 'would end' : 'ends'} the ${since}.`,
  ];
}

function outcomeLine({ dryRun, inForce, file }: CalibrationReport): string {
  if (inForce) return `In force: ${file}. A server that runs takes it within seconds.`;
  return dryRun
    ? 'A dry run: nothing was written.'
    : 'Not put in force: what does not end the safe mode is no better than what is there.';
}

/** For lists: one line of a certificate. */
export function promiseText(
  certificate: {
    readonly alpha: number;
    readonly delta: number;
    readonly rows: number;
    readonly issuedAtMs: number;
  } | null,
): string {
  if (!certificate) return 'none';
  const { alpha, delta, rows, issuedAtMs } = certificate;
  return `${percentText(1 - alpha)} at ${percentText(1 - delta)}, ${rows} rows, ${dayText(issuedAtMs)}`;
}
