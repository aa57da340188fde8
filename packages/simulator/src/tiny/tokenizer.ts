/** Qwen 2's rule for cutting text into words before merging, which these models' vocabulary was made under. */
const WORDS =
  /(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;

const SPECIAL = /<\|[a-z_]+\|>/g;

/** Byte-level byte-pair encoding, as GPT-2 introduced it: bytes are written as printable characters, pairs merged by rank. */
export class Tokenizer {
  readonly #idOf: ReadonlyMap<string, number>;
  readonly #rankOf: ReadonlyMap<string, number>;
  readonly #bytes: readonly Uint8Array[];
  readonly #special: ReadonlyMap<string, number>;

  constructor(tokens: readonly string[], merges: readonly string[]) {
    this.#idOf = new Map(tokens.map((token, id) => [token, id]));
    this.#rankOf = new Map(merges.map((pair, rank) => [pair, rank]));
    this.#special = new Map(
      tokens.flatMap((token, id) => (token.match(SPECIAL)?.[0] === token ? [[token, id]] : [])),
    );
    this.#bytes = tokens.map((token) =>
      this.#special.has(token)
        ? new Uint8Array()
        : Uint8Array.from(token, (character) => BYTE_OF.get(character) ?? 0x3f),
    );
  }

  /** Special tokens written in the text become themselves, as in a server's templated prompt. */
  encode(text: string): number[] {
    const ids: number[] = [];
    let start = 0;
    for (const match of text.matchAll(SPECIAL)) {
      const id = this.#special.get(match[0]);
      if (id === undefined) continue;
      this.#encodePlain(text.slice(start, match.index), ids);
      ids.push(id);
      start = match.index + match[0].length;
    }
    this.#encodePlain(text.slice(start), ids);
    return ids;
  }

  #encodePlain(text: string, ids: number[]): void {
    for (const [word] of text.matchAll(WORDS)) {
      let characters = '';
      for (const byte of Buffer.from(word)) characters += CHARACTER_OF[byte];
      for (const part of this.#merge([...characters])) {
        const id = this.#idOf.get(part);
        if (id !== undefined) ids.push(id);
      }
    }
  }

  /** Joins the pair of lowest rank until none is left. */
  #merge(parts: string[]): string[] {
    while (parts.length > 1) {
      let best = -1;
      let bestRank = Number.POSITIVE_INFINITY;
      for (let at = 0; at + 1 < parts.length; at++) {
        const rank = this.#rankOf.get(`${parts[at]} ${parts[at + 1]}`) ?? Number.POSITIVE_INFINITY;
        if (rank < bestRank) {
          bestRank = rank;
          best = at;
        }
      }
      if (best < 0) break;
      parts.splice(best, 2, `${parts[best]}${parts[best + 1]}`);
    }
    return parts;
  }

  /** A token's bytes; special tokens have none. */
  bytesOf(id: number): Uint8Array {
    return this.#bytes[id] ?? new Uint8Array();
  }
}

/** Printable bytes stand for themselves, the rest for the characters from U+0100 on. */
const CHARACTER_OF: readonly string[] = (() => {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_value, byte) =>
    String.fromCharCode(printable(byte) ? byte : next++),
  );
})();

const BYTE_OF: ReadonlyMap<string, number> = new Map(
  CHARACTER_OF.map((character, byte) => [character, byte]),
);
