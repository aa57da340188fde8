import type { ChatMessage } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DIALECTS } from './dialects.ts';
import { ToolIds } from './tool-ids.ts';

const MAX = 12;
const fit = (id: string) => id.replace(/[^\w-]/g, '_').slice(-MAX) || '_';

test('an id that is taken as it is stays as it is', () => {
  const ids = new ToolIds(fit);
  expect([ids.ofCall('call_1'), ids.ofResult('call_1')]).toEqual(['call_1', 'call_1']);
});

test('an engine that begins anew with every answer gets its results to the call that was last', () => {
  const ids = new ToolIds(fit);
  const turn = () => [ids.ofCall('call_0'), ids.ofResult('call_0')];
  expect([turn(), turn(), turn()]).toEqual([
    ['call_0', 'call_0'],
    ['call_0_2', 'call_0_2'],
    ['call_0_3', 'call_0_3'],
  ]);
});

test('ids that differ only in what is not taken stay apart', () => {
  const ids = new ToolIds(fit);
  expect([ids.ofCall('a.b'), ids.ofCall('a:b'), ids.ofCall('a_b')]).toEqual([
    'a_b',
    'a_b_2',
    'a_b_3',
  ]);
  expect([ids.ofResult('a.b'), ids.ofResult('a:b'), ids.ofResult('a_b')]).toEqual([
    'a_b',
    'a_b_2',
    'a_b_3',
  ]);
});

test('a result that no call came before has the id that its call would have', () => {
  expect(new ToolIds(fit).ofResult('f.0')).toBe('f_0');
});

test('whatever ids callers have, no two calls share one, all fit, and a longer conversation begins as it did', () => {
  const id = fc.oneof(fc.constantFrom('a', 'a_2', 'a_3', 'a.2', ''), fc.string());
  fc.assert(
    fc.property(fc.array(id), id, (called, next) => {
      const ids = new ToolIds(fit);
      const told = called.map((one) => ids.ofCall(one));
      expect(new Set(told).size).toBe(told.length);
      for (const one of told) expect(one).toMatch(/^[\w-]{1,12}$/);
      const longer = new ToolIds(fit);
      expect([...called, next].map((one) => longer.ofCall(one)).slice(0, -1)).toEqual(told);
    }),
  );
});

test.each([
  ['one id', () => 'x'],
  ['ids that are cut to one', (call: number) => `${call}${'x'.repeat(MAX)}`],
])('%s for very many calls takes no longer than many ids', (_what, idOf) => {
  const ids = new ToolIds(fit);
  // So many that their square would take longer than a test may.
  const told = Array.from({ length: 100_000 }, (_value, call) => ids.ofCall(idOf(call)));
  expect(new Set(told).size).toBe(100_000);
});

test.each([
  ['anthropic', /"(?:id|tool_use_id)":"([^"]*)"/g],
  ['bedrock', /"toolUseId":"([^"]*)"/g],
] as const)('%s is told no id twice, and of each result whose it is', (name, pattern) => {
  const turn = (content: string): ChatMessage[] => [
    {
      role: 'assistant',
      content: null,
      toolCalls: [{ id: 'call_0', name: 'look', arguments: '{}' }],
    },
    { role: 'tool', content, toolCallId: 'call_0' },
  ];
  const messages: ChatMessage[] = [
    { role: 'user', content: 'Look.' },
    ...turn('a cat'),
    ...turn('a dog'),
  ];
  const dialect = DIALECTS[name];
  const request = { messages, tools: [{ name: 'look' }] };
  const { body } = dialect.adapter.toCall(request, { model: 'm', dialect }, false);
  const ids = [...body.matchAll(pattern)].map(([, id]) => id);
  expect(ids).toEqual(['call_0', 'call_0', 'call_0_2', 'call_0_2']);
});
