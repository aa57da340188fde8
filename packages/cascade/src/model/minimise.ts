/** The value at `point`; its gradient is written into `gradient`. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

/** Pairs of steps that stand in for the second derivative. */
const MEMORY = 8;
const MAX_STEPS = 120;
/** A step must bring this share of what the slope promises (Armijo). */
const SUFFICIENT = 1e-4;
const MAX_HALVINGS = 30;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

/**
 * The minimum of a smooth convex function, by L-BFGS with backtracking (Nocedal and Wright, algorithm 7.5): a point where
 * the gradient is no longer than `tolerance`.
 */
export function minimise(
  start: Float64Array,
  objective: Objective,
  tolerance: number,
): Float64Array {
  let point = start;
  let gradient = new Float64Array(point.length);
  let value = objective(point, gradient);
  const pairs: Pair[] = [];
  for (let taken = 0; taken < MAX_STEPS; taken++) {
    if (norm(gradient) <= tolerance) break;
    const direction = descent(gradient, pairs);
    const slope = dot(direction, gradient);
    let length = pairs.length === 0 ? Math.min(1, 1 / norm(gradient)) : 1;
    let next = moved(point, direction, length);
    let nextGradient = new Float64Array(point.length);
    let nextValue = objective(next, nextGradient);
    let halvings = 0;
    while (!(nextValue <= value + SUFFICIENT * length * slope) && halvings < MAX_HALVINGS) {
      length /= 2;
      halvings++;
      next = moved(point, direction, length);
      nextGradient = new Float64Array(point.length);
      nextValue = objective(next, nextGradient);
    }
    // Not even the smallest step goes down: rounding is all that is left.
    if (!(nextValue < value)) break;
    const step = difference(next, point);
    const change = difference(nextGradient, gradient);
    const curvature = dot(step, change);
    if (curvature > 1e-12) pairs.push({ step, change, curvature });
    if (pairs.length > MEMORY) pairs.shift();
    point = next;
    gradient = nextGradient;
    value = nextValue;
  }
  return point;
}

/** The two-loop recursion: the inverse of the second derivative, as far as the pairs tell it, times the gradient. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = new Float64Array(gradient.length);
  add(direction, gradient, -1);
  const shares: number[] = [];
  for (const { step, change, curvature } of pairs.toReversed()) {
    const share = dot(step, direction) / curvature;
    shares.push(share);
    add(direction, change, -share);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = last.curvature / dot(last.change, last.change);
    for (let at = 0; at < direction.length; at++) direction[at] = (direction[at] ?? 0) * scale;
  }
  for (const { step, change, curvature } of pairs) {
    const share = shares.pop() ?? 0;
    add(direction, step, share - dot(change, direction) / curvature);
  }
  return direction;
}

function moved(point: Float64Array, direction: Float64Array, length: number): Float64Array {
  const next = point.slice();
  add(next, direction, length);
  return next;
}

function add(to: Float64Array, what: Float64Array, factor: number): void {
  for (let at = 0; at < to.length; at++) to[at] = (to[at] ?? 0) + factor * (what[at] ?? 0);
}

function difference(left: Float64Array, right: Float64Array): Float64Array {
  const result = left.slice();
  add(result, right, -1);
  return result;
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < left.length; at++) sum += (left[at] ?? 0) * (right[at] ?? 0);
  return sum;
}

function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}
