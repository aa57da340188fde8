import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultKind, ProviderEvent } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { DIALECTS, type DialectName } from '../../packages/providers/src/index.ts';
import { SseParser } from '../../packages/providers/src/sse.ts';

/** What others wrote down of engines that speak OpenAI's protocol, beside this repository and absent elsewhere. */
const CAPTURES = join(import.meta.dirname, '../../../shared/data/captures');

interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly sse?: readonly string[];
  readonly sse_lines?: readonly { readonly line: string }[];
}

interface Capture extends Answer {
  readonly request?: { readonly path?: string };
  readonly response?: Answer;
}

function capture(path: string): Capture {
  return JSON.parse(readFileSync(join(CAPTURES, path), 'utf8'));
}

function read(dialect: DialectName, lines: readonly string[]): ProviderEvent[] {
  const parser = new SseParser(1_000_000);
  const stream = DIALECTS[dialect].adapter.reader();
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n\n`).join(''));
  const data = [...parser.push(Buffer.from(bytes)), ...parser.end()];
  return data.flatMap((event) => stream.read(event));
}

function kindOf(dialect: DialectName, { status, json }: Answer): FaultKind {
  return DIALECTS[dialect].adapter.toFault(status, JSON.stringify(json), undefined).kind;
}

/** Captures of a server that was stopped, or of a caller that left. */
const CUT = /^(?:killed|sigterm|disconnect)/;

describe.skipIf(!existsSync(CAPTURES))('captures mean what they are said to mean', () => {
  const chats = existsSync(CAPTURES)
    ? readdirSync(join(CAPTURES, 'llama-server')).filter((name) => {
        const { request, response } = capture(`llama-server/${name}`);
        const isChat = request?.path === '/v1/chat/completions' && response?.status === 200;
        return isChat && !CUT.test(name);
      })
    : [];

  test.each(chats)('llama.cpp: %s', (name) => {
    const { response } = capture(`llama-server/${name}`);
    if (response?.sse_lines) {
      const lines = response.sse_lines.map(({ line }) => line);
      const events = read('llama.cpp', lines);
      expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
      expect(events.at(-1)).toEqual({ type: 'done' });
    } else {
      const { reply, report } = DIALECTS['llama.cpp'].adapter.fromBody(
        JSON.stringify(response?.json),
      );
      expect(reply.finish).toMatch(/stop|length/);
      expect(report?.usage.outputTokens).toBeGreaterThan(0);
    }
  });

  test('llama.cpp tells what it guessed ahead, in a reply and in a stream', () => {
    const whole = capture('llama-server/spec-draft-simple-0.json').response;
    const { adapter } = DIALECTS['llama.cpp'];
    expect(adapter.fromBody(JSON.stringify(whole?.json)).report?.speculation).toEqual({
      guessed: 8,
      accepted: 8,
    });
    const streamed = capture('llama-server/spec-draft-simple-stream.json').response;
    const lines = streamed?.sse_lines?.map(({ line }) => line) ?? [];
    const usage = read('llama.cpp', lines).findLast(({ type }) => type === 'usage');
    expect(usage).toMatchObject({ report: { speculation: { guessed: 16, accepted: 16 } } });
  });

  const errors: readonly (readonly [DialectName, string, FaultKind])[] = [
    ['llama.cpp', 'llama-server/error-context-exceeded.json', 'context_overflow'],
    ['llama.cpp', 'llama-server/error-context-exceeded-stream.json', 'context_overflow'],
    ['llama.cpp', 'llama-server/error-bad-type.json', 'invalid_request'],
    ['llama.cpp', 'llama-server/error-401-no-key.json', 'upstream_auth'],
    ['vllm', 'vllm/error-context-too-long.json', 'context_overflow'],
    ['vllm', 'vllm/error-not-found-model.json', 'upstream_rejected'],
    ['sglang', 'sglang/error-flat-envelope.json', 'context_overflow'],
    ['tensorrt-llm', 'trtllm/error-flat-envelope.json', 'context_overflow'],
    ['tensorrt-llm', 'trtllm/error-extra-field-forbidden.json', 'invalid_request'],
    ['tabbyapi', 'tabbyapi/error-context.json', 'context_overflow'],
    ['openai', 'openai/error-context-length.json', 'context_overflow'],
    ['openai', 'openai/error-429-rate.json', 'upstream_rate_limited'],
    ['openai', 'openai/error-429-quota.json', 'upstream_rejected'],
  ];
  test.each(errors)('%s: %s is %s', (dialect, path, kind) => {
    const whole = capture(path);
    expect(kindOf(dialect, whole.response ?? whole)).toBe(kind);
  });

  test.each([
    ['vllm', 'vllm/error-midstream-engine.json'],
    ['sglang', 'sglang/error-in-stream.json'],
  ] as const)('%s: %s breaks its stream', (dialect, path) => {
    expect(() => read(dialect, capture(path).sse ?? [])).toThrow(
      expect.objectContaining({ kind: 'upstream_unavailable' }),
    );
  });

  test.each([
    ['vllm', 'vllm/chat-nonstream-logprobs.json'],
    ['sglang', 'sglang/chat-nonstream-meta-info.json'],
    ['tensorrt-llm', 'trtllm/chat-nonstream.json'],
  ] as const)('%s: %s is an answer with its usage', (dialect, path) => {
    const { reply, report } = DIALECTS[dialect].adapter.fromBody(
      JSON.stringify(capture(path).json),
    );
    expect(reply.text).not.toBe('');
    expect(report?.usage.outputTokens).toBeGreaterThan(0);
  });

  test.each([
    ['vllm', 'vllm/chat-stream-logprobs-usage.json'],
    ['tabbyapi', 'tabbyapi/stream-usage-chunk.json'],
    ['openai', 'openai/stream-usage.json'],
  ] as const)('%s: %s is a stream with its usage', (dialect, path) => {
    const types = read(dialect, capture(path).sse ?? []).map(({ type }) => type);
    expect(types.filter((type) => type === 'finish')).toHaveLength(1);
    expect(types).toContain('usage');
    expect(types.at(-1)).toBe('done');
  });
});
