import { isDeepStrictEqual } from 'node:util';
import type { ReplayRow } from './rows.ts';

/** How good an answer is, from 0 to 1; undefined when nothing is known that would tell. */
export function gradeOf(row: ReplayRow, answer: string): number | undefined {
  if (row.truth !== undefined) return matches(row, row.truth, answer.trim()) ? 1 : 0;
  // Recorded answers were graded when they were recorded. Anything else that comes back is not an answer to be trusted.
  const said = answer.trim();
  if (row.strong && said === row.strong.text.trim()) return row.strong.quality;
  if (row.weak && said === row.weak.text.trim()) return row.weak.quality;
  return row.weak || row.strong ? 0 : undefined;
}

function matches(row: ReplayRow, truth: string, answer: string): boolean {
  if (row.task === 'json') return sameJson(truth, answer);
  if (row.task === 'repeat') return answer === truth;
  const word = truth.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, 'iu').test(answer);
}

function sameJson(truth: string, answer: string): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(answer), JSON.parse(truth));
  } catch {
    return false;
  }
}
