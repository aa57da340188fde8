import { expect, test } from 'vitest';
import { DIALECTS } from './dialects.ts';

test('those who bill all of an answer that nobody reads are the ones that OpenRouter names', () => {
  const dialects = Object.entries(DIALECTS);
  const found = dialects.filter(
    ([, dialect]) => 'billsCancelled' in dialect && dialect.billsCancelled,
  );
  expect(found.map(([name]) => name).sort()).toEqual([
    'bedrock',
    'gemini',
    'groq',
    'mistral',
    'perplexity',
    'qwen',
    'vertex',
  ]);
});
