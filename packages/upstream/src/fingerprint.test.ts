import type { EngineFacts } from '@weir/providers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Deployment } from './deployment.ts';
import { fingerprintOf } from './fingerprint.ts';

const DEPLOYMENT = { provider: 'local', model: 'small' } as Deployment;

const FACTS: EngineFacts = {
  engine: 'vllm',
  version: '0.14.2',
  model: 'acme/small',
  quantisation: 'fp8',
  speculation: 'off',
  template: '{{ messages }}',
};

test('is short, and the same whenever and in whatever order the same is told', () => {
  const print = fingerprintOf(DEPLOYMENT, 'small', FACTS);
  expect(print).toMatch(/^[0-9a-f]{20}$/);
  const shuffled = Object.fromEntries(Object.entries(FACTS).toReversed());
  expect(fingerprintOf(DEPLOYMENT, 'small', shuffled)).toBe(print);
  expect(fingerprintOf(DEPLOYMENT, 'small', { ...FACTS, ...{ revision: undefined } })).toBe(print);
});

test('anything that shapes log-probabilities makes another of it', () => {
  const name = fc.constantFrom<keyof EngineFacts>(
    'version',
    'model',
    'quantisation',
    'speculation',
  );
  fc.assert(
    fc.property(name, fc.string(), (fact, value) => {
      const other = { ...FACTS, [fact]: value };
      const isSame = other[fact] === FACTS[fact];
      const prints = [FACTS, other].map((facts) => fingerprintOf(DEPLOYMENT, 'small', facts));
      expect(new Set(prints).size).toBe(isSame ? 1 : 2);
    }),
  );
  const { template: _, ...bare } = FACTS;
  const others = [
    fingerprintOf(DEPLOYMENT, 'small-2', FACTS),
    fingerprintOf(DEPLOYMENT, 'small', bare),
    fingerprintOf({ ...DEPLOYMENT, model: 'large' }, 'small', FACTS),
    fingerprintOf({ ...DEPLOYMENT, provider: 'other' }, 'small', FACTS),
    fingerprintOf(DEPLOYMENT, 'small', FACTS),
  ];
  expect(new Set(others).size).toBe(5);
});

test('what is told under one name is not taken for the same under another', () => {
  const one = fingerprintOf(DEPLOYMENT, '', { version: 'x', model: 'y' });
  const other = fingerprintOf(DEPLOYMENT, '', { version: 'y', model: 'x' });
  expect(one).not.toBe(other);
});
