import { EventStreamCodec } from '@smithy/eventstream-codec';
import { expect, test } from 'vitest';
import { awsFrame } from './aws-frame.ts';
import { FRAMINGS } from './framing.ts';

/** AWS' own reader. */
const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)),
  (text) => new TextEncoder().encode(text),
);

function read(bytes: Uint8Array) {
  const { headers, body } = codec.decode(bytes);
  const words = Object.entries(headers).map(([name, { value }]) => [name, value]);
  return [Object.fromEntries(words), new TextDecoder().decode(body)];
}

test('an event has its name and its kind in front, and sums that hold', () => {
  const data = '{"delta":{"text":"Größe 🏞️"}}';
  expect(read(awsFrame({ event: 'contentBlockDelta', data }))).toEqual([
    {
      ':event-type': 'contentBlockDelta',
      ':content-type': 'application/json',
      ':message-type': 'event',
    },
    data,
  ]);
});

test('an exception is one by its name', () => {
  expect(read(awsFrame({ event: 'throttlingException', data: '{}' }))[0]).toEqual({
    ':exception-type': 'throttlingException',
    ':content-type': 'application/json',
    ':message-type': 'exception',
  });
});

test('frames know no lines', () => {
  const piece = { event: 'messageStart', data: '{}' };
  const [unix, windows] = ['\n', '\r\n'].map((newline) => FRAMINGS.frames(newline));
  expect(unix?.frame(piece, true)).toEqual(windows?.frame(piece, false));
  expect([unix?.comment, unix?.close]).toEqual([undefined, '']);
});
