import { v7 } from 'uuid';

/** Unique, and sorted by the time it was made, so that indexes over it grow at one end. */
export function newId(prefix: string): string {
  return `${prefix}_${v7().replaceAll('-', '')}`;
}
