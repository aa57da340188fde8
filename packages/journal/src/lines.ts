/**
 * The journal's own lines, which go before the events of their batch. Like events they are JSON arrays with a letter in
 * front: `o` is an opened attempt (`formatOpened`), `w` withdraws one that was refused, `p` says that the bus has
 * everything up to a batch. An event line with `s` settles the attempt whose id comes first in it.
 */

export function withdrawLine(id: string): string {
  return `${JSON.stringify(['w', id])}\n`;
}

export function relayedLine(batch: number): string {
  return `${JSON.stringify(['p', batch])}\n`;
}

export interface Line {
  readonly letter: string;
  /** The first field, which every kind of line has. */
  readonly key: string;
  readonly text: string;
}

/** Reads no more of each line than its letter and its first field. */
export function parseLines(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const head = /^\["(\w)",("(?:[^"\\]|\\.)*"|\d+)/.exec(line);
      if (!head) throw new Error(`a line begins with ${JSON.stringify(line.slice(0, 20))}`);
      return { letter: head[1] ?? '', key: String(JSON.parse(head[2] ?? '')), text: line };
    });
}
