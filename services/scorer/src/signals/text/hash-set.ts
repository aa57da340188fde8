/** Looked at before giving up: enough for any text, and a limit for one that is made to collide. */
const MAX_PROBES = 32;

/**
 * Hashes of words. Several times as fast as a Set, and bounded: one that finds no place among those that collide with
 * it is not kept.
 */
export class HashSet {
  /** Zero is empty: a hash of zero goes as one. */
  readonly #slots: Int32Array;
  readonly #mask: number;

  /** For up to `capacity` hashes. */
  constructor(capacity: number) {
    const slots = 1 << (33 - Math.clz32(Math.max(4, capacity)));
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
  }

  /** More than any place that `find` gives. */
  get places(): number {
    return this.#slots.length;
  }

  /** False when it is there already, or cannot be kept. */
  add(hash: number): boolean {
    const slot = this.#probe(hash);
    if (slot === -1 || this.#slots[slot] !== 0) return false;
    this.#slots[slot] = hash === 0 ? 1 : hash;
    return true;
  }

  has(hash: number): boolean {
    return this.find(hash) !== -1;
  }

  /** The place of a hash, which stays the same; -1 when it is not here. */
  find(hash: number): number {
    const slot = this.#probe(hash);
    return slot === -1 || this.#slots[slot] === 0 ? -1 : slot;
  }

  /** Where a hash is, or where it would go. */
  #probe(hash: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    const key = hash === 0 ? 1 : hash;
    let slot = (key ^ (key >>> 15)) & mask;
    for (let probes = 0; probes < MAX_PROBES; probes++) {
      const there = slots[slot];
      if (there === key || there === 0) return slot;
      slot = (slot + 1) & mask;
    }
    return -1;
  }
}
