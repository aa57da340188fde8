import { Fault } from '@weir/core';

/** What becomes of a request that has a parameter which its provider has no word for. */
export type UnsupportedParameters = 'refuse' | 'drop';

/** Whose loss does not change what is asked: labels, hints on speed, bill and cache, old thoughts. They are left out and told. */
const HINTS = new Set([
  'user',
  // Of who says a message.
  'name',
  // How closely an image is looked at.
  'detail',
  'metadata',
  'store',
  'service_tier',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'cache_control',
  'prediction',
  'priority',
  'reasoning_content',
]);

/** Asked by a scorer as well as by callers, and seen to be missing in the answer itself. */
const SEEN_IN_THE_ANSWER = new Set(['logprobs', 'top_logprobs']);

/** Throws for the first parameter that may not be left out; gives back those that were, for the caller to be told. */
export function checkDropped(
  dropped: readonly string[],
  policy: UnsupportedParameters,
): readonly string[] {
  if (dropped.length === 0) return dropped;
  const told = dropped.filter((name) => !SEEN_IN_THE_ANSWER.has(name));
  const refused = policy === 'refuse' ? told.find((name) => !HINTS.has(name)) : undefined;
  if (refused === undefined) return told;
  throw new Fault(
    'unsupported_parameter',
    'No model that was asked takes this parameter, or not with the rest of this request; leave it out, or ask a route that drops it.',
    { param: refused },
  );
}
