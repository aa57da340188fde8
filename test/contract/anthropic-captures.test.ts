import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NO_USAGE, type ProviderEvent } from '@weir/core';
import { expect, test } from 'vitest';
import { anthropic } from '../../packages/providers/src/anthropic/index.ts';
import { SseParser } from '../../packages/providers/src/sse.ts';

/** What others recorded or wrote down of this protocol; not part of the repository. */
const CAPTURES = fileURLToPath(new URL('../../../shared/data/captures/', import.meta.url));
const isMissing = !existsSync(join(CAPTURES, 'anthropic'));

interface Capture {
  readonly status?: number;
  readonly json?: unknown;
  /** One event each. */
  readonly sse?: readonly string[];
  readonly response?: {
    readonly status: number;
    readonly json?: unknown;
    readonly sse_lines?: readonly { readonly line: string }[];
  };
}

function capture(path: string): Capture {
  return JSON.parse(readFileSync(join(CAPTURES, path), 'utf8')) as Capture;
}

function eventsOf({ sse, response }: Capture): ProviderEvent[] {
  const events = sse ?? response?.sse_lines?.map(({ line }) => line) ?? [];
  const text = events.map((event) => `${event}\n\n`).join('');
  const parser = new SseParser(1_000_000);
  const stream = anthropic.reader();
  const data = [...parser.push(new TextEncoder().encode(text)), ...parser.end()];
  return data.flatMap((event) => stream.read(event));
}

test.skipIf(isMissing)('every capture of the API is one that is looked at here', () => {
  expect(readdirSync(join(CAPTURES, 'anthropic')).sort()).toEqual([
    'error-529.json',
    'stream-ok.json',
    'stream-overloaded-midstream.json',
  ]);
});

test.skipIf(isMissing)(
  'the last count of output stands, and the input of the first with it',
  () => {
    expect(eventsOf(capture('anthropic/stream-ok.json'))).toEqual([
      { type: 'identity', model: 'claude-x', upstreamId: 'msg_01' },
      {
        type: 'usage',
        report: {
          usage: { ...NO_USAGE, inputTokens: 12, outputTokens: 1 },
          incomplete: ['outputTokens'],
        },
      },
      { type: 'text-delta', text: 'Paris.' },
      { type: 'finish', reason: 'stop' },
      { type: 'usage', report: { usage: { ...NO_USAGE, inputTokens: 12, outputTokens: 5 } } },
      { type: 'done' },
    ]);
  },
);

test.skipIf(isMissing)(
  'an overload within a stream is the failure that its status would have said',
  () => {
    const within = capture('anthropic/stream-overloaded-midstream.json');
    expect(() => eventsOf(within)).toThrow(
      expect.objectContaining({ kind: 'upstream_unavailable' }),
    );
    const { status, json } = capture('anthropic/error-529.json');
    const fault = anthropic.toFault(status ?? 0, JSON.stringify(json), undefined);
    expect(fault.kind).toBe('upstream_unavailable');
    expect(fault.row.retry).toBe('elsewhere');
  },
);

const MADRID = 'The capital of Spain is Madrid.';
const USED = { ...NO_USAGE, inputTokens: 1, cacheReadTokens: 16, outputTokens: 10 };

test.skipIf(isMissing)('llama.cpp speaks it well enough to be understood', () => {
  const { response } = capture('llama-server/v1-messages-anthropic.json');
  expect(anthropic.fromBody(JSON.stringify(response?.json))).toEqual({
    reply: { text: MADRID, toolCalls: [], finish: 'stop' },
    report: { usage: USED },
    model: 'tiny-target',
    upstreamId: 'chatcmpl-u1HfLR57GTUWbDBg1GqoBY5G4tENGkTL',
  });
});

test.skipIf(isMissing)(
  'and when it streams: the same answer, the same use, its output counted at the end only',
  () => {
    const events = eventsOf(capture('llama-server/v1-messages-anthropic-stream.json'));
    const texts = events.filter((event) => event.type === 'text-delta');
    expect(texts.map(({ text }) => text).join('')).toBe(MADRID);
    const [first, last, ...others] = events.filter((event) => event.type === 'usage');
    expect(first?.report).toEqual({
      usage: { ...USED, outputTokens: 0 },
      incomplete: ['outputTokens'],
    });
    expect(last?.report).toEqual({ usage: USED });
    expect(others).toEqual([]);
    expect(events.slice(-3).map(({ type }) => type)).toEqual(['finish', 'usage', 'done']);
  },
);

test.skipIf(isMissing)(
  'its errors come in its own envelope: a prompt too long is known all the same',
  () => {
    const { response } = capture('llama-server/error-context-exceeded-anthropic.json');
    const fault = anthropic.toFault(
      response?.status ?? 0,
      JSON.stringify(response?.json),
      undefined,
    );
    expect(fault.kind).toBe('context_overflow');
    expect(fault.message).not.toContain('888');
  },
);
