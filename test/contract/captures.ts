import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { logprobEvidence, type MissingEvidence } from '@weir/cascade';
import {
  type ChatDelta,
  type ChatReply,
  Fault,
  type FaultKind,
  type FinishReason,
  type ProviderEvent,
  ReplyBuilder,
  type UsageReport,
} from '@weir/core';
import { type ProviderAdapter, SseParser } from '../../packages/providers/src/index.ts';

/** What others recorded or wrote down of the wires, beside this repository where it was worked on and absent elsewhere. */
const CAPTURES = fileURLToPath(new URL('../../../shared/data/captures/', import.meta.url));

export const hasCaptures = existsSync(CAPTURES);

/** All of them, in order. */
export function capturePaths(): readonly string[] {
  if (!hasCaptures) return [];
  const entries = readdirSync(CAPTURES, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => relative(CAPTURES, join(parentPath, name))).toSorted();
}

/** One file, whatever is in it. */
export function fileAt(path: string): unknown {
  return JSON.parse(readFileSync(join(CAPTURES, path), 'utf8'));
}

/** What a server answered. */
export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  /** One event each, in one of two forms. */
  readonly sse?: readonly string[];
  readonly sse_lines?: readonly { readonly line: string }[];
}

/** The answer in one of them: what was written by hand is one, and what was recorded has it beside its request. */
export function answerAt(path: string): Answer {
  const capture = fileAt(path) as Answer & { readonly response?: Answer };
  return capture.response ?? capture;
}

/** What an answer comes to. */
export interface Meaning {
  /** Of a long text its length only. */
  readonly says?: string | number;
  readonly ends?: FinishReason | undefined;
  /** A stream that just stops. */
  readonly breaksOff?: true;
  readonly used?: Tokens;
  /** How many of its tokens have a log-probability, and what these are good for. */
  readonly tokens?: number;
  readonly evidence?: 'good' | MissingEvidence;
  /** Tokens guessed ahead, and how many of them were right. */
  readonly guessed?: readonly [guessed: number, accepted: number];
  readonly fails?: FaultKind;
}

export type Tokens = readonly [uncached: number, cached: number, output: number];

export function meaningOf(adapter: ProviderAdapter, answer: Answer): Meaning {
  const { status = 200, json, text, sse, sse_lines } = answer;
  const body = text ?? JSON.stringify(json);
  if (status >= 400) return failure(adapter.toFault(status, body, undefined));
  const events = sse ?? sse_lines?.map(({ line }) => line);
  if (events) return meaningOfStream(adapter, events);
  try {
    const { reply, report } = adapter.fromBody(body);
    return { ...told(reply, report), ends: reply.finish };
  } catch (error) {
    return failure(error);
  }
}

/** What it said, which has to be an answer. */
export function replyIn(adapter: ProviderAdapter, { json, sse, sse_lines }: Answer): ChatReply {
  const events = sse ?? sse_lines?.map(({ line }) => line);
  if (!events) return adapter.fromBody(JSON.stringify(json)).reply;
  const builder = new ReplyBuilder();
  const parser = new SseParser(1_000_000);
  const reader = adapter.reader();
  for (const data of parser.push(Buffer.from(events.map((event) => `${event}\n\n`).join('')))) {
    for (const event of reader.read(data)) if (isDelta(event)) builder.add(event);
  }
  return builder.build('stop');
}

/** Read byte by byte: a network cannot cut it any finer. */
function meaningOfStream(adapter: ProviderAdapter, events: readonly string[]): Meaning {
  const parser = new SseParser(1_000_000);
  const reader = adapter.reader();
  const read: ProviderEvent[] = [];
  try {
    for (const byte of Buffer.from(events.map((event) => `${event}\n\n`).join(''))) {
      for (const data of parser.push(Buffer.of(byte))) read.push(...reader.read(data));
    }
    for (const data of parser.end()) read.push(...reader.read(data));
    return sumOf(read);
  } catch (error) {
    const { says = '' } = sumOf(read);
    return { ...(says !== '' && { says }), ...failure(error) };
  }
}

function sumOf(events: readonly ProviderEvent[]): Meaning {
  const builder = new ReplyBuilder();
  let ends: FinishReason | undefined;
  let report: UsageReport | undefined;
  for (const event of events) {
    if (event.type === 'finish') ends = event.reason;
    else if (event.type === 'usage') report = event.report;
    else if (isDelta(event)) builder.add(event);
  }
  const isDone = events.some(({ type }) => type === 'done');
  return {
    ...told(builder.build('stop'), report),
    ...(ends && { ends }),
    ...(!isDone && { breaksOff: true }),
  };
}

function isDelta(event: ProviderEvent): event is ChatDelta {
  return event.type.endsWith('-delta');
}

function told(reply: ChatReply, report: UsageReport | undefined): Meaning {
  const { text, tokens } = reply;
  const { guessed, accepted } = report?.speculation ?? {};
  return {
    says: text.length > 100 ? text.length : text,
    ...(report && { used: tokensIn(report) }),
    ...(tokens && {
      tokens: tokens.filter(({ logprob }) => logprob !== undefined).length,
      evidence: worthOf(reply),
    }),
    ...(guessed !== undefined && accepted !== undefined && { guessed: [guessed, accepted] }),
  };
}

export function tokensIn({ usage }: UsageReport): Tokens {
  return [usage.inputTokens, usage.cacheReadTokens, usage.outputTokens];
}

/** All of the captures asked for alternatives; how many is seen where there are any. */
function worthOf(reply: ChatReply): 'good' | MissingEvidence {
  const most = Math.max(1, ...(reply.tokens ?? []).map(({ top }) => top.length));
  const evidence = logprobEvidence({ messages: [], topLogprobs: most }, reply);
  return evidence.kind === 'missing' ? evidence.reason : 'good';
}

function failure(error: unknown): Meaning {
  if (error instanceof Fault) return { fails: error.kind };
  throw error;
}
