/** The longest that HTTP callers may send. An index of PostgreSQL takes 2,704 bytes, so more would not be booked. */
const NAME_LENGTH = 256;
const VALUE_LENGTH = 512;

/**
 * A tag as the stores index it. Tags are the caller's words, and no word may keep an event from being booked: a NUL is
 * no text to PostgreSQL. The event itself keeps its tags as they came.
 */
export function tagText(tag: { readonly name: string; readonly value: string }) {
  return { name: indexable(tag.name, NAME_LENGTH), value: indexable(tag.value, VALUE_LENGTH) };
}

function indexable(text: string, length: number): string {
  return text.slice(0, length).replaceAll('\u0000', '\u{FFFD}').toWellFormed();
}
