/** One US dollar is 10¹² picodollars. All money in Weir is a bigint of picodollars; no float ever holds it. */
export const PICO_USD_PER_USD = 1_000_000_000_000n;

/**
 * Reads a plain decimal ("12", "0.0025") as a bigint scaled by 10^`decimals`, exactly.
 * Throws when the text is no decimal or has digits below the scale: nothing is rounded silently.
 */
export function parseDecimal(text: string, decimals: number): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new RangeError(`"${text}" is not a plain decimal number`);
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > decimals) {
    throw new RangeError(`"${text}" has more than ${decimals} decimal places`);
  }
  const magnitude = BigInt(`${match[2]}${fraction.padEnd(decimals, '0')}`);
  return match[1] ? -magnitude : magnitude;
}

/** "0.000054399" (USD) to picodollars. */
export function parseUsd(text: string): bigint {
  return parseDecimal(text, 12);
}

/** A price in USD per million tokens, as vendors print it, to picodollars per token: "0.0025" is 2500n. */
export function parseUsdPerMTok(text: string): bigint {
  return parseDecimal(text, 6);
}

/** Picodollars to an exact decimal of USD, without trailing zeros: 2500n is "0.0000000025". */
export function formatUsd(picoUsd: bigint): string {
  const digits = (picoUsd < 0n ? -picoUsd : picoUsd).toString().padStart(13, '0');
  const fraction = digits.slice(-12).replace(/0+$/, '');
  const sign = picoUsd < 0n ? '-' : '';
  return `${sign}${digits.slice(0, -12)}${fraction ? `.${fraction}` : ''}`;
}
