import { Fault } from '@weir/core';
import { expect, test } from 'vitest';
import { checkDropped } from './dropped.ts';

function refusal(dropped: readonly string[]): Fault {
  try {
    checkDropped(dropped, 'refuse');
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  throw new Error('was not refused');
}

test('a parameter that would change the answer is refused by its name, and another model may be asked', () => {
  const fault = refusal(['user', 'seed']);
  expect(fault).toMatchObject({ kind: 'unsupported_parameter', param: 'seed' });
  expect(fault.row).toMatchObject({ http: 400, retry: 'elsewhere' });
});

test('a route that allows it gets its answer without them, and the caller is told which', () => {
  expect(checkDropped(['seed', 'frequency_penalty'], 'drop')).toEqual([
    'seed',
    'frequency_penalty',
  ]);
});

test('labels and hints are left out of any request, and told', () => {
  expect(checkDropped(['user', 'detail', 'prompt_cache_key'], 'refuse')).toEqual([
    'user',
    'detail',
    'prompt_cache_key',
  ]);
});

test('log-probabilities that a provider does not give are missing where the caller looks for them', () => {
  expect(checkDropped(['logprobs'], 'refuse')).toEqual([]);
  expect(checkDropped([], 'refuse')).toEqual([]);
});
