import type { StreamParser } from './adapter.ts';
import { AwsFrameParser } from './aws-frames.ts';
import { JsonArrayParser } from './json-array.ts';
import { LineParser } from './lines.ts';
import { SseParser } from './sse.ts';

/** How to cut a streamed reply of this media type; server-sent events where it says nothing that is known. */
export function parserFor(
  contentType: string | undefined,
  maxEventCharacters: number,
): StreamParser {
  const media = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  switch (media) {
    // Gemini, wherever `alt=sse` is not heeded.
    case 'application/json':
      return new JsonArrayParser(maxEventCharacters);
    case 'application/x-ndjson':
      return new LineParser(maxEventCharacters);
    // In bytes, of which no text has fewer than characters.
    case 'application/vnd.amazon.eventstream':
      return new AwsFrameParser(maxEventCharacters);
    default:
      return new SseParser(maxEventCharacters);
  }
}
