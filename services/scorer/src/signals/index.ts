import { createHash } from 'node:crypto';
import { BOUGHT_SIGNALS } from './bought.ts';
import { DERIVED_NUMBER } from './derived-number.ts';
import { LOGPROB_SIGNALS } from './logprobs/index.ts';
import type { Reading } from './reading.ts';
import { RECORDED_SIGNALS } from './recorded.ts';
import type { Signal } from './signal.ts';
import { TEXT_SIGNALS } from './text/index.ts';

/** Every signal, by position: judgements, labels and scorer models refer to them by it. */
export const SIGNALS: readonly Signal[] = [
  ...LOGPROB_SIGNALS,
  ...TEXT_SIGNALS,
  DERIVED_NUMBER,
  ...BOUGHT_SIGNALS,
  ...RECORDED_SIGNALS,
];

/** Names what a position means: changes with the list, so that values of another list are never taken for these. */
export const SIGNAL_SET = createHash('sha256')
  .update(SIGNALS.map(({ name }) => name).join(' '))
  .digest('hex')
  .slice(0, 12);

/** Those of which groups of requests differ in what they mean. */
const POOLED = new Set(['mean_logprob', 'least_logprob', 'confidence']);

export const POOLED_SIGNALS: ReadonlySet<number> = new Set(
  SIGNALS.flatMap(({ name }, at) => (POOLED.has(name) ? [at] : [])),
);

/** What each signal says of a draft; NaN where one abstains. */
export function readSignals(draft: Reading): number[] {
  const values: number[] = [];
  // Only a recorded log lacks its texts, and what is not there says nothing.
  const hasText = draft.text !== '';
  for (const signal of SIGNALS) {
    const readsText = signal.cost === 'text' || signal.cost === 'context';
    const value = readsText && !hasText ? undefined : signal.read(draft);
    values.push(value !== undefined && Number.isFinite(value) ? value : Number.NaN);
  }
  return values;
}

/** The same without what was bought. */
export function unbought(values: readonly number[]): number[] {
  return values.map((value, at) => (SIGNALS[at]?.cost === 'bought' ? Number.NaN : value));
}
