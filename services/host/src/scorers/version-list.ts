import { decimal, percent } from '../evaluation/wording.ts';
import { table } from '../table.ts';
import { promiseText } from './calibration-report.ts';
import { certificateOf } from './explanation.ts';
import type { ListedVersion, VersionList } from './versions.ts';
import { dayText } from './wording.ts';

/** What `weir calibrate --list` prints. */
export function listLines(
  route: string,
  { versions, noneInForce, safeMode }: VersionList,
): string[] {
  const lines =
    versions.length === 0 ? [`${route} has no scorer model yet.`] : [table(versions.map(rowOf))];
  if (noneInForce !== undefined) lines.push(`None is in force: ${noneInForce}.`);
  if (!safeMode) return lines;
  const { alarm, sinceMs, version } = safeMode;
  return [
    ...lines,
    `Safe mode since ${new Date(sinceMs).toISOString()} (${alarm}, seen of ${version}): every draft escalates until there is a certificate on rows from after that.`,
  ];
}

function rowOf({ version, atMs, reason, isInForce, kept }: ListedVersion): Record<string, string> {
  const head = {
    version,
    '': isInForce ? 'in force' : '',
    since: new Date(atMs).toISOString(),
    reason,
  };
  const file = 'file' in kept ? kept.file : undefined;
  const { certificate, endpoint, figures, fittedAtMs } = file ?? {};
  // The columns are those of the first row, so that every row has all of them.
  return {
    ...head,
    escalates: figures ? percent(figures.escalationShare) : '',
    AUROC: figures ? decimal(figures.auroc) : '',
    ECE: figures ? decimal(figures.ece) : '',
    rows: figures ? String(figures.fittedRows) : '',
    fitted: fittedAtMs === undefined ? '' : dayText(fittedAtMs),
    endpoint: endpoint === '' ? 'any' : (endpoint ?? ''),
    certificate: 'missing' in kept ? kept.missing : promiseText(certificate ?? null),
  };
}

/** The same as one object. */
export function listJson(
  route: string,
  { versions, inForce, noneInForce, safeMode }: VersionList,
): object {
  return {
    route,
    inForce: inForce ?? null,
    noneInForce: noneInForce ?? null,
    safeMode: safeMode
      ? { alarm: safeMode.alarm, since: new Date(safeMode.sinceMs).toISOString() }
      : null,
    versions: versions.map(({ version, atMs, reason, isInForce, kept }) => {
      const head = { version, since: new Date(atMs).toISOString(), reason, inForce: isInForce };
      if (!('file' in kept)) return { ...head, missing: kept.missing };
      const { endpoint, fittedAtMs, shadowPrice, certificate, figures } = kept.file;
      const fittedAt = new Date(fittedAtMs).toISOString();
      const shown = certificate && certificateOf(certificate);
      return { ...head, endpoint, fittedAt, shadowPrice, certificate: shown, figures };
    }),
  };
}
