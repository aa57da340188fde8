import type { LedgerEntry } from '@weir/core';

/**
 * The ids of a request's events: its own, and all that begin with it and a dot, as a range of an index. Of a range and
 * not of a pattern, since ids are full of `_`, which means anything to LIKE. "/" is the character after the dot.
 */
export function idsOf(requestId: string): { readonly from: string; readonly until: string } {
  return { from: `${requestId}.`, until: `${requestId}/` };
}

/** Another request may have an id that goes on after a dot. */
export function entriesOf(requestId: string, entries: readonly LedgerEntry[]): LedgerEntry[] {
  return entries.filter(({ event }) => event.requestId === requestId);
}
