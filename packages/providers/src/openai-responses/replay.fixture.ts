import { readFileSync } from 'node:fs';
import { type ProviderEvent, ReplyBuilder } from '@weir/core';
import { SseParser } from '../sse.ts';
import { reader } from './stream.ts';

export function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`./fixtures/${name}.sse`, import.meta.url));
}

export function dataIn(chunks: readonly Uint8Array[]): string[] {
  const parser = new SseParser(1_000_000);
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
}

export function replay(chunks: readonly Uint8Array[]): ProviderEvent[] {
  const stream = reader();
  return dataIn(chunks).flatMap((event) => stream.read(event));
}

export function says(...events: unknown[]): ProviderEvent[] {
  const stream = reader();
  return events.flatMap((event) => stream.read(JSON.stringify(event)));
}

export interface Normal {
  readonly reply: unknown;
  readonly report: unknown;
  readonly refusedUsage: unknown;
  readonly model: string;
  readonly upstreamId: string;
}

/** What a stream comes to, in the form of a whole reply. */
export function normal(events: readonly ProviderEvent[]): Normal {
  const builder = new ReplyBuilder();
  const last = new Map<string, ProviderEvent>();
  for (const event of events) {
    last.set(event.type, event);
    if (event.type.endsWith('-delta')) builder.add(event as Parameters<typeof builder.add>[0]);
  }
  const finish = last.get('finish');
  const usage = last.get('usage');
  const identity = last.get('identity');
  if (finish?.type !== 'finish' || identity?.type !== 'identity' || !last.has('done')) {
    throw new Error('The stream did not say all it had to.');
  }
  const { model, upstreamId } = identity;
  const report = usage?.type === 'usage' ? usage.report : undefined;
  const refused = last.get('usage-refused');
  const refusedUsage = refused?.type === 'usage-refused' ? refused.reason : undefined;
  return { reply: builder.build(finish.reason), report, refusedUsage, model, upstreamId };
}
