import { codeAt } from './characters.ts';
import { CLOSE, Expression, MINUS, NUMBER, OPEN, OVER, PLUS, TIMES } from './expression.ts';
import { NumberReader } from './numbers.ts';
import {
  ADDS,
  BACKSLASH,
  CLOSES,
  CURRENCY,
  DIGIT,
  DIVIDES,
  ENDS,
  EQUALS,
  LETTER,
  MULTIPLIES,
  OPENS,
  PERCENT,
  POINT,
  POWER,
  SLASH,
  STAR,
  SUBTRACTS,
  signAt,
} from './signs.ts';

const MAX_EQUATIONS = 256;

/** The arithmetic that an answer shows: `16 - 3 = 13`, `9 * $2 = $18`, `20 % of 50 = 20 / 100 * 50 = 10`. */
export interface Equations {
  readonly count: number;
  readonly wrong: number;
  /** What stands after each equals sign, be it right or wrong. */
  readonly results: readonly number[];
}

const NONE: Equations = { count: 0, wrong: 0, results: [] };

/**
 * Checks every equation between numbers. Words beside numbers are units; what has a variable or a function in it, or is
 * not clear, is passed over.
 */
export function equationsIn(text: string): Equations {
  let at = text.indexOf('=');
  if (at === -1) return NONE;
  const checker = new Checker(text);
  let end = 0;
  while (at !== -1) {
    const start = Math.max(end, chainStart(text, at));
    end = chainEnd(text, at);
    checker.read(start, end);
    at = text.indexOf('=', end);
  }
  return checker;
}

/** The start of the line, or of the one before where that begins with the equals sign. */
function chainStart(text: string, equals: number): number {
  let at = equals - 1;
  while (codeAt(text, at) === SPACE) at--;
  return text.lastIndexOf('\n', codeAt(text, at) === NEWLINE ? at - 1 : at) + 1;
}

