import { DIALECT_NAMES, defaultConfig, KNOWN_VARIABLES } from '@weir/config';
import { DIALECTS } from '@weir/providers';
import { expect, test } from 'vitest';

/** Facts that two packages know without knowing of each other. */

test('every dialect that can be configured is spoken, and every one that is spoken can be configured', () => {
  expect([...DIALECT_NAMES].toSorted()).toEqual(Object.keys(DIALECTS).toSorted());
});

test('whatever is set up by itself drafts only by a provider that gives evidence', () => {
  for (const variable of KNOWN_VARIABLES) {
    const config = defaultConfig({ variables: new Set([variable]), engine: undefined });
    const draft = config.routes['support-chat']?.draft;
    const provider = draft && config.providers[draft.split('/')[0] ?? ''];
    if (provider) expect(DIALECTS[provider.dialect].takesLogprobs, variable).toBe(true);
  }
});
