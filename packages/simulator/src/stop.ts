export interface Stopped {
  readonly word: string;
  /** What may still be seen of the last piece; the word itself is never seen. */
  readonly visible: string;
}

/** Where a stop word ended the text, whose last part `piece` is; undefined while there is none in it. */
export function stoppedBy(
  text: string,
  piece: string,
  stop: readonly string[],
): Stopped | undefined {
  const word = stop.find((each) => each !== '' && text.includes(each));
  if (word === undefined) return undefined;
  const length = Math.max(0, text.indexOf(word) - (text.length - piece.length));
  return { word, visible: piece.slice(0, length) };
}
