import { describe, expect, test } from 'vitest';
import { fitScorer } from './fit.ts';
import { fitCall } from './learning-rows.fixture.ts';
import { hashOf, parseScorerFile, type ScorerFile, ScorerFileError } from './scorer-file.ts';

const file = fitScorer(fitCall()) as ScorerFile;

test('a file is read as it was written', () => {
  expect(parseScorerFile(JSON.stringify(file), 'here')).toEqual(file);
});

test('its version is a hash of everything in it', () => {
  const { version, format: _format, ...content } = file;
  expect(version).toMatch(/^[0-9a-f]{12}$/);
  expect(hashOf(content)).toBe(version);
  expect(hashOf({ ...content, shadowPrice: 1 })).not.toBe(version);
});

describe('what is not taken', () => {
  test.each([
    ['what is no JSON', '{"format":1', 'is not JSON'],
    ['what is no object', '7', 'is no scorer file of format 1'],
    ['nothing', 'null', 'is no scorer file of format 1'],
    ['another format', JSON.stringify({ ...file, format: 2 }), 'is no scorer file of format 1'],
    ['a price that somebody changed', JSON.stringify({ ...file, shadowPrice: 9 }), 'was changed'],
    ['another version', JSON.stringify({ ...file, version: '0123456789ab' }), 'was changed'],
    ['one that lost a part', JSON.stringify({ ...file, model: undefined }), 'was changed'],
  ])('is %s', (_, text, why) => {
    const parse = () => parseScorerFile(text, 'support/x.json');
    expect(parse).toThrow(ScorerFileError);
    expect(parse).toThrow(`support/x.json ${why}`);
  });
});
