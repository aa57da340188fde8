import { hash, timingSafeEqual } from 'node:crypto';
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
  readonly #keys: ReadonlyMap<string, { key: VirtualKey; digest: Buffer }>;

  constructor(keys: readonly VirtualKey[]) {
    this.#keys = new Map(
      keys.map((key) => [key.sha256, { key, digest: Buffer.from(key.sha256, 'hex') }]),
    );
  }

  /**
   * The key behind `Bearer <key>`. Looked up by its digest, so nothing a caller sends is ever compared as text; what
   * was sent never appears in an error.
   */
  authenticate(authorization: string | undefined): VirtualKey {
    const match = /^Bearer[ \t]+(\S+)[ \t]*$/i.exec(authorization ?? '');
    if (!match?.[1]) {
      throw new Fault(
        'unauthenticated',
        'Send your key in the header "Authorization: Bearer <key>".',
      );
    }
    const digest = hash('sha256', match[1], 'buffer');
    const known = this.#keys.get(digest.toString('hex'));
    if (!known || !timingSafeEqual(known.digest, digest)) {
      throw new Fault('unauthenticated', 'This key is not known here.');
    }
    return known.key;
  }
}

/** Whether the key may use a route or `provider/model`. */
export function mayUse(key: VirtualKey, model: string): boolean {
  if (!key.models) return true;
  return key.models.some((pattern) =>
    pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern,
  );
}
