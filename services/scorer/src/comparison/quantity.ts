import { NumberReader } from '../signals/text/numbers.ts';
import { foldWord } from './plain-words.ts';
import { CLOCK, magnitudeOf, PERCENT, type Unit, unitOf } from './units.ts';

/** A number as it stands in a text, with what it counts. */
export interface Quantity {
  readonly value: number;
  /** Digits behind the decimal point. */
  readonly decimals: number;
  readonly unit: Unit | undefined;
  readonly start: number;
  readonly end: number;
}

const FRACTION = /\s?\/\s?(\d{1,9})(?![\d./])/y;
const EXPONENT = /(?:e|\s?[x×*]\s?10\^?\{?)([+-]?\d{1,3})(?!\d)\}?/y;
const CLOCK_TIME = /:([0-5]\d)(?::[0-5]\d)?(?!\d)\s?([ap])?\.?m?/iy;
const HALF_DAY = /\s?([ap])\.?m\b/iy;
const SUFFIX = /[ -]?(%|[$€£¥₹¢]|[\p{Script=Han}]|[\p{L}\p{M}]{1,24})/uy;
const CURRENCIES = '$€£¥₹';
/** Between the parts of `1 hour and 30 minutes`. */
const JOINS = /^(?:,? ?(?:and|und|et|y|e) |, | ?)$/;

/** The quantities of a text (see `numericText`) in their order, at most `limit` of them. */
export function quantitiesIn(text: string, limit: number): Quantity[] {
  const reader = new NumberReader(text);
  const found: Quantity[] = [];
  const digits = /\d/g;
  for (let match = digits.exec(text); match && found.length < limit; match = digits.exec(text)) {
    reader.read(match.index);
    const next = quantityAt(text, match.index, reader);
    digits.lastIndex = Math.max(next.end, match.index + 1);
    const before = found.at(-1);
    const joined = before && joinedOf(text, before, next);
    if (joined) found[found.length - 1] = joined;
    else found.push(next);
  }
  return found;
}

function quantityAt(
  text: string,
  start: number,
  { value: read, decimals, end }: NumberReader,
): Quantity {
  let value = read;
  let at = end;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const result = pattern.exec(text);
    if (result) at = pattern.lastIndex;
    return result;
  };
  const time = decimals === 0 && value <= 24 ? match(CLOCK_TIME) : null;
  if (time) return { ...clockTime(value, Number(time[1]), time[2]), start, end: at };
  const half = decimals === 0 && value >= 1 && value <= 12 ? match(HALF_DAY) : null;
  if (half) return { ...clockTime(value, 0, half[1]), start, end: at };
  const isFirst = text.charAt(start - 1) !== '/';
  const under = isFirst && decimals === 0 ? match(FRACTION) : null;
  if (under && Number(under[1]) !== 0) value /= Number(under[1]);
  const power = match(EXPONENT);
  if (power) value *= 10 ** Number(power[1]);
  const { sign, currency } = prefixOf(text, start);
  let unit = currency === '' ? undefined : unitOf(currency);
  let size = 1;
  let word = wordAt(text, at);
  // `5m` is a length as often as millions; `$5m` is not.
  const magnitude = word.word === 'm' && !unit ? undefined : magnitudeOf(word.word);
  if (magnitude !== undefined) {
    size = magnitude;
    at = word.end;
    word = wordAt(text, at);
  }
  const suffix = unit ? undefined : unitOf(word.word);
  if (suffix) {
    unit = suffix;
    at = word.end;
  }
  value *= sign * size;
  const places = size === 1 ? decimals : 0;
  return { value: Number.isFinite(value) ? value : 0, decimals: places, unit, start, end: at };
}

function clockTime(hours: number, minutes: number, half: string | undefined) {
  const isAfternoon = half?.toLowerCase() === 'p';
  const hour = half === undefined ? hours : (hours % 12) + (isAfternoon ? 12 : 0);
  return { value: hour * 60 + minutes, decimals: 0, unit: CLOCK };
}

/** What stands right before a number: its sign and its currency. */
function prefixOf(text: string, start: number): { sign: number; currency: string } {
  let at = start - 1;
  let currency = '';
  const skipped = text.charAt(at) === ' ' ? 1 : 0;
  if (at >= skipped && CURRENCIES.includes(text.charAt(at - skipped))) {
    currency = text.charAt(at - skipped);
    at -= skipped + 1;
  }
  const isMinus =
    at >= 0 && text.charAt(at) === '-' && !/[\p{L}\p{N})\]]/u.test(text.charAt(at - 1));
  return { sign: isMinus ? -1 : 1, currency };
}

function wordAt(text: string, at: number): { word: string; end: number } {
  SUFFIX.lastIndex = at;
  const match = SUFFIX.exec(text);
  return match ? { word: foldWord(match[1] ?? ''), end: SUFFIX.lastIndex } : { word: '', end: at };
}

/** `2 1/2`, and `1 hour and 30 minutes`, are one quantity. */
function joinedOf(text: string, left: Quantity, right: Quantity): Quantity | undefined {
  const gap = text.slice(left.end, Math.min(right.start, left.end + 8));
  if (left.end + gap.length !== right.start || !JOINS.test(gap)) return undefined;
  const isMixed =
    gap === ' ' &&
    !left.unit &&
    Number.isInteger(left.value) &&
    left.value > 0 &&
    right.value > 0 &&
    right.value < 1 &&
    text.slice(right.start, right.end).includes('/');
  if (isMixed) return { ...right, value: left.value + right.value, start: left.start };
  if (!left.unit || left.unit.dimension !== right.unit?.dimension) return undefined;
  if (left.unit.factor <= right.unit.factor) return undefined;
  const { factor } = right.unit;
  const value = (left.value * left.unit.factor) / factor + right.value;
  return { ...right, value, start: left.start };
}

/** Whether two quantities are one, as far as both say what they count. */
export function isSameQuantity(left: Quantity, right: Quantity): boolean {
  const { unit: one } = left;
  const { unit: other } = right;
  if (one && other && one.dimension !== other.dimension) return false;
  if (one && other) {
    if (one.factor === other.factor) return isSameValue(left, right);
    return isNear(left.value * one.factor, right.value * other.factor);
  }
  if (isSameValue(left, right)) return true;
  const known = one ?? other;
  if (known === undefined) return false;
  if (known.dimension !== PERCENT.dimension) return false;
  return one ? isNear(left.value, right.value * 100) : isNear(left.value * 100, right.value);
}

/** `8.57` is `8.5714` said with fewer digits; `16` is not `16.2`. */
function isSameValue(left: Quantity, right: Quantity): boolean {
  if (isNear(left.value, right.value)) return true;
  const places = Math.min(left.decimals, right.decimals);
  const apart = Math.abs(left.value - right.value);
  const size = Math.max(Math.abs(left.value), Math.abs(right.value));
  if (places > 0 && apart <= 1.001 * 10 ** -places && apart <= 0.01 * size) return true;
  return isThousands(left, right) || isThousands(right, left);
}

/** `1.234` is what many countries write for `1234`. */
function isThousands(left: Quantity, right: Quantity): boolean {
  return left.decimals === 3 && right.decimals === 0 && isNear(left.value * 1000, right.value);
}

function isNear(left: number, right: number): boolean {
  return Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right));
}
