import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChatDelta, type ProviderEvent, ReplyBuilder } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { fromBody } from '../../packages/providers/src/gemini/response.ts';
import { reader } from '../../packages/providers/src/gemini/stream.ts';
import { JsonArrayParser } from '../../packages/providers/src/json-array.ts';
import { SseParser } from '../../packages/providers/src/sse.ts';

/** What others wrote down of Gemini's wire, beside this repository where it was worked on and absent elsewhere. */
const CAPTURES = join(import.meta.dirname, '../../../shared/data/captures/gemini');

interface Capture {
  readonly json?: unknown;
  readonly sse?: readonly string[];
}

function capture(name: string): Capture {
  return JSON.parse(readFileSync(join(CAPTURES, name), 'utf8'));
}

function read(parser: SseParser | JsonArrayParser, text: string): ProviderEvent[] {
  const stream = reader();
  const data = [...parser.push(new TextEncoder().encode(text)), ...parser.end()];
  return data.flatMap((event) => stream.read(event));
}

function isDelta(event: ProviderEvent): event is ChatDelta {
  return event.type.endsWith('-delta');
}

function meaningOf(events: readonly ProviderEvent[]) {
  const builder = new ReplyBuilder();
  let reason: string | undefined;
  const reports = [];
  for (const event of events) {
    if (event.type === 'finish') reason = event.reason;
    else if (event.type === 'usage') reports.push(event.report);
    else if (isDelta(event)) builder.add(event);
  }
  return { text: builder.build('stop').text, reason, reports };
}

const WHOLE = { inputTokens: 15, cacheReadTokens: 0, outputTokens: 6, reasoningTokens: 0 };

describe.skipIf(!existsSync(CAPTURES))(
  'the captures of Gemini mean what they are said to mean',
  () => {
    test('a whole reply', () => {
      const { reply, report, model, upstreamId } = fromBody(
        JSON.stringify(capture('nonstream.json').json),
      );
      expect(reply).toEqual({ text: '1+1 equals 2.', toolCalls: [], finish: 'stop' });
      expect(report?.usage).toMatchObject(WHOLE);
      expect([model, upstreamId]).toEqual(['gemini-x', 'r']);
    });

    test('a stream of events, which says what it costs from its first piece on', () => {
      const { sse = [] } = capture('stream-sse.json');
      const events = read(new SseParser(1_000_000), sse.map((line) => `${line}\r\n\r\n`).join(''));
      const { text, reason, reports } = meaningOf(events);
      expect([text, reason]).toEqual(['1+1 equals 2.', 'length']);
      expect(reports[0]?.usage).toMatchObject({ ...WHOLE, outputTokens: 0 });
      expect(reports[0]?.incomplete).toEqual(['outputTokens']);
      expect(reports[1]?.usage).toMatchObject(WHOLE);
      expect(reports[1]?.incomplete).toBeUndefined();
      expect(events.some(({ type }) => type === 'done')).toBe(false);
    });

    test('a stream that is one array', () => {
      const array = JSON.stringify(capture('stream-json-array.json').json, null, 2);
      const { text, reason, reports } = meaningOf(read(new JsonArrayParser(1_000_000), array));
      expect([text, reason]).toEqual(['1+1 equals 2.', 'stop']);
      expect(reports.map(({ usage }) => usage)).toEqual([expect.objectContaining(WHOLE)]);
    });

    test('none of them is left unread', () => {
      expect(readdirSync(CAPTURES).toSorted()).toEqual([
        'nonstream.json',
        'stream-json-array.json',
        'stream-sse.json',
      ]);
    });
  },
);
