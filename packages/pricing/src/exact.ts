/** An amount of picodollars that need not be whole: a sum stays exact until it is rounded, once. */
export class Exact {
  static readonly ZERO = new Exact(0n);
  readonly numerator: bigint;
  /** Positive. */
  readonly denominator: bigint;

  constructor(numerator: bigint, denominator = 1n) {
    this.numerator = numerator;
    this.denominator = denominator;
  }

  plus(other: Exact): Exact {
    if (this.denominator === other.denominator) {
      return new Exact(this.numerator + other.numerator, this.denominator);
    }
    return new Exact(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    );
  }

  equals(other: Exact): boolean {
    return this.numerator * other.denominator === other.numerator * this.denominator;
  }

  /** Half up, to whole picodollars or to multiples of `unit` of them; in that unit. Not for negative amounts. */
  rounded(unit = 1n): bigint {
    const whole = this.denominator * unit;
    return (2n * this.numerator + whole) / (2n * whole);
  }

  /** In US dollars: a decimal where there is one, otherwise a fraction in lowest terms. */
  toUsd(): string {
    const over = this.denominator * 1_000_000_000_000n;
    const common = gcd(this.numerator, over);
    const numerator = this.numerator / common;
    const denominator = over / common;
    const places = decimalPlaces(denominator);
    if (places === undefined) return `${numerator}/${denominator}`;
    const digits = ((numerator * 10n ** BigInt(places)) / denominator).toString();
    const padded = digits.padStart(places + 1, '0');
    if (places === 0) return padded;
    return `${padded.slice(0, -places)}.${padded.slice(-places)}`;
  }
}

function gcd(a: bigint, b: bigint): bigint {
  let [left, right] = [a, b];
  while (right !== 0n) [left, right] = [right, left % right];
  return left === 0n ? 1n : left;
}

/** How many decimal places 1/n takes; undefined when it never ends. */
function decimalPlaces(n: bigint): number | undefined {
  let rest = n;
  let twos = 0;
  let fives = 0;
  for (; rest % 2n === 0n; rest /= 2n) twos++;
  for (; rest % 5n === 0n; rest /= 5n) fives++;
  return rest === 1n ? Math.max(twos, fives) : undefined;
}
