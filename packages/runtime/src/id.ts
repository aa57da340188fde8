import { randomUUID } from 'node:crypto';

/**
 * Unique, and sorted by the time it was made, so that indexes over it grow at one end: 48 bits of time as in UUID 7,
 * then 74 random ones. Node hands out random UUIDs from a pool, which no other source of randomness matches in cost.
 */
export function newId(prefix: string): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const uuid = randomUUID();
  return `${prefix}_${time}${uuid.slice(15, 18)}${uuid.slice(19, 23)}${uuid.slice(24)}`;
}
