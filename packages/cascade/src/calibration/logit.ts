/** The chance whose log-odds are `x`; never overflows. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const odds = Math.exp(x);
  return odds / (1 + odds);
}

/** ln(1 + e^x) without overflow, so that ln(sigmoid(x)) = -softplus(-x). */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Chances closer to 0 or 1 than this are as good as certain. */
const CERTAIN = 1e-12;

/** The log-odds of a chance, finite also for 0 and 1. */
export function logit(p: number): number {
  const inside = Math.min(1 - CERTAIN, Math.max(CERTAIN, p));
  return Math.log(inside / (1 - inside));
}
