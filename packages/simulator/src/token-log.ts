/** What a provider knows of one call: the other side of every bill. */
export interface ServedTokens {
  /** As the caller named the call (`x-client-request-id`); empty when it did not. */
  readonly id: string;
  readonly backend: string;
  readonly model: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** False when the caller left, or a fault cut it, before all of it was sent. */
  readonly whole: boolean;
}

/** Every answer that was served, in order; the oldest are forgotten past the limit, and counted. */
export class TokenLog {
  readonly #maxEntries: number;
  #entries: ServedTokens[] = [];
  #dropped = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  add(entry: ServedTokens): void {
    this.#entries.push(entry);
    if (this.#entries.length <= this.#maxEntries) return;
    const excess = Math.ceil(this.#maxEntries / 10);
    this.#entries = this.#entries.slice(excess);
    this.#dropped += excess;
  }

  /** Position after the last entry; where a reader that only wants what comes next begins. */
  get position(): number {
    return this.#dropped + this.#entries.length;
  }

  /** Entries from a position on, as JSON lines. */
  lines(from: number): string {
    const entries = this.#entries.slice(Math.max(0, from - this.#dropped));
    return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  }
}
