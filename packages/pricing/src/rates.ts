import {
  type ContextTier,
  type Multiplier,
  type Price,
  PriceError,
  type TieredRates,
  type TimeBand,
} from './price.ts';

/** Under what a call was served, as far as it moves the price. */
export interface Circumstances {
  /** When it was served; decides the time band. */
  readonly atMs?: number | undefined;
  /** The band's name, where the caller knows it; `off_peak` and the like stand for no band. */
  readonly timeBand?: string | undefined;
  /** The tier that served, in the provider's word. */
  readonly serviceTier?: string | undefined;
  readonly conditions?: Readonly<Record<string, string>> | undefined;
}

/** What was chosen of a price for one call. */
export interface Applied {
  readonly rates: TieredRates | ContextTier;
  readonly serviceTier?: string | undefined;
  readonly timeBand?: string | undefined;
  readonly contextTier?: ContextTier | undefined;
  readonly multipliers: readonly Multiplier[];
}

/** The words for "nothing special": OpenAI, Anthropic, Vertex, Groq. */
const STANDARD = new Set(['', 'default', 'standard', 'auto', 'on_demand', 'ON_DEMAND']);

const NO_MULTIPLIERS: readonly Multiplier[] = [];

/** The rates for a call with a prompt of this many tokens. Throws `PriceError` for a tier that has no price. */
export function ratesFor(price: Price, promptTokens: number, at: Circumstances): Applied {
  const serviceTier = isPlain(price, at.serviceTier) ? undefined : at.serviceTier;
  const band = serviceTier === undefined ? bandFor(price, at) : undefined;
  const base = serviceTier === undefined ? (band ?? price) : tierOf(price, serviceTier);
  const contextTier = base.contextTiers?.findLast(({ thresholdTokens, operator }) =>
    operator === 'gt' ? promptTokens > thresholdTokens : promptTokens >= thresholdTokens,
  );
  return {
    rates: contextTier ?? base,
    serviceTier,
    timeBand: band?.name,
    contextTier,
    multipliers: price.multipliers ? multipliersFor(price.multipliers, at) : NO_MULTIPLIERS,
  };
}

/** What is paid whatever is used is paid in every tier: bought capacity is a tier of its own to some vendors. */
function isPlain(price: Price, tier = ''): boolean {
  if (STANDARD.has(tier)) return true;
  const isPaidOtherwise =
    price.zeroMeans === 'flat_rate' && price.inputPicoUsd === 0n && price.outputPicoUsd === 0n;
  return isPaidOtherwise && !Object.hasOwn(price.serviceTiers ?? {}, tier);
}

function tierOf(price: Price, name: string): TieredRates {
  const tiers = price.serviceTiers ?? {};
  const tier = Object.hasOwn(tiers, name) ? tiers[name] : undefined;
  if (!tier) throw new PriceError(`the service tier "${name}" has no price`);
  return tier;
}

const DAY_MS = 86_400_000;

function bandFor(price: Price, at: Circumstances): TimeBand | undefined {
  if (!price.timeBands) return undefined;
  if (at.timeBand !== undefined) return price.timeBands.find(({ name }) => name === at.timeBand);
  if (at.atMs === undefined)
    throw new PriceError('the price depends on the time, which is not known');
  const date = new Date(at.atMs);
  const weekday = date.getUTCDay();
  const minute = date.getUTCHours() * 60 + date.getUTCMinutes();
  const day = Math.floor(at.atMs / DAY_MS);
  return price.timeBands.find(
    ({ windows, exceptDays }) =>
      !exceptDays?.includes(day) &&
      windows.some(
        ({ weekdays, fromMinute, untilMinute }) =>
          weekdays.includes(weekday) && minute >= fromMinute && minute < untilMinute,
      ),
  );
}

function multipliersFor(all: readonly Multiplier[], at: Circumstances): readonly Multiplier[] {
  const { conditions } = at;
  if (!conditions) return NO_MULTIPLIERS;
  return all.filter(({ when }) =>
    Object.entries(when).every(
      ([name, value]) => Object.hasOwn(conditions, name) && conditions[name] === value,
    ),
  );
}
