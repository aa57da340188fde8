import { table } from '../table.ts';
import type {
  ExplainedAttempt,
  ExplainedCertificate,
  ExplainedJudgement,
  ExplainedLabel,
  ExplainedSignal,
  Explanation,
} from './explanation.ts';
import { percentText, plain } from './wording.ts';

/** An explanation for people, in lines. */
export function explanationLines(explained: Explanation): string[] {
  const { judgement, attempts, labels } = explained;
  return [
    ...headLines(explained),
    '',
    ...explained.why,
    ...(judgement ? ['', ...judgementLines(judgement)] : []),
    '',
    ...(attempts.length > 0 ? [table(attempts.map(attemptRow))] : ['No attempt is known of.']),
    ...costLines(explained),
    ...(labels.length > 0 ? ['', table(labels.map(labelRow))] : []),
  ];
}

function headLines(explained: Explanation): string[] {
  const { requestId, tenant, route, outcome, completedAt, durationMs } = explained;
  const lines = [`${requestId}: route ${route}, tenant ${tenant}`];
  if (outcome === null) return lines;
  const { fault, servedBy, decision, confidence } = explained;
  const by = servedBy === '' ? '' : ` by ${servedBy}`;
  const failed = fault === null ? '' : ` (${fault})`;
  lines.push(`${outcome}${by}${failed} at ${completedAt}, after ${durationMs} ms`);
  if (decision === 'none') return lines;
  const verdict = decision === 'accept' ? 'The draft was accepted' : 'The draft was rejected';
  const sure =
    confidence === null ? 'without a confidence' : `acceptable with ${chanceText(confidence)}`;
  return [...lines, `${verdict}: ${sure}`];
}

function judgementLines(judgement: ExplainedJudgement): string[] {
  const { model, endpoint, fittedAt, certificate, signals, weights, noWeights } = judgement;
  const lines: string[] = [];
  if (model !== '') {
    const of = endpoint === '' ? 'any endpoint' : `endpoint ${endpoint}`;
    const fitted = fittedAt === null ? '' : `, fitted ${fittedAt} to drafts of ${of}`;
    lines.push(`Scorer model ${model}${fitted}.`);
    lines.push(certificate ? certificateText(certificate) : 'It had no certificate.');
  }
  if (signals.length === 0) return lines;
  if (lines.length > 0) lines.push('');
  lines.push(table(signalRows(judgement)));
  if (weights) lines.push(...sumLines(weights));
  else if (noWeights !== null) lines.push(`Values without weights: ${noWeights}.`);
  return lines;
}

/** What it promises, whole. */
export function certificateText(certificate: ExplainedCertificate): string {
  const { id, alpha, delta, rows, issuedAt } = certificate;
  return (
    `Certificate ${id}: with ${percentText(1 - delta)} confidence at most ${percentText(alpha)} of all requests get a ` +
    `wrong draft where the frontier was right; shown on ${rows} rows, ${issuedAt.slice(0, 10)}.`
  );
}

function chanceText(chance: number): string {
  return `a chance of ${Number(chance.toFixed(4))}`;
}

function signalRows({ signals, weights }: ExplainedJudgement): Record<string, string>[] {
  const rows = signals.map((signal) => signalRow(signal, weights !== null));
  if (!weights) return rows;
  const more: Record<string, string>[] = [
    { signal: '(start)', value: '', weight: signed(weights.start), meaning: 'of every draft' },
  ];
  if (weights.route !== null) {
    more.push({ signal: '(route)', value: '', weight: signed(weights.route), meaning: 'its own' });
  }
  if (weights.words !== null) {
    const meaning =
      weights.wordsFrom === 'label'
        ? 'of question and answer'
        : 'of question and answer: what the confidence leaves for them';
    more.push({ signal: '(words)', value: '', weight: signed(weights.words), meaning });
  }
  return [...more, ...rows];
}

function signalRow(
  { name, said, weight, meaning }: ExplainedSignal,
  weighed: boolean,
): Record<string, string> {
  const shown = { signal: name, value: said };
  if (!weighed) return { ...shown, meaning };
  return { ...shown, weight: weight === null ? '' : signed(weight), meaning };
}

function sumLines({ logOdds, probability }: NonNullable<ExplainedJudgement['weights']>): string[] {
  if (logOdds === null || probability === null) {
    return [
      'The weight of the words is not known: only labelled requests keep theirs, and the calibration gives many log-odds this confidence.',
    ];
  }
  return [
    `Together log-odds of ${signed(logOdds)}, which the calibration takes for ${chanceText(probability)}.`,
  ];
}

function signed(weight: number): string {
  const text = plain(weight);
  return weight > 0 ? `+${text}` : text;
}

function attemptRow(attempt: ExplainedAttempt): Record<string, string | number> {
  const { outcome, fault, firstTokenMs, costUsd, provenance } = attempt;
  return {
    attempt: attempt.role,
    tier: attempt.tier,
    model: attempt.model,
    outcome: fault === null ? outcome : `${outcome} (${fault})`,
    ms: attempt.ms,
    firstTokenMs: firstTokenMs ?? '',
    in: attempt.inputTokens,
    out: attempt.outputTokens,
    costUsd: costUsd ?? 'not known',
    by: provenance,
  };
}

function costLines({ spentUsd, spentIsInexact, frontierOnlyUsd }: Explanation): string[] {
  const bound = spentIsInexact ? ', not all of it exact' : '';
  const alone = frontierOnlyUsd === null ? '' : `; the frontier alone $${frontierOnlyUsd}`;
  return [`Spent $${spentUsd}${bound}${alone}.`];
}

function labelRow(label: ExplainedLabel): Record<string, string> {
  return {
    label: label.source,
    at: label.labelledAt,
    'draft right': rightText(label.draftRight),
    'frontier right': rightText(label.frontierRight),
    chance: plain(label.propensity),
    sampled: label.sampled ? 'yes' : 'no',
  };
}

function rightText(right: number | null): string {
  return right === null ? '?' : plain(right);
}
