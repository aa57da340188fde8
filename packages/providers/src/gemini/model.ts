/** What only a model's name tells. */

/** Gemini 3 and later refuse a call of theirs without its signature; older ones are not known to take a stand-in. */
export function checksSignatures(model: string): boolean {
  return /gemini-(?:[3-9]|[1-9]\d|[a-z-]*latest)(?!\d)/.test(model);
}

/** Gemini 2.5 is told how much to think in tokens, later models by a level; saying the other's is an error. */
export function thinksByBudget(model: string): boolean {
  return /gemini-2\.5(?!\d)/.test(model);
}
