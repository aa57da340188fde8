import type { IncomingMessage } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson, readBody } from './body.ts';

const MAX = 100;

function requestOf(body: Readable, headers: Record<string, string> = {}): IncomingMessage {
  return Object.assign(body, { headers }) as unknown as IncomingMessage;
}

function sent(chunks: readonly Buffer[], headers: Record<string, string> = {}): Promise<Buffer> {
  return readBody(requestOf(Readable.from(chunks, { objectMode: false }), headers), MAX);
}

test('a body is what was sent, however it was cut', async () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 10 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(chunks, async (pieces) => {
      const buffers = pieces.map((piece) => Buffer.from(piece));
      expect(await sent(buffers)).toEqual(Buffer.concat(buffers));
    }),
  );
});

describe('a body that is too large is refused', () => {
  test('by what it says of itself, before any of it is read', async () => {
    const endless = new PassThrough();
    const request = requestOf(endless, { 'content-length': String(MAX + 1) });
    await expect(readBody(request, MAX)).rejects.toMatchObject({ kind: 'payload_too_large' });
    expect(endless.readableFlowing).toBeNull();
  });

  test('by what it is, although it says nothing, or lies', async () => {
    const pieces = Array.from({ length: 11 }, () => Buffer.alloc(10));
    await expect(sent(pieces)).rejects.toMatchObject({ kind: 'payload_too_large' });
    await expect(sent(pieces, { 'content-length': '5' })).rejects.toMatchObject({
      kind: 'payload_too_large',
    });
  });

  test('and one of exactly the limit is not', async () => {
    expect(await sent([Buffer.alloc(MAX)])).toHaveLength(MAX);
  });
});

test('a compressed body is refused, so that no bomb is ever unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(1_000_000));
  await expect(sent([bomb], { 'content-encoding': 'gzip' })).rejects.toMatchObject({
    kind: 'unsupported_media',
  });
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])(
  'a body of type "%s" is refused',
  async (type) => {
    await expect(sent([Buffer.from('{}')], { 'content-type': type })).rejects.toMatchObject({
      kind: 'unsupported_media',
    });
  },
);

test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/json ;x'])(
  'a body of type "%s" is JSON',
  async (type) => {
    expect(await sent([Buffer.from('{}')], { 'content-type': type })).toEqual(Buffer.from('{}'));
  },
);

test('a caller who breaks off in the midst of the body is one who left', async () => {
  const body = new PassThrough();
  const reading = readBody(requestOf(body), MAX);
  body.write('{"model":');
  body.destroy(new Error('aborted'));
  await expect(reading).rejects.toMatchObject({ kind: 'cancelled' });
});

describe('a body that is not JSON is refused, without a word of what it was', () => {
  test.each([
    ['broken', '{"secret":'],
    ['empty', ''],
    ['more than one', '{}{}'],
    ['a comment', '{} // secret'],
    ['single quotes', "{'secret':1}"],
  ])('%s', (_what, text) => {
    let message = '';
    try {
      parseJson(Buffer.from(text));
    } catch (thrown) {
      expect(thrown).toMatchObject({ kind: 'invalid_request' });
      message = (thrown as Error).message;
    }
    expect(message).toBe('The body is not valid JSON.');
  });

  test('bytes that are no UTF-8', () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
    expect(() => parseJson(bytes)).toThrow('not valid UTF-8');
  });
});
