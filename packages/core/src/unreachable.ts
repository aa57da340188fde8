/** The default branch of a total switch: the compiler proves that it is never reached. */
export function unreachable(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
