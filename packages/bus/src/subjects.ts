import type { LedgerEvent } from '@weir/core';

/** Everything that readers may subscribe to. */
export const COST_SUBJECTS = 'weir.cost.v1.>';
export const COST_STREAM = 'WEIR_COST';
export const DEAD_LETTER_SUBJECTS = 'weir.dead.v1.>';
export const DEAD_LETTER_STREAM = 'WEIR_DEAD';

/**
 * `weir.cost.v1.<tenant>.<route>`, and `.label` below it for labels: they cost nothing, so whoever subscribes to a route's
 * costs sees none; a stream of before takes them all the same. Names that a subject token cannot hold have those
 * characters replaced. A reader that does not know labels puts them aside as dead letters: ledgers are updated first.
 */
export function costSubject(event: LedgerEvent): string {
  const subject = `weir.cost.v1.${token(event.tenant)}.${token(event.route)}`;
  return event.type === 'draft.labelled' ? `${subject}.label` : subject;
}

export function deadLetterSubject(subject: string): string {
  return subject.replace(/^weir\.cost\.v1\./, 'weir.dead.v1.');
}

function token(name: string): string {
  return name.replaceAll(/[^\w-]/g, '_') || '_';
}
