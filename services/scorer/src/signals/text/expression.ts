/** What an expression is made of; numbers have their value beside them. */
export const NUMBER = 1;
export const PLUS = 2;
export const MINUS = 3;
export const TIMES = 4;
export const OVER = 5;
export const OPEN = 6;
export const CLOSE = 7;

const MAX_PARTS = 64;
const MAX_DEPTH = 8;

/** One side of an equation while it is read, like `(16 - 3) * 2`. Used again for side after side. */
export class Expression {
  readonly #parts: number[] = [];
  readonly #values: number[] = [];
  #count = 0;
  #numbers = 0;
  #additive = false;
  #at = 0;
  /** Cannot be computed: it has a variable, a function, or what is no expression. */
  broken = false;
  /** Operators between two operands. */
  operators = 0;
  percents = 0;
  /** The most digits behind a decimal point. */
  decimals = 0;
  /** Parentheses that have not been closed. */
  opened = 0;
  /** The part added last; 0 when there is none. */
  last = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get endsInOperand(): boolean {
    return this.last === NUMBER || this.last === CLOSE;
  }

  /** Its first number; NaN when it begins otherwise. */
  get first(): number {
    return this.#count > 0 && this.#parts[0] === NUMBER
      ? (this.#values[0] ?? Number.NaN)
      : Number.NaN;
  }

  clear(): void {
    this.#count = this.#numbers = 0;
    this.#additive = this.broken = false;
    this.operators = this.percents = this.decimals = this.opened = this.last = 0;
  }

  add(part: number, value = 0): void {
    if (this.#count === MAX_PARTS) this.broken = true;
    if (this.broken) return;
    if (part === NUMBER) this.#numbers++;
    else if (part === OPEN) this.opened++;
    else if (part === CLOSE) this.opened--;
    else if (this.endsInOperand) {
      this.operators++;
      if (part === PLUS || part === MINUS) this.#additive = true;
    }
    this.#parts[this.#count] = part;
    this.#values[this.#count] = value;
    this.#count++;
    this.last = part;
  }

  /** The number added last was one of hundred. */
  addPercent(): void {
    const at = this.#count - 1;
    this.#values[at] = (this.#values[at] ?? 0) / 100;
    this.percents++;
  }

  /** Its value, as far as it ends in an operand; NaN when it has none. */
  value(): number {
    while (this.#count > 0 && !isOperandEnd(this.#parts[this.#count - 1])) this.#count--;
    // `30 - 20 %` means two things.
    const isMixed = this.#additive && this.percents > 0 && this.percents < this.#numbers;
    if (this.broken || this.#count === 0 || isMixed) return Number.NaN;
    // `(5 + 3 = 8)`: the parentheses are around the equation.
    this.#at = this.opened === 1 && this.#parts[0] === OPEN ? 1 : 0;
    const value = this.#sum(0);
    return this.#at === this.#count && Number.isFinite(value) ? value : Number.NaN;
  }

  #sum(depth: number): number {
    let value = this.#product(depth);
    for (;;) {
      const part = this.#peek();
      if (part !== PLUS && part !== MINUS) return value;
      this.#at++;
      const next = this.#product(depth);
      value = part === PLUS ? value + next : value - next;
    }
  }

  #product(depth: number): number {
    let value = this.#operand(depth);
    for (;;) {
      const part = this.#peek();
      if (part !== TIMES && part !== OVER) return value;
      this.#at++;
      const next = this.#operand(depth);
      value = part === TIMES ? value * next : value / next;
    }
  }

  #operand(depth: number): number {
    const part = this.#peek();
    const at = this.#at++;
    if (part === NUMBER) return this.#values[at] ?? Number.NaN;
    if (depth >= MAX_DEPTH) return Number.NaN;
    if (part === MINUS) return -this.#operand(depth + 1);
    if (part !== OPEN) return Number.NaN;
    const value = this.#sum(depth + 1);
    const isClosed = this.#peek() === CLOSE;
    this.#at++;
    return isClosed ? value : Number.NaN;
  }

  #peek(): number {
    return this.#at < this.#count ? (this.#parts[this.#at] ?? 0) : 0;
  }
}

function isOperandEnd(part: number | undefined): boolean {
  return part === NUMBER || part === CLOSE;
}
