import { Fault } from '@weir/core';
import { expect, test } from 'vitest';
import { Refusals } from './refusals.ts';

function told(...faults: readonly (readonly [deployment: string, fault: Fault])[]): object[] {
  const lines: object[] = [];
  const warn = (fields: object) => lines.push(fields);
  const refusals = new Refusals({ warn } as never);
  for (const [deployment, fault] of faults) refusals.tell(deployment, fault);
  return lines;
}

test('the log is told of the first failure of each kind at each deployment, and of no more', () => {
  const auth = new Fault('upstream_auth', 'no');
  const gone = new Fault('upstream_rejected', 'no');
  expect(told(['p/a', auth], ['p/a', auth], ['p/a', gone], ['p/b', auth])).toEqual([
    { deployment: 'p/a', fault: 'upstream_auth' },
    { deployment: 'p/a', fault: 'upstream_rejected' },
    { deployment: 'p/b', fault: 'upstream_auth' },
  ]);
});

test('what is the caller’s matter, or comes and goes, is not told', () => {
  const kinds = [
    'cancelled',
    'invalid_request',
    'context_overflow',
    'upstream_rate_limited',
  ] as const;
  expect(told(...kinds.map((kind) => ['p/a', new Fault(kind, 'no')] as const))).toEqual([]);
});

test('a socket’s word for it is told, and nothing else of what it says', () => {
  const failed = (code: unknown) => {
    const cause = Object.assign(new Error('connect 10.0.0.5 sk-live'), { code });
    return new Fault('upstream_unavailable', 'no', { cause });
  };
  const line = { deployment: 'p/a', fault: 'upstream_unavailable' };
  expect(told(['p/a', failed('ECONNREFUSED')])).toEqual([{ ...line, code: 'ECONNREFUSED' }]);
  expect(told(['p/a', failed('sk-live 4242')])).toEqual([line]);
  expect(told(['p/a', failed(7)])).toEqual([line]);
});
