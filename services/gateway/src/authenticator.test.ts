import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Authenticator, mayUse, type VirtualKey } from './authenticator.ts';

const SECRET = 'weir_4f3c2b1a';

const KEY: VirtualKey = {
  tenant: 'acme',
  keyId: 'k1',
  sha256: createHash('sha256').update(SECRET).digest('hex'),
  budgeted: false,
};
const authenticator = new Authenticator([KEY]);

test.each([`Bearer ${SECRET}`, `bearer ${SECRET}`, `BEARER\t ${SECRET}  `])(
  '"%s" is the key',
  (header) => {
    expect(authenticator.authenticate(header)).toBe(KEY);
  },
);

describe('anything else is refused, and never repeated', () => {
  test.each([
    ['no header', undefined],
    ['an empty one', ''],
    ['an empty bearer', 'Bearer '],
    ['a bearer without a space', `Bearer${SECRET}`],
    ['another scheme', `Basic ${Buffer.from(`k1:${SECRET}`).toString('base64')}`],
    ['another key', 'Bearer weir_00000000'],
    ['the beginning of the key', `Bearer ${SECRET.slice(0, -1)}`],
    ['the key and more', `Bearer ${SECRET}0`],
    ['the key twice', `Bearer ${SECRET} ${SECRET}`],
    ['what is stored of the key', `Bearer ${KEY.sha256}`],
    ['SQL', "Bearer ' OR '1'='1"],
    ['a name of an object', 'Bearer __proto__'],
  ])('%s', (_what, header) => {
    expect(() => authenticator.authenticate(header)).toThrow(
      expect.objectContaining({ kind: 'unauthenticated' }),
    );
  });

  test('whatever it is', () => {
    const wrong = fc.string({ minLength: 4 }).filter((text) => text !== SECRET);
    fc.assert(
      fc.property(wrong, (text) => {
        let message = '';
        try {
          authenticator.authenticate(`Bearer ${text}`);
        } catch (thrown) {
          message = (thrown as Error).message;
        }
        expect(message).toMatch(/^(This key is not known here|Send your key in the header)/);
      }),
    );
  });
});

describe('the models that a key may use', () => {
  test('are all, where it names none', () => {
    expect(mayUse(KEY, 'anything')).toBe(true);
  });

  test.each([
    ['support', true],
    ['support-chat', false],
    ['openai/gpt-4.1', true],
    ['openai/', true],
    ['openai', false],
    ['anthropic/claude', false],
    ['', false],
  ])('"%s": %s', (model, may) => {
    expect(mayUse({ ...KEY, models: ['support', 'openai/*'] }, model)).toBe(may);
  });

  test('are none, where it names an empty list', () => {
    expect(mayUse({ ...KEY, models: [] }, 'support')).toBe(false);
  });
});
