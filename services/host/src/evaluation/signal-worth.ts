import { auroc, type DraftFeatures, type LabelledDraft, type LiveScorerModel } from '@weir/cascade';
import { SIGNALS, type Signal } from '@weir/scorer';
import { gainOf } from './baselines.ts';
import { seededRandom } from './seeded-random.ts';

/** Rows that are enough to tell what a signal is worth. */
const MAX_ROWS = 3_000;

/** What a model loses without a part of what it sees: how much its two AUROC fall when that part is another row's. */
export interface Worth {
  /** A signal's name; '' for the family as a whole. */
  readonly signal: string;
  readonly family: Family;
  readonly auroc: number;
  readonly benefitAuroc: number;
}

export type Family = 'log-probs' | 'text' | 'question' | 'bought' | 'recorded' | 'words' | 'task';

/** Values that a live draft does not have. */
const RECORDED = new Set(['confidence', 'draft_cost']);

export function familyOf({ name, cost }: Signal): Family {
  if (RECORDED.has(name)) return 'recorded';
  switch (cost) {
    case 'logprobs':
      return 'log-probs';
    case 'context':
      return 'question';
    default:
      return cost;
  }
}

/**
 * Permutation importance on rows that the model was not fitted to. Signals that say much the same stand in for each
 * other, so each alone is worth less than its family as a whole.
 */
export function signalWorths(
  held: readonly LabelledDraft[],
  judge: LiveScorerModel,
  seed: number,
): Worth[] {
  const rows = held.slice(0, MAX_ROWS);
  const random = seededRandom(seed);
  const other = Int32Array.from(rows, () => Math.floor(random() * rows.length));
  const labels = rows.map(({ draftRight }) => draftRight);
  const gains = rows.map(gainOf);
  const rank = (drafts: readonly DraftFeatures[]) => {
    const opinions = drafts.map((draft) => judge.judge(draft));
    return {
      auroc: auroc(
        opinions.map(({ confidence }) => confidence),
        labels,
      ),
      benefitAuroc: auroc(
        opinions.map(({ benefit }) => benefit),
        gains,
      ),
    };
  };
  const whole = rank(rows);
  return partsOf(judge, rows).map(({ signal, family, without }) => {
    const found = rank(
      rows.map((row, at) => {
        const stranger = rows[other[at] ?? at];
        return stranger ? without(row, stranger) : row;
      }),
    );
    return {
      signal,
      family,
      auroc: whole.auroc - found.auroc,
      benefitAuroc: whole.benefitAuroc - found.benefitAuroc,
    };
  });
}

interface Part {
  readonly signal: string;
  readonly family: Family;
  /** The row with this part of another. */
  readonly without: (row: DraftFeatures, other: DraftFeatures) => DraftFeatures;
}

/** What a model can lose: each signal that it uses, each family of them, the words, the task. */
function partsOf(judge: LiveScorerModel, rows: readonly LabelledDraft[]): Part[] {
  const used = [...new Set(judge.model.space.columns.map(({ signal }) => signal))];
  const parts: Part[] = [];
  const families = new Map<Family, number[]>();
  for (const at of used) {
    const signal = SIGNALS[at];
    if (!signal) continue;
    const family = familyOf(signal);
    families.set(family, [...(families.get(family) ?? []), at]);
    parts.push({ signal: signal.name, family, without: withoutSignals([at]) });
  }
  const wholes = [...families].map(
    ([family, members]): Part => ({ signal: '', family, without: withoutSignals(members) }),
  );
  if (rows.some(({ ngrams }) => ngrams.length > 0)) {
    const without = (row: DraftFeatures, { ngrams }: DraftFeatures) => ({ ...row, ngrams });
    wholes.push({ signal: '', family: 'words', without });
  }
  if (judge.model.space.groups.length > 0) {
    const without = (row: DraftFeatures, { group }: DraftFeatures) => ({ ...row, group });
    wholes.push({ signal: '', family: 'task', without });
  }
  return [...wholes, ...parts];
}

function withoutSignals(members: readonly number[]): Part['without'] {
  return (row, other) => {
    const signals = row.signals.slice();
    for (const at of members) signals[at] = other.signals[at] ?? Number.NaN;
    return { ...row, signals };
  };
}
