import type { Clock } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Admission } from './admission.ts';
import type { VirtualKey } from './authenticator.ts';

class HandClock implements Clock {
  ms = 0;
  nowMs(): number {
    return this.ms;
  }
  monotonicMs(): number {
    return this.ms;
  }
}

function keyOf(fields: Partial<VirtualKey> = {}): VirtualKey {
  return { tenant: 'acme', keyId: 'k1', sha256: '', budgeted: false, ...fields };
}

function open(maxInFlight = 100) {
  const clock = new HandClock();
  return { clock, admission: new Admission({ maxInFlight, clock }) };
}

function refused(enter: () => unknown): string {
  try {
    enter();
  } catch (thrown) {
    return (thrown as { kind: string }).kind;
  }
  return 'admitted';
}

test('a model that its key may not use is refused, and costs the key nothing', () => {
  const { admission } = open();
  const key = keyOf({ models: ['support'], requestsPerMinute: 1 });
  expect(refused(() => admission.enter(key, 'openai/gpt-4.1'))).toBe('permission_denied');
  expect(admission.inFlight).toBe(0);
  expect(refused(() => admission.enter(key, 'support'))).toBe('admitted');
});

describe('requests in flight', () => {
  test('are bounded over all keys, and a place that was left is free again', () => {
    const { admission } = open(2);
    const first = admission.enter(keyOf(), 'support');
    admission.enter(keyOf({ keyId: 'k2' }), 'support');
    expect(refused(() => admission.enter(keyOf({ keyId: 'k3' }), 'support'))).toBe('overloaded');
    first[Symbol.dispose]();
    expect(refused(() => admission.enter(keyOf({ keyId: 'k3' }), 'support'))).toBe('admitted');
  });

  test('are bounded for each key by itself', () => {
    const { admission } = open();
    const key = keyOf({ maxConcurrent: 1 });
    const first = admission.enter(key, 'support');
    expect(refused(() => admission.enter(key, 'support'))).toBe('rate_limited');
    expect(
      refused(() => admission.enter(keyOf({ tenant: 'globex', maxConcurrent: 1 }), 'support')),
    ).toBe('admitted');
    first[Symbol.dispose]();
    expect(refused(() => admission.enter(key, 'support'))).toBe('admitted');
  });

  test('leaving twice frees one place', () => {
    const { admission } = open();
    const first = admission.enter(keyOf(), 'support');
    admission.enter(keyOf(), 'support');
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(admission.inFlight).toBe(1);
  });

  test('are as many as entered and have not left, whatever happened and whoever was refused', () => {
    const step = fc.record({ enters: fc.boolean(), key: fc.constantFrom('a', 'b') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { admission } = open(5);
        const inside: Disposable[] = [];
        for (const { enters, key } of steps) {
          if (!enters) inside.pop()?.[Symbol.dispose]();
          else {
            const asked = keyOf({ keyId: key, maxConcurrent: 3, requestsPerMinute: 20 });
            try {
              inside.push(admission.enter(asked, 'support'));
            } catch {
              // Refused: takes no place.
            }
          }
          expect(admission.inFlight).toBe(inside.length);
          expect(inside.length).toBeLessThanOrEqual(5);
        }
      }),
    );
  });
});

describe('requests per minute', () => {
  const key = keyOf({ requestsPerMinute: 6 });

  test('a minute’s worth may come at once, and then one every tenth of it', () => {
    const { admission, clock } = open();
    for (let count = 0; count < 6; count++) admission.enter(key, 'support');
    expect(refused(() => admission.enter(key, 'support'))).toBe('rate_limited');
    clock.ms += 9999;
    expect(refused(() => admission.enter(key, 'support'))).toBe('rate_limited');
    clock.ms += 1;
    expect(refused(() => admission.enter(key, 'support'))).toBe('admitted');
  });

  test('the wait that is told is enough, and not a millisecond too long', () => {
    const { admission, clock } = open();
    for (let count = 0; count < 6; count++) admission.enter(key, 'support');
    clock.ms += 1234;
    let waitMs = 0;
    try {
      admission.enter(key, 'support');
    } catch (thrown) {
      waitMs = (thrown as { retryAfterMs: number }).retryAfterMs;
    }
    clock.ms += waitMs - 1;
    expect(refused(() => admission.enter(key, 'support'))).toBe('rate_limited');
    clock.ms += 1;
    expect(refused(() => admission.enter(key, 'support'))).toBe('admitted');
  });

  test('what is left is told, and a key without a limit is told nothing', () => {
    const { admission } = open();
    expect(admission.enter(key, 'support').rate).toEqual({
      limit: 6,
      remaining: 5,
      resetMs: 10_000,
    });
    expect(admission.enter(keyOf({ keyId: 'free' }), 'support').rate).toBeUndefined();
  });

  test('idleness is not saved up beyond a minute’s worth', () => {
    const { admission, clock } = open(1000);
    admission.enter(key, 'support');
    clock.ms += 86_400_000;
    for (let count = 0; count < 6; count++) admission.enter(key, 'support');
    expect(refused(() => admission.enter(key, 'support'))).toBe('rate_limited');
  });

  test('one key’s rush takes nothing from another', () => {
    const { admission } = open();
    for (let count = 0; count < 6; count++) admission.enter(key, 'support');
    expect(refused(() => admission.enter(key, 'support'))).toBe('rate_limited');
    expect(refused(() => admission.enter({ ...key, keyId: 'k2' }, 'support'))).toBe('admitted');
  });

  test('over any time at all, no more are admitted than a minute’s worth and the share of the time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5000 }), { maxLength: 200 }), (pauses) => {
        const { admission, clock } = open(100_000);
        let admitted = 0;
        for (const pause of pauses) {
          clock.ms += pause;
          if (refused(() => admission.enter(key, 'support')) === 'admitted') admitted++;
        }
        expect(admitted).toBeLessThanOrEqual(6 + (clock.ms / 60_000) * 6 + 1e-6);
      }),
    );
  });
});

test('what is asked of no model needs none that the key may use, and counts like everything else', () => {
  const { admission } = open(1);
  const key = keyOf({ models: ['other'], requestsPerMinute: 1 });
  expect(refused(() => admission.enter(key, 'support'))).toBe('permission_denied');
  {
    using admitted = admission.enter(key, undefined);
    expect(admitted.rate?.remaining).toBe(0);
    expect(refused(() => admission.enter(keyOf({ keyId: 'k2' }), undefined))).toBe('overloaded');
  }
  expect(refused(() => admission.enter(key, undefined))).toBe('rate_limited');
});
