/**
 * The journal's lines. JSON writes no line break inside a text and ids hold no space, so a line is one step and its
 * first two spaces end its kind and its id.
 *
 * `o id text` opens an attempt, `w id` withdraws one that was refused, `s id text` settles one, `r - text` records an
 * event that was never open, `p n` says that the bus has everything up to batch n.
 */
export interface Line {
  readonly kind: 'o' | 'w' | 's' | 'r' | 'p';
  readonly id: string;
  readonly text: string;
}

export function openLine(id: string, text: string): string {
  return `o ${id} ${text}\n`;
}

export function withdrawLine(id: string): string {
  return `w ${id} \n`;
}

export function settleLine(id: string, text: string): string {
  return `s ${id} ${text}\n`;
}

export function recordLine(text: string): string {
  return `r - ${text}\n`;
}

export function relayedLine(batch: number): string {
  return `p ${batch} \n`;
}

export function* parseLines(text: string): Generator<Line> {
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const idEnd = line.indexOf(' ', 2);
    yield { kind: line[0] as Line['kind'], id: line.slice(2, idEnd), text: line.slice(idEnd + 1) };
  }
}

/** Lines that the relay must carry to the bus. */
export function isEvent({ kind }: Line): boolean {
  return kind === 's' || kind === 'r';
}
