/** Beyond this, a price is the rounding error of somebody's float: 0.015000020000000002. */
const MAX_SIGNIFICANT_DIGITS = 7;

/** `1e999999999` is ten bytes of JSON and a gigabyte of zeros. */
const MAX_EXPONENT = 1000;

/** Parses JSON with every number as its exact decimal text, "1.25e-06" as "0.00000125": none passes through a float. */
export function parseNumbersAsText(json: string): unknown {
  // The third argument is missing in the compiler's library; where the value is a number, it has the source text.
  const reviver = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value !== 'number') return value;
    if (context?.source === undefined)
      throw new Error('this Node does not tell the source of a number');
    return plainDecimal(context.source);
  };
  return JSON.parse(json, reviver as (key: string, value: unknown) => unknown);
}

/** A number as JSON writes it, without exponent and without zeros at its ends: the same value, digit for digit. */
export function plainDecimal(source: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source);
  if (!match) throw new RangeError(`"${source}" is not a number`);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  return `${sign}${shifted(whole, fraction, Number(exponent))}`.replace(/^-0$/, '0');
}

/** Moves the decimal point of a plain decimal to the right: per token to per million tokens is six places. */
export function shiftDecimal(text: string, places: number): string {
  return plainDecimal(`${text}e${places}`);
}

/** Both digits around the point, moved by `places`, as one plain decimal. */
function shifted(whole: string, fraction: string, places: number): string {
  if (Math.abs(places) > MAX_EXPONENT)
    throw new RangeError(`an exponent of ${places} is too large`);
  const digits = `${whole}${fraction}`;
  const point = whole.length + places;
  const left = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const right = point > 0 ? digits.slice(point) : `${'0'.repeat(-point)}${digits}`;
  const trimmedRight = right.replace(/0+$/, '');
  return `${left.replace(/^0+(?=\d)/, '')}${trimmedRight && `.${trimmedRight}`}`;
}

/** What is wrong with a plain decimal as a price; undefined when nothing is. */
export function faultInPrice(text: string): string | undefined {
  if (text.startsWith('-')) return 'is negative';
  const digits = text.replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length;
  if (digits > MAX_SIGNIFICANT_DIGITS) return `has ${digits} significant digits`;
  return undefined;
}
