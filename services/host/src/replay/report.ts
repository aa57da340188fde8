import { formatUsd, type LedgerTotals } from '@weir/core';
import type { Answered } from './client.ts';
import { gradeOf } from './grade.ts';
import type { Reconciliation } from './reconcile.ts';

/** One replay, summed up. Money in exact decimals of USD, shares from 0 to 1. */
export interface Report {
  readonly file: string;
  readonly route: string;
  readonly questions: number;
  readonly answered: number;
  readonly failed: number;
  readonly reconnects: number;
  /** Mean quality of what was served; null when the file has nothing to grade by. */
  readonly quality: number | null;
  readonly weakQuality: number | null;
  readonly strongQuality: number | null;
  readonly escalatedShare: number;
  readonly latencyMs: Readonly<Record<'p50' | 'p95' | 'p99' | 'max', number>>;
  readonly seconds: number;
  readonly ledger: {
    readonly requests: number;
    readonly attempts: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly spentUsd: string;
    readonly frontierOnlyUsd: string;
    readonly savedUsd: string;
    /** Spend as a share of the frontier-only bill; null when that is nothing. */
    readonly billShare: number | null;
    readonly inexactAttempts: number;
  };
  /** Null when no provider log could be read. */
  readonly reconciliation: ReconciliationReport | null;
}

export interface ReconciliationReport {
  readonly agrees: boolean;
  readonly servedByProvider: number;
  readonly inLedger: number;
  readonly missing: number;
  readonly unserved: number;
  readonly repeated: number;
  readonly different: number;
  readonly inexact: number;
  readonly ledgerUsd: string;
  readonly providerUsd: string;
}

export function reportOf(
  file: string,
  route: string,
  answers: readonly Answered[],
  totals: LedgerTotals,
  reconciliation: Reconciliation | undefined,
  seconds: number,
): Report {
  const well = answers.filter(({ status }) => status === 200);
  const latencies = well.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const at = (share: number) =>
    round(latencies[Math.max(0, Math.ceil(latencies.length * share) - 1)] ?? 0, 2);
  const { costPicoUsd, counterfactualPicoUsd } = totals;
  return {
    file,
    route,
    questions: answers.length,
    answered: well.length,
    failed: answers.length - well.length,
    reconnects: answers.reduce((sum, { reconnects }) => sum + reconnects, 0),
    quality: mean(
      answers.map(({ row, status, text }) => (status === 200 ? gradeOf(row, text) : 0)),
    ),
    weakQuality: mean(answers.map(({ row }) => row.weak?.quality)),
    strongQuality: mean(answers.map(({ row }) => row.strong?.quality)),
    escalatedShare: well.filter(({ escalated }) => escalated).length / Math.max(1, well.length),
    latencyMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
    seconds: round(seconds, 2),
    ledger: {
      requests: Number(totals.requests),
      attempts: Number(totals.attempts),
      inputTokens: Number(totals.inputTokens),
      outputTokens: Number(totals.outputTokens),
      spentUsd: formatUsd(costPicoUsd),
      frontierOnlyUsd: formatUsd(counterfactualPicoUsd),
      savedUsd: formatUsd(counterfactualPicoUsd - costPicoUsd),
      billShare:
        counterfactualPicoUsd === 0n
          ? null
          : round(Number((costPicoUsd * 1_000_000n) / counterfactualPicoUsd) / 1e6, 4),
      inexactAttempts: Number(totals.inexactAttempts),
    },
    reconciliation: reconciliation ? reconciliationReport(reconciliation) : null,
  };
}

/** Agreement: everything served is booked, once, and costs the same to the last picodollar where it is exactly known. */
function reconciliationReport(found: Reconciliation): ReconciliationReport {
  const { missing, unserved, repeated, different, inexact, ledgerPicoUsd, providerPicoUsd } = found;
  const same = inexact > 0 || ledgerPicoUsd === providerPicoUsd;
  return {
    agrees: missing === 0 && unserved === 0 && repeated === 0 && different === 0 && same,
    servedByProvider: found.servedByProvider,
    inLedger: found.inLedger,
    missing,
    unserved,
    repeated,
    different,
    inexact,
    ledgerUsd: formatUsd(ledgerPicoUsd),
    providerUsd: formatUsd(providerPicoUsd),
  };
}

export function formatReport(report: Report): string {
  const { ledger, latencyMs, reconciliation } = report;
  const share = (value: number | null) =>
    value === null ? 'not known' : `${(value * 100).toFixed(1)} %`;
  const rows: [string, string][] = [
    [
      'questions',
      `${report.questions} (${report.failed} failed) to ${report.route}, in ${report.seconds} s`,
    ],
    [
      'quality',
      `${share(report.quality)}   weak alone ${share(report.weakQuality)}, strong alone ${share(report.strongQuality)}`,
    ],
    ['escalated', share(report.escalatedShare)],
    [
      'latency',
      `p50 ${latencyMs.p50} ms, p95 ${latencyMs.p95} ms, p99 ${latencyMs.p99} ms, max ${latencyMs.max} ms`,
    ],
    [
      'spent',
      `$${ledger.spentUsd}   from the ledger: ${ledger.attempts} attempts, ${ledger.inputTokens} + ${ledger.outputTokens} tokens`,
    ],
    ['frontier only', `$${ledger.frontierOnlyUsd}`],
    ['saved', `$${ledger.savedUsd}   the bill is ${share(ledger.billShare)} of the frontier's`],
  ];
  if (report.reconnects > 0) rows.push(['reconnects', String(report.reconnects)]);
  if (ledger.inexactAttempts > 0)
    rows.push(['not exact', `${ledger.inexactAttempts} attempts; the spend is a lower bound`]);
  rows.push([
    'reconciled',
    reconciliation ? formatReconciliation(reconciliation) : 'no provider log to compare with',
  ]);
  return rows.map(([name, value]) => `${name.padEnd(14)} ${value}`).join('\n');
}

function formatReconciliation(found: ReconciliationReport): string {
  const verdict = found.agrees ? 'AGREES' : 'DIFFERS';
  return (
    `${verdict}: provider served ${found.servedByProvider}, ledger has ${found.inLedger}; ` +
    `${found.missing} missing, ${found.unserved} unserved, ${found.repeated} repeated, ${found.different} different, ${found.inexact} inexact; ` +
    `provider $${found.providerUsd}, ledger $${found.ledgerUsd}`
  );
}

function mean(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return null;
  return round(known.reduce((sum, value) => sum + value, 0) / known.length, 4);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
