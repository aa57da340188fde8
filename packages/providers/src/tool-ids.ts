/**
 * Ids of tool calls for protocols that refuse some letters, or one id twice in a conversation. Other engines put dots and
 * colons into theirs, or begin anew with every answer: then a call and its result are told by another id, the same one in
 * every turn of a conversation, so that its prefix stays cached.
 */
export class ToolIds {
  /** An id in letters, and of a length, that are taken; never an empty one. */
  readonly #fit: (id: string) => string;
  readonly #taken = new Set<string>();
  /** How often an id was given out or passed over, by its plain form. */
  readonly #times = new Map<string, number>();
  /** By the caller's id that of its last call, which is the one that is meant. */
  readonly #last = new Map<string, string>();

  constructor(fit: (id: string) => string) {
    this.#fit = fit;
  }

  ofCall(id: string): string {
    const plain = this.#fit(id);
    let times = this.#times.get(plain) ?? 0;
    let free: string;
    do {
      times++;
      free = times === 1 ? plain : this.#fit(`${id}_${times}`);
    } while (this.#taken.has(free));
    this.#times.set(plain, times);
    this.#taken.add(free);
    this.#last.set(id, free);
    return free;
  }

  ofResult(id: string): string {
    return this.#last.get(id) ?? this.#fit(id);
  }
}
