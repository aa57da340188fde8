import { expect, test } from 'vitest';
import { makeBook, makeModel } from './book.fixture.ts';
import { findModels, nameOf, nearNames } from './find-model.ts';

const book = makeBook(
  makeModel({ model: 'gpt-5.6-sol', aliases: ['gpt-5.6'] }),
  makeModel({ provider: 'azure', model: 'gpt-5.6-sol' }),
  makeModel({ provider: 'gemini', model: 'gemini-3-pro' }),
  makeModel({ provider: 'groq', model: 'openai/gpt-oss-20b' }),
);

test.each([
  ['openai/gpt-5.6-sol', ['openai/gpt-5.6-sol']],
  ['openai/gpt-5.6', ['openai/gpt-5.6-sol']],
  ['gpt-5.6', ['openai/gpt-5.6-sol']],
  ['gpt-5.6-sol', ['openai/gpt-5.6-sol', 'azure/gpt-5.6-sol']],
  ['google/gemini-3-pro', ['gemini/gemini-3-pro']],
  ['openai/gpt-oss-20b', ['groq/openai/gpt-oss-20b']],
  ['mistral/gpt-5.6', []],
])('"%s" means %s', (name, found) => {
  expect(findModels(book, name).map(nameOf)).toEqual(found);
});

test('a name that is slightly wrong finds the right ones, nearest first', () => {
  expect(nearNames(book, 'openai/gpt-5.6-soll')[0]).toBe('openai/gpt-5.6-sol');
  expect(nearNames(book, 'Gemini-3-Pro')[0]).toBe('gemini/gemini-3-pro');
  expect(nearNames(book, 'claude')).toEqual([]);
});
