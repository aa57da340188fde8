import type { LedgerEvent } from '@weir/core';

/** Everything that readers may subscribe to. */
export const COST_SUBJECTS = 'weir.cost.v1.>';
export const COST_STREAM = 'WEIR_COST';
export const DEAD_LETTER_SUBJECTS = 'weir.dead.v1.>';
export const DEAD_LETTER_STREAM = 'WEIR_DEAD';

/** `weir.cost.v1.<tenant>.<route>`. Names that a subject token cannot hold have those characters replaced. */
export function costSubject(event: LedgerEvent): string {
  return `weir.cost.v1.${token(event.tenant)}.${token(event.route)}`;
}

export function deadLetterSubject(subject: string): string {
  return subject.replace(/^weir\.cost\.v1\./, 'weir.dead.v1.');
}

function token(name: string): string {
  return name.replaceAll(/[^\w-]/g, '_') || '_';
}
