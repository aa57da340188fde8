import { UsageError, type UsageReport } from '@weir/core';
import {
  fieldOf,
  inconsistent,
  invalidCount,
  isWire,
  partOf,
  type Wire,
  wordOf,
} from './counts.ts';

/** xAI counts in ticks: 10¹⁰ of them are a dollar. */
const PICO_USD_PER_TICK = 100n;

/** Money is an int64 wherever it is sent or kept; nine million dollars for a call is no figure to believe. */
const MAX_PICO_USD = 2n ** 63n - 1n;

/** A provider's own figure, as a report has it. */
export type ReportedCost = Pick<UsageReport, 'reportedPicoUsd' | 'reportedUsd'>;

const NOT_REPORTED: ReportedCost = {};

/**
 * What the provider itself says the call costs; by the shape of the field, since gateways pass it on under other
 * names. Empty where it says nothing, or not all of it.
 */
export function reportedCostOf(wire: Wire): ReportedCost {
  const cost = fieldOf(wire, 'cost');
  if (cost === undefined) {
    const ticks = fieldOf(wire, 'cost_in_usd_ticks');
    return ticks === undefined ? NOT_REPORTED : { reportedPicoUsd: picoUsdOfTicks(ticks) };
  }
  if (isWire(cost)) return totalCostOf(cost);
  if (fieldOf(wire, 'is_byok') !== true) return sumInUsd('cost', cost);
  // OpenRouter with our own key: `cost` is only its fee, and the rest is on the bill of the provider behind it.
  const details = partOf(wire, 'cost_details');
  const upstream = details && fieldOf(details, 'upstream_inference_cost');
  return upstream === undefined ? NOT_REPORTED : sumInUsd('cost', cost, upstream);
}

/** Perplexity. Its parts are rounded each by itself, so that only the total counts. */
function totalCostOf(cost: Wire): ReportedCost {
  const currency = fieldOf(cost, 'currency') === undefined ? 'USD' : wordOf(cost, 'currency');
  const total = fieldOf(cost, 'total_cost');
  return currency !== 'USD' || total === undefined ? NOT_REPORTED : sumInUsd('total_cost', total);
}

function picoUsdOfTicks(ticks: unknown): bigint {
  if (typeof ticks !== 'number' || !Number.isSafeInteger(ticks) || ticks < 0) {
    throw invalidCount('cost_in_usd_ticks', ticks);
  }
  return believable(BigInt(ticks) * PICO_USD_PER_TICK);
}

interface Decimal {
  readonly digits: bigint;
  /** Of ten. */
  readonly exponent: number;
}

/** The sum of amounts in dollars: rounded half up, once, and beside it in full where that lost something. */
function sumInUsd(name: string, ...amounts: readonly unknown[]): ReportedCost {
  const decimals = amounts.map((amount) => decimalOf(name, amount));
  const least = Math.min(...decimals.map(({ exponent }) => exponent));
  let sum = 0n;
  for (const { digits, exponent } of decimals) sum += digits * 10n ** BigInt(exponent - least);
  const shift = least + 12;
  if (shift >= 0) return { reportedPicoUsd: believable(sum * 10n ** BigInt(shift)) };
  const divisor = 10n ** BigInt(-shift);
  const reportedPicoUsd = believable((sum + divisor / 2n) / divisor);
  if (reportedPicoUsd * divisor === sum) return { reportedPicoUsd };
  return { reportedPicoUsd, reportedUsd: textOf({ digits: sum, exponent: least }) };
}

/** An amount that JSON may have written with an exponent, as plain decimal text; the same to the last digit. */
export function plainUsd(name: string, amount: unknown): string {
  return textOf(decimalOf(name, amount));
}

function textOf({ digits, exponent }: Decimal): string {
  if (exponent >= 0) return (digits * 10n ** BigInt(exponent)).toString();
  const padded = digits.toString().padStart(1 - exponent, '0');
  const fraction = padded.slice(exponent).replace(/0+$/, '');
  return `${padded.slice(0, exponent)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** A double as the shortest decimal that means it, which is the text that the provider wrote. */
function decimalOf(name: string, amount: unknown): Decimal {
  const parts =
    typeof amount === 'number' && /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(amount));
  if (!parts) throw invalidAmount(name, amount);
  const [, whole = '', fraction = '', exponent = '0'] = parts;
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

function invalidAmount(name: string, amount: unknown): UsageError {
  return typeof amount === 'number' && Number.isFinite(amount)
    ? new UsageError('usage_invalid_negative', `${name} is ${amount}, less than nothing.`)
    : invalidCount(name, amount);
}

function believable(picoUsd: bigint): bigint {
  if (picoUsd > MAX_PICO_USD) throw inconsistent('The reported cost is more than any call costs');
  return picoUsd;
}
