/** What only a model's name tells. */

const THIRD_OR_LATER = /gemini-(?:[3-9]|[1-9]\d|[a-z-]*latest)(?!\d)/;

/** Gemini 3 and later refuse a call of theirs without its signature; older ones are not known to take a stand-in. */
export function checksSignatures(model: string): boolean {
  return THIRD_OR_LATER.test(model);
}

/** Gemini 3 and later refuse to be asked for log-probabilities, which Google calls intended. */
export function givesLogprobs(model: string): boolean {
  return !THIRD_OR_LATER.test(model);
}

/** Gemini 2.5 is told how much to think in tokens, later models by a level; saying the other's is an error. */
export function thinksByBudget(model: string): boolean {
  return /gemini-2\.5(?!\d)/.test(model);
}

/** What a model takes as its budget, beside all that it sees fit; and whether it answers without a thought. */
export interface BudgetRange {
  readonly least: number;
  readonly most: number;
  readonly thoughtless: boolean;
}

/** More or less is an error. */
export function budgetRange(model: string): BudgetRange {
  if (/gemini-2\.5-pro/.test(model)) return { least: 128, most: 32_768, thoughtless: false };
  const least = /gemini-2\.5-flash-lite/.test(model) ? 512 : 1;
  return { least, most: 24_576, thoughtless: true };
}
