import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type Capture,
  judgeCapture,
  KNOWN_REASONS,
} from '../../services/host/src/billing/usage-case.ts';

/** What real providers sent, where it is at hand; it is not part of the repository. */
const SHARED = new URL('../../../shared/data/billing/real-usage-payloads.json', import.meta.url);

test.skipIf(!existsSync(SHARED))(
  'every real payload is read without loss, and as another project read it but for reasons that are known',
  () => {
    const captures = JSON.parse(readFileSync(SHARED, 'utf8')) as Capture[];
    expect(captures.length).toBeGreaterThan(400);
    const judged = captures.map(judgeCapture);
    expect(judged.flatMap(({ wrong }) => wrong)).toEqual([]);
    const used = new Set(judged.flatMap(({ reasons }) => reasons));
    expect([...used].sort()).toEqual([...KNOWN_REASONS].sort());
  },
);

const PAYLOAD = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const READER = { provider_id: 'openai', api_flavor: 'chat' };

function capture(usage: object, theirs: Readonly<Record<string, number>>): Capture {
  return { body: { usage: { ...usage } }, extracted: [{ usage: theirs, extractors: [READER] }] };
}

test('a payload that both read alike passes', () => {
  const theirs = { input_tokens: 10, output_tokens: 5 };
  expect(judgeCapture(capture(PAYLOAD, theirs))).toEqual({ readings: 1, wrong: [], reasons: [] });
});

test('a difference without a known reason fails, and says which figure', () => {
  const { wrong } = judgeCapture(capture(PAYLOAD, { input_tokens: 9, output_tokens: 5 }));
  expect(wrong).toEqual(['openai chat: input is 10, the other reading 9']);
});

test('a payload that cannot be read fails, and says why', () => {
  const { wrong } = judgeCapture(capture({ ...PAYLOAD, total_tokens: 99 }, { input_tokens: 10 }));
  expect(wrong).toEqual(['openai chat: all is usage_inconsistent, the other reading has none']);
});
