import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NO_USAGE } from '@weir/core';
import { expect, test } from 'vitest';
import { openaiResponses } from '../../packages/providers/src/openai-responses/index.ts';

/** What others recorded or wrote down; not part of the repository. */
const CAPTURES = fileURLToPath(new URL('../../../shared/data/captures/', import.meta.url));

interface Capture {
  readonly status?: number;
  readonly json?: unknown;
  readonly response?: { readonly status: number; readonly json?: unknown };
}

function capture(path: string): Capture {
  return JSON.parse(readFileSync(join(CAPTURES, path), 'utf8')) as Capture;
}

test.skipIf(!existsSync(join(CAPTURES, 'llama-server')))(
  'llama.cpp speaks it well enough to be understood',
  () => {
    const { response } = capture('llama-server/v1-responses.json');
    expect(openaiResponses.fromBody(JSON.stringify(response?.json))).toEqual({
      reply: { text: 'The capital of Spain is Madrid.', toolCalls: [], finish: 'stop' },
      report: { usage: { ...NO_USAGE, inputTokens: 9, cacheReadTokens: 8, outputTokens: 10 } },
      model: 'tiny-target',
      upstreamId: 'resp_H8msqLZmVX5sT8wFQst3j5tPuZVFm2Kd',
    });
  },
);

test.skipIf(!existsSync(join(CAPTURES, 'openai'))).each([
  ['error-429-rate.json', 'upstream_rate_limited'],
  ['error-429-quota.json', 'upstream_rejected'],
  ['error-context-length.json', 'context_overflow'],
])('OpenAI’s error %s is %s', (name, kind) => {
  const { status, json } = capture(`openai/${name}`);
  expect(openaiResponses.toFault(status ?? 0, JSON.stringify(json), undefined).kind).toBe(kind);
});
