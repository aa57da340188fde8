import { createHash } from 'node:crypto';
import { Fault, type InferenceEnd, type Principal } from '@weir/core';
import { LRUCache } from 'lru-cache';

interface Entry {
  readonly bodyHash: string;
  readonly ends: Promise<readonly InferenceEnd[]>;
}

export interface IdempotencyLimits {
  readonly maxEntries: number;
  readonly ttlMs: number;
}

/**
 * The same key with the same body gets the same answer, once, also while the first is still being made. Failures are
 * not kept: a caller that repeats one wants another try. Scoped to the virtual key; lives in this process.
 */
export class Idempotency {
  readonly #entries: LRUCache<string, Entry>;

  constructor(limits: IdempotencyLimits) {
    this.#entries = new LRUCache({ max: limits.maxEntries, ttl: limits.ttlMs });
  }

  /**
   * The answer that this key already has or is getting; or undefined, and the caller makes it and must report it
   * through `settle`. A body that differs from the first one is a mistake, and told so.
   */
  find(scope: IdempotencyScope): Promise<readonly InferenceEnd[]> | undefined {
    const entry = this.#entries.get(scope.name);
    if (!entry) return undefined;
    if (entry.bodyHash !== scope.bodyHash) {
      throw new Fault('idempotency_mismatch', 'This Idempotency-Key was used with another body.');
    }
    return entry.ends;
  }

  /** Keeps the answer that is being made, and forgets it if it fails. */
  keep(scope: IdempotencyScope, ends: Promise<readonly InferenceEnd[]>): void {
    const entry: Entry = { bodyHash: scope.bodyHash, ends };
    this.#entries.set(scope.name, entry);
    ends.catch(() => {
      if (this.#entries.get(scope.name) === entry) this.#entries.delete(scope.name);
    });
  }
}

export interface IdempotencyScope {
  readonly name: string;
  readonly bodyHash: string;
}

const MAX_KEY_LENGTH = 255;

/** Undefined when the caller sent no key. */
export function idempotencyScope(
  principal: Principal,
  key: string | undefined,
  body: Buffer,
): IdempotencyScope | undefined {
  if (key === undefined || key === '') return undefined;
  if (key.length > MAX_KEY_LENGTH) {
    throw new Fault(
      'invalid_request',
      `An Idempotency-Key has at most ${MAX_KEY_LENGTH} characters.`,
    );
  }
  const bodyHash = createHash('sha256').update(body).digest('base64');
  return { name: `${principal.tenant}\n${principal.keyId}\n${key}`, bodyHash };
}
