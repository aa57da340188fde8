import { refused } from '../fault-message.ts';

const FORMATS: ReadonlyMap<string, string> = new Map([
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['image/jpg', 'jpeg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
]);

/** Far longer than any media type, far shorter than an image: where the head of a data URL must have ended. */
const MAX_HEAD = 200;

/** Converse takes bytes, and fetches nothing but from S3, which is not for callers to name: it would be with our rights. */
export function imageOf(url: string, param: string): object {
  const head = url.slice(0, MAX_HEAD);
  const comma = head.indexOf(',');
  const match = /^data:([^;,]+)(?:;[^;,]*)*;base64$/i.exec(head.slice(0, Math.max(0, comma)));
  const format = FORMATS.get(match?.[1]?.toLowerCase() ?? '');
  if (format === undefined) {
    throw refused(
      param,
      'must be a base64 data URL of a JPEG, PNG, GIF or WebP for this provider, which fetches none',
    );
  }
  return { format, source: { bytes: url.slice(comma + 1) } };
}
