/**
 * A `Map` for what comes and goes with every request.
 *
 * When a `Map` of V8 outgrows its table, the old table points to the new one. Once a table has been promoted to the old
 * generation, as every full collection does with the one in use, each later table hangs on it, with all that was in it,
 * until the next full collection: requests that have ended are then copied twice instead of dying young. Starting over
 * with a table that nothing points to, before V8 has to, cuts that chain.
 */
export class ChurnMap<K, V> {
  #map = new Map<K, V>();
  #added = 0;

  get size(): number {
    return this.#map.size;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  set(key: K, value: V): void {
    if (++this.#added > 2 * this.#map.size + RENEW_AFTER) {
      this.#map = new Map(this.#map);
      this.#added = this.#map.size;
    }
    this.#map.set(key, value);
  }

  delete(key: K): boolean {
    return this.#map.delete(key);
  }

  /** Of the keys now; what is done to the map meanwhile may or may not be seen. */
  keys(): MapIterator<K> {
    return this.#map.keys();
  }

  values(): MapIterator<V> {
    return this.#map.values();
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.#map.entries();
  }
}

const RENEW_AFTER = 256;
