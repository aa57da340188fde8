import type { ChatRequest } from '@weir/core';
import { expect, test } from 'vitest';
import { DIALECTS, type DialectName } from './dialects.ts';

const NAMES = Object.keys(DIALECTS) as DialectName[];
const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }], maxOutputTokens: 100 };

test.each(NAMES)('more answers than one are never asked of %s, and that is told', (name) => {
  const target = { model: 'm', dialect: DIALECTS[name] };
  const called = (passthrough: ChatRequest['passthrough']) =>
    target.dialect.adapter.toCall({ ...HELLO, passthrough }, target, false);
  const plain = called(undefined);
  expect(called({ n: 2 })).toEqual({ ...plain, dropped: [...plain.dropped, 'n'] });
  const idle = { n: 1, user: null, model: 'other', stream: true, max_tokens: 100_000 };
  expect(called(idle)).toEqual(plain);
});
