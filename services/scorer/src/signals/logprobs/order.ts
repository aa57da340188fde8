/**
 * The value that would be at `place` if the values were sorted; puts all smaller ones before it. Hoare's selection: linear
 * on average, where sorting is not. `to` bounds what is looked at, for who selects ever smaller places.
 */
export function select(values: Float64Array, place: number, to: number = values.length): number {
  let low = 0;
  let high = to - 1;
  while (low < high) {
    const pivot = values[(low + high) >>> 1] ?? 0;
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] ?? 0) < pivot) left++;
      while ((values[right] ?? 0) > pivot) right--;
      if (left > right) break;
      const kept = values[left] ?? 0;
      values[left++] = values[right] ?? 0;
      values[right--] = kept;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else break;
  }
  return values[place] ?? Number.NaN;
}

/** The values below which these shares are, interpolated; `shares` descend. Reorders `values`, of which there is one at least. */
export function quantiles(values: Float64Array, shares: readonly number[]): number[] {
  let to = values.length;
  return shares.map((share) => {
    const place = share * (values.length - 1);
    const below = Math.floor(place);
    // The one above first: what is below it is then among those before it.
    const high = select(values, Math.min(below + 1, to - 1), to);
    to = Math.min(below + 2, to);
    const low = select(values, below, to);
    return low + (place - below) * (high - low);
  });
}
