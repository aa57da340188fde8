import type { z } from 'zod';
import { nearest } from './suggest.ts';

/** Of a list that is longer than this only what was probably meant is told. */
const SHORT = 8;

/**
 * What is wrong with a value, as one says it to whoever wrote it. What the schema says itself goes before. The value is
 * never repeated: it may be a secret in the wrong place.
 */
export function wording(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String), issue.input);
    case 'too_small':
      return `must ${bound(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum)}`;
    case 'too_big':
      return `must ${bound(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum)}`;
    case 'invalid_format':
      return FORMATS[issue.format];
    case 'invalid_key':
      return issue.issues[0]?.message;
    default:
      return undefined;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section of settings',
  record: 'a section of names',
};

const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'must be an instant in UTC like 2026-12-01T00:00:00Z',
  date: 'must be a day like 2026-12-01',
  url: 'must be a URL like https://api.example.com/v1',
};

function oneOf(known: readonly string[], input: unknown): string {
  const meant = typeof input === 'string' ? nearest(input, known) : undefined;
  const hint = meant ? `did you mean "${meant}"?` : '';
  const list = known.length > SHORT && meant ? 'is none of those known' : '';
  return [list || `must be one of ${known.join(', ')}`, hint].filter(Boolean).join('; ');
}

function bound(origin: string, how: string, limit: number | bigint): string {
  if (origin === 'array') return `have ${how} ${limit} of them`;
  if (origin === 'string') return `have ${how} ${limit} characters`;
  return `be ${how} ${limit}`;
}
