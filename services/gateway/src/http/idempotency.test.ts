import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { makeEnd } from '../inference.fixture.ts';
import { Idempotency, type IdempotencyScope, idempotencyScope } from './idempotency.ts';

const ANN = { tenant: 'acme', keyId: 'ann' };
const BODY = Buffer.from('{"model":"m"}');

function scopeOf(key: string, body = BODY, principal = ANN): IdempotencyScope {
  const scope = idempotencyScope(principal, key, body);
  if (!scope) throw new TypeError('no scope');
  return scope;
}

function store(): Idempotency {
  return new Idempotency({ maxEntries: 3, ttlMs: 1000 });
}

test('the same key with the same body is the same answer, also while it is still being made', async () => {
  const kept = store();
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof makeEnd>[]>();
  expect(kept.find(scopeOf('a'))).toBeUndefined();
  kept.keep(scopeOf('a'), promise);
  const second = kept.find(scopeOf('a'));
  expect(second).toBe(promise);
  resolve([makeEnd()]);
  expect(await second).toEqual([makeEnd()]);
});

test('the same key with another body is a mistake, and told so', () => {
  const kept = store();
  kept.keep(scopeOf('a'), Promise.resolve([makeEnd()]));
  expect(() => kept.find(scopeOf('a', Buffer.from('{"model":"other"}')))).toThrow(
    expect.objectContaining({ kind: 'idempotency_mismatch' }),
  );
});

test('a failure is not kept: whoever repeats it wants another try', async () => {
  const kept = store();
  const failing = Promise.reject(new Error('down'));
  kept.keep(scopeOf('a'), failing);
  await expect(failing).rejects.toThrow('down');
  expect(kept.find(scopeOf('a'))).toBeUndefined();
});

test('a late failure does not forget the answer that took its place', async () => {
  const kept = store();
  const { promise: first, reject } = Promise.withResolvers<never>();
  kept.keep(scopeOf('a'), first);
  const second = Promise.resolve([makeEnd()]);
  kept.keep(scopeOf('a'), second);
  reject(new Error('late'));
  await expect(first).rejects.toThrow('late');
  expect(kept.find(scopeOf('a'))).toBe(second);
});

describe('one caller’s key', () => {
  test('is nobody else’s', () => {
    const bob = { tenant: 'acme', keyId: 'bob' };
    const elsewhere = { tenant: 'globex', keyId: 'ann' };
    const names = [ANN, bob, elsewhere].map((principal) => scopeOf('a', BODY, principal).name);
    expect(new Set(names).size).toBe(3);
  });

  test('may be absent', () => {
    expect(idempotencyScope(ANN, undefined, BODY)).toBeUndefined();
    expect(idempotencyScope(ANN, '', BODY)).toBeUndefined();
  });

  test('has at most 255 characters', () => {
    expect(scopeOf('x'.repeat(255)).name).toContain('x');
    expect(() => scopeOf('x'.repeat(256))).toThrow(
      expect.objectContaining({ kind: 'invalid_request' }),
    );
  });
});

test('the answers kept are bounded in number, the least used going first', () => {
  const kept = store();
  for (const key of ['a', 'b', 'c', 'd']) {
    kept.keep(scopeOf(key), Promise.resolve([makeEnd()]));
  }
  expect(kept.find(scopeOf('a'))).toBeUndefined();
  expect(kept.find(scopeOf('d'))).toBeDefined();
});

test('an answer is forgotten in time', async () => {
  const kept = new Idempotency({ maxEntries: 3, ttlMs: 20 });
  kept.keep(scopeOf('a'), Promise.resolve([makeEnd()]));
  expect(kept.find(scopeOf('a'))).toBeDefined();
  await setTimeout(60);
  expect(kept.find(scopeOf('a'))).toBeUndefined();
});
