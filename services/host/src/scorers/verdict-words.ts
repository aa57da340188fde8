import { priorityOf } from '@weir/cascade';
import type { Judgement } from '@weir/core';
import { plain } from './wording.ts';

/** What each reason of a verdict means, by its word; what comes after a colon says more. */
const MEANINGS: Readonly<Record<string, string>> = {
  veto: 'A hard check failed, and no confidence outweighs that',
  not_calibrated: 'There was no scorer model for this route, so that every draft escalated',
  endpoint_changed:
    'The draft came from an endpoint that the model was not fitted to: its weights, quantisation, engine, speculation or template have changed',
  missing_evidence:
    'Evidence that the model rests on was missing, or could not be believed (weir doctor tells of endpoints)',
  safe_mode: 'The route was in safe mode, in which nothing is accepted',
  nothing_certified: 'Nothing is certified, so that every draft escalates',
  no_evidence: 'The model had no opinion of this draft',
  worth_escalating: 'Escalating was worth more than it cost',
  not_worth_escalating: 'Escalating was not worth what it cost',
};

/** Why a scorer model's verdict was what it was, in sentences. */
export function verdictWords(judgement: Judgement): string[] {
  const reasons = judgement.reasons.map((reason) => {
    const [word = '', ...detail] = reason.split(':');
    const meaning = MEANINGS[word] ?? reason;
    return detail.length > 0 ? `${meaning}: ${detail.join(':')}.` : `${meaning}.`;
  });
  return [...reasons, ...priceWords(judgement)];
}

function priceWords({ benefit, relativeCost, shadowPrice }: Judgement): string[] {
  if (benefit === null) return [];
  const priority = priorityOf(benefit, relativeCost);
  const sum = `Escalating was expected to gain ${plain(benefit)} right answers for ${plain(relativeCost)} times the usual cost: ${plain(priority)}`;
  if (shadowPrice === null) return [`${sum}.`];
  const side = priority > shadowPrice ? 'above' : 'not above';
  return [`${sum}, ${side} the shadow price of ${plain(shadowPrice)}.`];
}
