import { fieldOf, type Wire, wordOf } from './counts.ts';

/** What besides the payload decides what was consumed; all optional, taken from the reply around the usage. */
export interface UsageContext {
  /** The tier that served the call; it wins over what the usage says. */
  readonly servedTier?: string | undefined;
  readonly conditions?: Readonly<Record<string, string>> | undefined;
  /** The `type` of every item that a Responses reply put out: some are charged by the piece. */
  readonly outputItemTypes?: readonly string[] | undefined;
  /** What Gemini looked up, duplicates included. */
  readonly webSearchQueries?: readonly string[] | undefined;
  /** That Gemini grounded its answer, where it is not told by what it looked up. */
  readonly grounded?: boolean | undefined;
}

export function tierOf(wire: Wire, name: string, context?: UsageContext): string | undefined {
  return context?.servedTier ?? wordOf(wire, name);
}

/** Words by which a provider says that nothing moves the price. */
const ORDINARY = new Set(['not_available', 'global', 'standard']);

/** The named fields that move the price, and what the reply around the usage says, which wins. */
export function conditionsOf(
  wire: Wire,
  names: readonly string[],
  context?: UsageContext,
): Readonly<Record<string, string>> | undefined {
  let told: Record<string, string> | undefined;
  for (const name of names) {
    if (fieldOf(wire, name) === undefined) continue;
    const word = wordOf(wire, name);
    if (word !== undefined && !ORDINARY.has(word)) told = { ...told, [name]: word };
  }
  return told && context?.conditions
    ? { ...told, ...context.conditions }
    : (told ?? context?.conditions);
}
