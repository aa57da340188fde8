import { Fault } from './fault.ts';

/** When a model is given up, and what takes its place, as far as anybody has said. */
export interface Retirement {
  /** Its vendor has announced its end. Unix milliseconds, as every time here. */
  readonly deprecatedAtMs?: number | undefined;
  /** From then on it is not there any more: midnight UTC of the day. */
  readonly retiresAtMs?: number | undefined;
  readonly successor?: string | undefined;
}

const DAY_MS = 86_400_000;
/** How long before its end a model is warned about. */
export const RETIREMENT_NOTICE_MS = 30 * DAY_MS;

/** The model is not there any more. */
export function isRetired(retirement: Retirement | undefined, nowMs: number): boolean {
  const { retiresAtMs } = retirement ?? {};
  return retiresAtMs !== undefined && nowMs >= retiresAtMs;
}

/** The model is still there, and its end is near. */
export function isRetiring(retirement: Retirement | undefined, nowMs: number): boolean {
  const { retiresAtMs } = retirement ?? {};
  if (retiresAtMs === undefined || nowMs >= retiresAtMs) return false;
  return nowMs >= retiresAtMs - RETIREMENT_NOTICE_MS;
}

/** Whole days for which the model is still there; zero on its last, and below from its end on. */
export function daysUntil(retiresAtMs: number, nowMs: number): number {
  return Math.floor((retiresAtMs - nowMs) / DAY_MS);
}

/** "2027-01-14". */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** What whoever asks for a model by its name is told once it is gone. */
export function retiredFault(name: string, { retiresAtMs, successor }: Retirement): Fault {
  const since = retiresAtMs === undefined ? '' : ` on ${dayOf(retiresAtMs)}`;
  const instead = successor === undefined ? '' : ` Use "${successor}" in its place.`;
  return new Fault('model_retired', `The model "${name}" was retired${since}.${instead}`, {
    param: 'model',
  });
}
