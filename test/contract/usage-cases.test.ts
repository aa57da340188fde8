import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type Capture,
  judgeCapture,
  KNOWN_REASONS,
} from '../../services/host/src/billing/usage-case.ts';

/** Payloads of our own, and what the other project's tables make of them: every reason for which readings differ. */
const OWN = new URL('./fixtures/usage-captures.json', import.meta.url);
/** What real providers sent, where it is at hand; it is not part of the repository. */
const SHARED = new URL('../../../shared/data/billing/real-usage-payloads.json', import.meta.url);

test.skipIf(!existsSync(SHARED))(
  'every real payload is read without loss, and as another project read it but for reasons that are known',
  () => {
    const captures = JSON.parse(readFileSync(SHARED, 'utf8')) as Capture[];
    expect(captures.length).toBeGreaterThan(400);
    expect(captures.map(judgeCapture).flatMap(({ wrong }) => wrong)).toEqual([]);
  },
);

/** A capture, and all that its readings differ by. */
interface Explained extends Capture {
  readonly what: string;
  readonly because: readonly string[];
  /** There are no figures to compare: we do not read it at all. */
  readonly isRefused?: true;
}

const explained = JSON.parse(readFileSync(OWN, 'utf8')) as Explained[];

test.each(explained)('$what differs for reasons that are known', ({ because, ...own }) => {
  const { wrong, reasons } = judgeCapture(own);
  expect(wrong).toEqual([]);
  expect(new Set(reasons)).toEqual(new Set(because));
});

test.each(explained.filter(({ isRefused }) => !isRefused))(
  '$what fails when the other reading is one off',
  ({ body, extracted }) => {
    const off = extracted.map(({ usage, extractors }) => {
      const input = usage['input_tokens'] ?? 0;
      return { extractors, usage: { ...usage, input_tokens: input + 1 } };
    });
    expect(judgeCapture({ body, extracted: off }).wrong).not.toEqual([]);
  },
);

test('there is no reason that nothing differs for', () => {
  const used = new Set(explained.flatMap(({ because }) => because));
  expect([...used].sort()).toEqual([...KNOWN_REASONS].sort());
});

test.each([
  null,
  [],
  {},
  { body: {} },
  { body: {}, extracted: [null] },
  { body: {}, extracted: [{ usage: {} }] },
  { body: {}, extracted: [{ usage: {}, extractors: [{ provider_id: 'openai' }] }] },
])('what is no capture fails by itself: %j', (given) => {
  const { wrong, readings } = judgeCapture(given as unknown as Capture);
  expect(wrong).toEqual([expect.stringMatching(/^is no capture: /)]);
  expect(readings).toBe(0);
});

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
