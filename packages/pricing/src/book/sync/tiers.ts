import {
  RATE_NAMES,
  type RateName,
  type RowContextTier,
  type RowRates,
  type RowTieredRates,
} from '../schema.ts';
import { type CandidateRates, isAbove } from './catalog.ts';

/** What tokens of a kind are charged as where it has no rate of its own; see `Rates`. */
const PART_OF: Readonly<Record<RateName, RateName | undefined>> = {
  inputUsdPerMTok: undefined,
  outputUsdPerMTok: undefined,
  cacheReadUsdPerMTok: 'inputUsdPerMTok',
  cacheWrite5mUsdPerMTok: 'inputUsdPerMTok',
  cacheWrite1hUsdPerMTok: 'cacheWrite5mUsdPerMTok',
  cacheWriteOtherUsdPerMTok: 'cacheWrite5mUsdPerMTok',
  inputAudioUsdPerMTok: 'inputUsdPerMTok',
  inputImageUsdPerMTok: 'inputUsdPerMTok',
  cacheReadAudioUsdPerMTok: 'cacheReadUsdPerMTok',
  outputAudioUsdPerMTok: 'outputUsdPerMTok',
  outputImageUsdPerMTok: 'outputUsdPerMTok',
};

/**
 * A tier with all that it charges, although its catalog names only some of it: the book's tiers inherit nothing. What is
 * not named is taken so that a bill is never too low, and from a figure that the catalog has: in a tier that is cheaper
 * than the standard one, the standard rate; in a dearer one, that of which it is a part, or the standard rate if that
 * is higher. Undefined for a tier without a figure.
 */
export function completeTier(tier: CandidateRates, standard: RowRates): RowRates | undefined {
  if (tier.inputUsdPerMTok === undefined && tier.outputUsdPerMTok === undefined) return undefined;
  const whole: RowRates = {
    ...tier,
    inputUsdPerMTok: tier.inputUsdPerMTok ?? standard.inputUsdPerMTok,
    outputUsdPerMTok: tier.outputUsdPerMTok ?? standard.outputUsdPerMTok,
  };
  const isCheaper = !isAbove(whole.inputUsdPerMTok, standard.inputUsdPerMTok);
  for (const name of RATE_NAMES) {
    const usual = standard[name];
    if (whole[name] !== undefined || usual === undefined) continue;
    if (isCheaper || isAbove(usual, chargedAt(whole, name))) whole[name] = usual;
  }
  return whole;
}

function chargedAt(rates: RowRates, name: RateName): string {
  for (let at: RateName | undefined = name; at !== undefined; at = PART_OF[at]) {
    const rate = rates[at];
    if (rate !== undefined) return rate;
  }
  return rates.inputUsdPerMTok;
}

/**
 * A service tier with its context tiers. One that is cheaper than the standard tier and names none of its own has the
 * standard one's: long prompts cost more in every tier, and how much is not told. Undefined without a price for both
 * what comes in and what goes out: a call in it is then not priced at all, which is noticed.
 */
export function completeServiceTier(
  tier: CandidateRates,
  own: readonly RowContextTier[],
  standard: RowTieredRates,
): RowTieredRates | undefined {
  if (tier.inputUsdPerMTok === undefined || tier.outputUsdPerMTok === undefined) return undefined;
  const whole = completeTier(tier, standard);
  if (!whole) return undefined;
  const isCheaper = !isAbove(whole.inputUsdPerMTok, standard.inputUsdPerMTok);
  const contextTiers = own.length > 0 ? [...own] : isCheaper ? standard.contextTiers : undefined;
  return { ...whole, ...(contextTiers && { contextTiers }) };
}
