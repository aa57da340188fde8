import { hash } from 'node:crypto';
import { Fault, type Principal } from '@weir/core';

/** A virtual key, without the key: only the SHA-256 of the whole of it is kept. */
export interface VirtualKey extends Principal {
  /** Hex of the key's SHA-256. */
  readonly sha256: string;
  /** Route names and `provider/model` patterns (a trailing `*` matches the rest) that it may use; absent means all. */
  readonly models?: readonly string[] | undefined;
  readonly requestsPerMinute?: number | undefined;
  readonly maxConcurrent?: number | undefined;
  /** Spending is limited, so every request must hold its worst case first. */
  readonly budgeted: boolean;
}

/** The one place that decides who is asking, for every face and every header. */
export class Authenticator {
  /** By digest. */
  readonly #keys: ReadonlyMap<string, VirtualKey>;

  constructor(keys: readonly VirtualKey[]) {
    this.#keys = new Map(keys.map((key) => [key.sha256, key]));
  }

  /**
   * The key behind `Bearer <key>`. Looked up by its digest, so the time it takes says nothing about any key; what was
   * sent never appears in an error.
   */
  authenticate(authorization: string | undefined): VirtualKey {
    const match = /^Bearer[ \t]+(\S+)[ \t]*$/i.exec(authorization ?? '');
    if (!match?.[1]) {
      throw new Fault(
        'unauthenticated',
        'Send your key in the header "Authorization: Bearer <key>".',
      );
    }
    const known = this.#keys.get(hash('sha256', match[1]));
    if (!known) throw new Fault('unauthenticated', 'This key is not known here.');
    return known;
  }
}

/** Whether the key may use a route or `provider/model`. */
export function mayUse(key: VirtualKey, model: string): boolean {
  if (!key.models) return true;
  return key.models.some((pattern) =>
    pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern,
  );
}
