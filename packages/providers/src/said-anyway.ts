const SAID_ANYWAY: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'max_tokens',
  'max_completion_tokens',
  'stream',
  'stream_options',
]);

/**
 * Whether a parameter that is passed on says nothing that Weir does not say itself: it is one that Weir sets in every
 * call, it was not set, which is what a null means, or it asks for the one answer that there is anyway.
 */
export function isSaidAnyway(name: string, value: unknown): boolean {
  return value === null || SAID_ANYWAY.has(name) || (name === 'n' && value === 1);
}