/** The end of the line, and of those after it that go on with an equals sign. */
function chainEnd(text: string, at: number): number {
  for (;;) {
    const end = text.indexOf('\n', at);
    if (end === -1) return text.length;
    at = end + 1;
    while (codeAt(text, at) === SPACE) at++;
    if (signAt(text, at) !== EQUALS) return end;
  }
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const LOWER_X = 0x78;
const CASE_BIT = 0x20;
/** Commands of LaTeX that leave a number what it is; the longest is cut at this many letters. */
const HARMLESS: ReadonlySet<string> = new Set(['text', 'boxed', 'left', 'right', 'quad', 'mathrm']);
const COMMAND_LETTERS = 7;

class Checker implements Equations {
  count = 0;
  wrong = 0;
  readonly results: number[] = [];
  readonly #text: string;
  readonly #numbers: NumberReader;
  /** The side being read, and the one before the last equals sign. */
  #side = new Expression();
  #other = new Expression();
  /** The value of the other; NaN when there is none. */
  #before = Number.NaN;
  /** Words read in a row. */
  #words = 0;

  constructor(text: string) {
    this.#text = text;
    this.#numbers = new NumberReader(text);
  }

  read(start: number, end: number): void {
    let at = start;
    while (at < end) at = this.#next(at, end);
    this.#finish();
  }

  /** Takes what is at `at`, and says where to go on. */
  #next(at: number, end: number): number {
    switch (signAt(this.#text, at)) {
      case DIGIT:
        return this.#number(at);
      case LETTER:
        return this.#word(at, end);
      case EQUALS:
        return this.#equals(at);
      case ADDS:
        return this.#operator(PLUS, at);
      case SUBTRACTS:
        return this.#minus(at);
      case MULTIPLIES:
        return this.#operator(TIMES, at);
      case STAR:
        return this.#star(at);
      case DIVIDES:
        return this.#operator(OVER, at);
      case SLASH:
        return this.#slash(at, end);
      case OPENS:
        return this.#open(at, end);
      case CLOSES:
        return this.#close(at);
      case PERCENT:
        if (this.#side.last === NUMBER) this.#side.addPercent();
        return at + 1;
      case POWER:
        this.#side.broken = true;
        return at + 1;
      case BACKSLASH:
        return this.#command(at, end);
      case POINT:
        if (signAt(this.#text, at + 1) === DIGIT) return this.#number(at + 1);
        this.#finish();
        return at + 1;
      case ENDS:
        this.#finish();
        return at + 1;
      default:
        return at + 1;
    }
  }

  #number(at: number): number {
    const side = this.#side;
    this.#numbers.read(at);
    const { value, decimals, end } = this.#numbers;
    if (side.endsInOperand && !side.broken) {
      // `1 1/2` is one number, and not worth more than passing over.
      const isMixed = this.#words === 0 && signAt(this.#text, end) === SLASH;
      if (isMixed) side.broken = true;
      else this.#finish();
    }
    this.#side.add(NUMBER, value);
    this.#side.decimals = Math.max(this.#side.decimals, decimals);
    this.#words = 0;
    const isVariable = signAt(this.#text, end) === LETTER && signAt(this.#text, end + 1) !== LETTER;
    if (isVariable && !this.#isTimes(end)) this.#side.broken = true;
    return end;
  }

  /** A letter x that stands for times. */
  #isTimes(at: number): boolean {
    const isX = (codeAt(this.#text, at) | CASE_BIT) === LOWER_X;
    return isX && this.#side.endsInOperand && this.#isOperandNext(at + 1);
  }

  #isOperandNext(at: number): boolean {
    while (codeAt(this.#text, at) === SPACE) at++;
    const sign = signAt(this.#text, at);
    return sign === DIGIT || sign === CURRENCY || sign === OPENS || sign === BACKSLASH;
  }

  #word(at: number, end: number): number {
    if (this.#isTimes(at)) return this.#operator(TIMES, at);
    const side = this.#side;
    const next = wordEnd(this.#text, at, end);
    this.#words++;
    if (side.broken) {
      // Prose again: whatever could not be read is over.
      if (this.#words >= 2) this.#finish();
    } else if (next - at === 2 && side.endsInOperand && this.#text.startsWith('of', at)) {
      const isFraction = side.percents > 0 || side.operators > 0;
      if (isFraction && this.#isOperandNext(next)) side.add(TIMES);
      else this.#finish();
    } else {
      const isOperand = !side.endsInOperand && !side.isEmpty;
      const isFactor = signAt(this.#text, at - 1) === CLOSES;
      if (isOperand || isFactor) side.broken = true;
    }
    return next;
  }

  #operator(part: number, at: number): number {
    if (this.#side.endsInOperand) this.#side.add(part);
    else this.#side.broken = true;
    this.#words = 0;
    return at + 1;
  }

  #minus(at: number): number {
    const side = this.#side;
    const next = at + 1;
    if (side.endsInOperand) {
      // `3-day`
      const isHyphen = signAt(this.#text, next) === LETTER && !this.#isAfterSpace(at);
      if (isHyphen) return next;
      side.add(MINUS);
    } else if (this.#words > 0) side.broken = true;
    // With a space after it and nothing before, it is a list's.
    else if (codeAt(this.#text, next) !== SPACE || !side.isEmpty) side.add(MINUS);
    this.#words = 0;
    return next;
  }

  /** Times, or a mark of Markdown; two of them are a power or, again, a mark. */
  #star(at: number): number {
    if (signAt(this.#text, at + 1) === STAR) {
      const isPower = this.#side.endsInOperand && signAt(this.#text, at + 2) === DIGIT;
      if (isPower) this.#side.broken = true;
      return at + 2;
    }
    if (this.#side.isEmpty && this.#words === 0) return at + 1;
    return this.#operator(TIMES, at);
  }

  /** Over, or the `per` of a unit. */
  #slash(at: number, end: number): number {
    if (signAt(this.#text, at + 1) !== LETTER) return this.#operator(OVER, at);
    return wordEnd(this.#text, at + 1, end);
  }

  #open(at: number, end: number): number {
    const side = this.#side;
    const isApart = this.#isAfterSpace(at);
    if (signAt(this.#text, at + 1) === LETTER) {
      // A remark after a number, or a variable, or what a function is of.
      if (!side.endsInOperand || !isApart) side.broken = true;
      const close = this.#text.indexOf(')', at);
      return close === -1 || close > end ? at + 1 : close + 1;
    }
    if (side.endsInOperand) {
      if (isApart && side.last === NUMBER) this.#finish();
      else side.add(TIMES);
    } else if (this.#words > 0 && !isApart) side.broken = true;
    this.#side.add(OPEN);
    return at + 1;
  }

  #close(at: number): number {
    if (this.#side.opened > 0 && this.#side.endsInOperand) this.#side.add(CLOSE);
    else this.#finish();
    return at + 1;
  }

  /** A command of LaTeX, or an escaped sign. */
  #command(at: number, end: number): number {
    let next = at + 1;
    while (next < end && signAt(this.#text, next) === LETTER) next++;
    const name = this.#text.slice(at + 1, Math.min(next, at + 1 + COMMAND_LETTERS));
    if (name === 'times' || name === 'cdot') this.#operator(TIMES, at);
    else if (name === 'div') this.#operator(OVER, at);
    else if (name !== '' && !HARMLESS.has(name)) this.#side.broken = true;
    return next;
  }

  #equals(at: number): number {
    const next = codeAt(this.#text, at + 1);
    const isDouble = next === 0x3d || next === 0x3e;
    // `==`, `=>`, `!=`, `>=` and `<=` say something else.
    if (isDouble || '!<>'.includes(this.#text.charAt(at - 1) || ' ')) {
      this.#finish();
      this.#side.broken = true;
      return isDouble ? at + 2 : at + 1;
    }
    this.#compare();
    return at + 1;
  }

  #isAfterSpace(at: number): boolean {
    return codeAt(this.#text, at - 1) === SPACE;
  }

  /** Ends the side being read: checks it against the one before, and takes its place. */
  #compare(): void {
    const side = this.#side;
    const other = this.#other;
    const value = side.value();
    const isEquation = other.operators > 0 && this.count < MAX_EQUATIONS;
    if (isEquation && !Number.isNaN(value) && !Number.isNaN(this.#before)) {
      this.count++;
      this.results.push(value);
      if (!agree(other, this.#before, side, value)) this.wrong++;
    }
    this.#before = value;
    other.clear();
    this.#side = other;
    this.#other = side;
    this.#words = 0;
  }

  /** Ends the chain of equations. */
  #finish(): void {
    this.#words = 0;
    if (this.#side.isEmpty && this.#other.isEmpty && !this.#side.broken) return;
    this.#compare();
    this.#before = Number.NaN;
    this.#other.clear();
  }
}

function wordEnd(text: string, at: number, end: number): number {
  while (at < end) {
    const sign = signAt(text, at);
    const isPart = sign === LETTER || sign === DIGIT || isJoin(text, at);
    if (!isPart) return at;
    at++;
  }
  return end;
}

/** What is within a word: `Brooke's`, `half-price`, `unit_cost`. */
function isJoin(text: string, at: number): boolean {
  const code = codeAt(text, at);
  const joins = code === 0x27 || code === 0x2d || code === 0x5f || code === 0x2019;
  return joins && signAt(text, at + 1) === LETTER;
}

/** Off by a hundred is a matter of units: percent, cents, centimetres. */
const UNIT_FACTORS = [1, 100, 0.01];
const EXACT = 1e-12;
/** What may come of an operand that was rounded, to two places or more. */
const ROUNDED_SHARE = 0.005;
const ROUNDED_PLACES = 2;

/** True when both sides are one number within what rounding explains. */
function agree(left: Expression, before: number, right: Expression, after: number): boolean {
  const size = Math.max(Math.abs(before), Math.abs(after));
  const operands = left.decimals >= ROUNDED_PLACES ? ROUNDED_SHARE * size : 0;
  const slack = operands + roundingOf(before, right.decimals) + EXACT * size;
  if (UNIT_FACTORS.some((factor) => Math.abs(before - after * factor) <= slack)) return true;
  // `90 / 450 = 0.2 * 100 = 20`: goes on with the result.
  return right.operators > 0 && Math.abs(before - right.first) <= slack;
}

/** How far off a value may be when shown with so many decimals: one of the last, since some cut off. */
function roundingOf(value: number, decimals: number): number {
  const places = 10 ** decimals;
  const isShown = Math.abs(value * places - Math.round(value * places)) < 1e-6;
  if (isShown) return 0;
  return decimals > 0 ? 1 / places : 0.5;
}
