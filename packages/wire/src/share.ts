/** A probability as a peer told it: null where it told none, or one outside [0, 1]. */
export function shareFrom(value: number | undefined): number | null {
  return value !== undefined && value >= 0 && value <= 1 ? value : null;
}
