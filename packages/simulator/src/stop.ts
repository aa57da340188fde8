/**
 * What may still be seen of a piece of text, the last of `text`, when a stop word is in it; undefined when none is. The
 * word itself is never seen.
 */
export function beforeStop(
  text: string,
  piece: string,
  stop: readonly string[],
): string | undefined {
  const word = stop.find((each) => each !== '' && text.includes(each));
  if (word === undefined) return undefined;
  return piece.slice(0, Math.max(0, text.indexOf(word) - (text.length - piece.length)));
}
