import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLine } from './log-line.ts';

const LABELS = { weak_correct: 1, strong_correct: 0.5 };

function problemOf(fields: Readonly<Record<string, unknown>> | string): string {
  const line = typeof fields === 'string' ? fields : JSON.stringify({ ...LABELS, ...fields });
  const read = readLine(line);
  return 'problem' in read ? read.problem : '';
}

function rowOf(fields: Readonly<Record<string, unknown>>) {
  const read = readLine(JSON.stringify(fields));
  if ('problem' in read) throw new Error(read.problem);
  return read.row;
}

test('two labels are enough', () => {
  expect(rowOf(LABELS)).toEqual({
    ...LABELS,
    weak_logconf: null,
    weak_cost: null,
    strong_cost: null,
  });
});

test('everything that is known is read, and everything else is let be', () => {
  const row = rowOf({
    ...LABELS,
    id: 7,
    dataset: ['anything'],
    task: 'sums',
    prompt: 'What is 2 + 2?',
    weak_text: '4',
    weak_finish: 'stop',
    weak_logconf: -0.1,
    weak_cost: 0,
    strong_cost: 2.5,
    weak_tokens: [{ t: '4', l: -0.1, top: [['4', -0.1]], bytes: [52] }, { t: '' }],
  });
  expect(row).toEqual({
    ...LABELS,
    task: 'sums',
    prompt: 'What is 2 + 2?',
    weak_text: '4',
    weak_finish: 'stop',
    weak_logconf: -0.1,
    weak_cost: 0,
    strong_cost: 2.5,
    weak_tokens: [
      { t: '4', l: -0.1, top: [['4', -0.1]] },
      { t: '', l: null },
    ],
  });
});

test('the examples in the documentation are lines that are read', () => {
  const text = readFileSync(
    fileURLToPath(new URL('../../../../docs/evaluation.md', import.meta.url)),
    'utf8',
  );
  const examples = [...text.matchAll(/```jsonl\n([^`]*)```/g)].map(([, lines = '']) =>
    lines.trim().split('\n'),
  );
  expect(examples).toHaveLength(3);
  for (const line of examples.flat()) expect(readLine(line)).toHaveProperty('row');
});

test('null says as little as a field that is not there', () => {
  const names = ['task', 'prompt', 'weak_text', 'weak_tokens', 'weak_logconf', 'weak_cost'];
  expect(rowOf({ ...LABELS, ...Object.fromEntries(names.map((name) => [name, null])) })).toEqual(
    rowOf(LABELS),
  );
});

test('true and false are labels', () => {
  expect(rowOf({ weak_correct: true, strong_correct: false })).toMatchObject({
    weak_correct: 1,
    strong_correct: 0,
  });
});

describe('what is wrong is said with the field and what to write', () => {
  test.each([
    ['no JSON', '{"weak_correct": 1', /not JSON.*one complete object a line/],
    ['NaN', '{"weak_correct": NaN, "strong_correct": 1}', /says NaN.*write null/],
    ['infinity', '{"weak_correct": 1, "l": -Infinity}', /says -Infinity.*write null/],
    ['a list', '[1]', /no JSON object/],
    ['null', 'null', /no JSON object/],
    ['no label', { weak_correct: undefined }, /"weak_correct" is missing.*from 0 to 1/],
    ['a label of null', { strong_correct: null }, /"strong_correct" is missing/],
    ['a label in words', { weak_correct: 'yes' }, /"weak_correct" is a text.*number from 0 to 1/],
    ['a label above 1', { weak_correct: 8 }, /"weak_correct" is 8: divide/],
    ['a label below 0', { strong_correct: -1 }, /"strong_correct" is -1/],
    ['a task that is a number', { task: 3 }, /"task" is a number: write a text/],
    ['a prompt that is a list', { prompt: [{ role: 'user' }] }, /"prompt" is a list: write a text/],
    ['a confidence in words', { weak_logconf: '0.9' }, /"weak_logconf" is a text.*null/],
    ['a negative cost', { weak_cost: -1 }, /"weak_cost" is -1: a cost is at least 0/],
    ['a frontier for nothing', { strong_cost: 0 }, /"strong_cost" is 0: a cost is above 0/],
    ['tokens that are a text', { weak_tokens: 'a b' }, /"weak_tokens" is a text/],
    ['a token that is a text', { weak_tokens: ['a'] }, /"weak_tokens\[0\]" is a text/],
    ['a token without text', { weak_tokens: [{ l: -1 }] }, /"weak_tokens\[0\]\.t" is missing/],
    [
      'a log-prob in words',
      { weak_tokens: [{ t: 'a', l: 'x' }] },
      /"weak_tokens\[0\]\.l" is a text/,
    ],
    [
      'an alternative that is no pair',
      { weak_tokens: [{ t: 'a', l: -1, top: [['a', -1], { b: -2 }] }] },
      /"weak_tokens\[0\]\.top\[1\]" is no \[text, log-prob\]/,
    ],
    ['alternatives that are no list', { weak_tokens: [{ t: 'a', top: {} }] }, /top\[0\]/],
  ])('%s', (_what, fields, problem) => {
    expect(problemOf(fields)).toMatch(problem);
  });

  test.each([
    ['weak_cost', 1e308, 'too large'],
    ['strong_cost', 1e13, 'too large'],
    ['weak_logconf', -1e300, 'too large'],
    ['weak_cost', 1e-13, 'too small'],
    ['strong_cost', 5e-324, 'too small'],
  ])('a number that no %s is: %d', (name, value, problem) => {
    expect(problemOf({ [name]: value })).toContain(`"${name}" is ${problem} a number`);
  });

  test('numbers that are too large for one', () => {
    expect(problemOf('{"weak_correct": 1, "strong_correct": 1, "weak_logconf": 1e999}')).toMatch(
      /"weak_logconf" is too large a number/,
    );
  });
});

test('what is wrong is said without what the line says, which may be a prompt', () => {
  expect(problemOf('{"prompt": "my secret", oops}')).not.toContain('secret');
  expect(problemOf({ weak_finish: { note: 'my secret' } })).not.toContain('secret');
  expect(problemOf({ weak_correct: 'my secret' })).not.toContain('secret');
});

test('no line at all breaks it, and what it reads has labels in [0, 1]', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc
          .record(
            {
              weak_correct: fc.jsonValue(),
              strong_correct: fc.constantFrom(0, 1, true),
              weak_tokens: fc.jsonValue(),
              weak_logconf: fc.jsonValue(),
              task: fc.jsonValue(),
            },
            { requiredKeys: [] },
          )
          .map((fields) => JSON.stringify(fields)),
      ),
      (line) => {
        const read = readLine(line);
        if ('problem' in read) expect(read.problem).not.toBe('');
        else {
          for (const label of [read.row.weak_correct, read.row.strong_correct]) {
            expect(label).toBeGreaterThanOrEqual(0);
            expect(label).toBeLessThanOrEqual(1);
          }
        }
      },
    ),
  );
});
