import type { ChatReply, ChatRequest, Json, Tool } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { Validators } from './index.ts';

const validators = new Validators();

function replyOf(text: string, rest: Partial<ChatReply> = {}): ChatReply {
  return { text, toolCalls: [], finish: 'stop', ...rest };
}

function schemaVetoes(schema: Json, text: string): string[] {
  const responseFormat = { type: 'json_schema', name: 'answer', schema } as const;
  return validators.vetoes({ messages: [], responseFormat }, replyOf(text), []);
}

describe('a structured answer must be what was asked for', () => {
  const format = (type: 'json_object' | 'text'): ChatRequest => ({
    messages: [],
    responseFormat: { type },
  });

  test('an object where an object was asked for', () => {
    expect(validators.vetoes(format('json_object'), replyOf('{"a":1}'), [])).toEqual([]);
    expect(validators.vetoes(format('json_object'), replyOf('[1]'), [])).toEqual([
      'not_json_object',
    ]);
    expect(validators.vetoes(format('json_object'), replyOf('Sure! {"a":1}'), [])).toEqual([
      'not_json',
    ]);
  });

  test('plain text may be anything', () => {
    expect(validators.vetoes(format('text'), replyOf('{"a":'), [])).toEqual([]);
  });

  const PERSON = {
    type: 'object',
    properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } },
    required: ['name', 'age'],
    additionalProperties: false,
  };

  test.each([
    ['{"name":"Ann","age":31}', []],
    ['{"name":"Ann","age":-1}', ['json_schema']],
    ['{"name":"Ann"}', ['json_schema']],
    ['{"name":"Ann","age":31,"x":1}', ['json_schema']],
    ['{"name":"Ann","age":31', ['not_json']],
  ])('%s', (text, vetoes) => {
    expect(schemaVetoes(PERSON, text)).toEqual(vetoes);
  });

  test.each([
    'https://json-schema.org/draft/2020-12/schema',
    'http://json-schema.org/draft-07/schema#',
  ])('whichever draft its schema names (%s)', (draft) => {
    const schema = { ...PERSON, $schema: draft };
    expect(schemaVetoes(schema, '{"name":"Ann","age":31}')).toEqual([]);
    expect(schemaVetoes(schema, '{"name":"Ann"}')).toEqual(['json_schema']);
  });

  test('tuples of the newest draft are checked, whether or not the schema says that it is one', () => {
    const schema = { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }] };
    expect(schemaVetoes(schema, '["a", 1]')).toEqual([]);
    expect(schemaVetoes(schema, '[1, "a"]')).toEqual(['json_schema']);
  });

  test('references within the schema are followed', () => {
    const schema = {
      type: 'object',
      properties: { home: { $ref: '#/$defs/place' } },
      $defs: { place: { type: 'string' } },
    };
    expect(schemaVetoes(schema, '{"home":"Rome"}')).toEqual([]);
    expect(schemaVetoes(schema, '{"home":7}')).toEqual(['json_schema']);
  });

  test('each pattern of a schema is its own', () => {
    const schema = {
      type: 'object',
      properties: {
        id: { type: 'string', pattern: '^a+$' },
        code: { type: 'string', pattern: '^b+$' },
      },
    };
    expect(schemaVetoes(schema, '{"id":"aa","code":"bb"}')).toEqual([]);
    expect(schemaVetoes(schema, '{"id":"aa","code":"aa"}')).toEqual(['json_schema']);
  });

  test('two schemas with one $id do not get in each other’s way', () => {
    expect(schemaVetoes({ $id: 'x', type: 'string' }, '"a"')).toEqual([]);
    expect(schemaVetoes({ $id: 'x', type: 'number' }, '"a"')).toEqual(['json_schema']);
  });

  test.each([
    ['a reference into nowhere', { $ref: 'https://example.com/schema.json' }],
    ['a type that there is not', { type: 'strin' }],
    ['a pattern with look-ahead', { type: 'string', pattern: '^(?=x)' }],
  ])('a schema with %s is satisfied by nothing, so that the draft escalates', (_what, schema) => {
    expect(schemaVetoes(schema, '"xyz"')).toEqual(['json_schema']);
    expect(schemaVetoes(schema, '"xyz"')).toEqual(['json_schema']);
  });
});

describe('a tool call must be one that can be made', () => {
  const tools: Tool[] = [
    { name: 'clock' },
    {
      name: 'weather',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
      },
    },
  ];

  function callVetoes(name: string, args: string): string[] {
    const reply = replyOf('', {
      toolCalls: [{ id: 'c1', name, arguments: args }],
      finish: 'tool_calls',
    });
    return validators.vetoes({ messages: [], tools }, reply, []);
  }

  test.each([
    ['weather', '{"city":"Rome"}', []],
    ['weather', '{"town":"Rome"}', ['tool_arguments']],
    ['weather', '{"city":"Ro', ['tool_arguments']],
    ['weather', '["Rome"]', ['tool_arguments']],
    ['forecast', '{}', ['unknown_tool']],
    ['clock', '', []],
    ['clock', '{"any":"thing"}', []],
  ])('%s(%s)', (name, args, vetoes) => {
    expect(callVetoes(name, args)).toEqual(vetoes);
  });

  test('one bad call among good ones is enough', () => {
    const good = { id: 'c1', name: 'weather', arguments: '{"city":"Rome"}' };
    const bad = { id: 'c2', name: 'weather', arguments: '{}' };
    const reply = replyOf('', { toolCalls: [good, bad], finish: 'tool_calls' });
    expect(validators.vetoes({ messages: [], tools }, reply, [])).toEqual(['tool_arguments']);
  });
});

describe('an answer must be what its route and its caller expect', () => {
  test.each([
    [{ keywords: ['Refund', 'DAYS'] }, 'A refund takes five days.', []],
    [{ keywords: ['refund', 'weeks'] }, 'A refund takes five days.', ['missing_keyword']],
    [{ pattern: '#### -?[0-9]+' }, 'Six times seven.\n#### 42', []],
    [{ pattern: '#### -?[0-9]+' }, 'Six times seven is 42', ['pattern']],
    [{ minCharacters: 3 }, 'no', ['too_short']],
    [{ maxCharacters: 3 }, 'long', ['too_long']],
    [{ minCharacters: 4, maxCharacters: 4 }, 'long', []],
  ])('%j', (expected, text, vetoes) => {
    expect(validators.vetoes({ messages: [] }, replyOf(text), [expected])).toEqual(vetoes);
  });

  test('what two sides expect alike is named once', () => {
    const expected = { keywords: ['yes'] };
    expect(validators.vetoes({ messages: [] }, replyOf('no'), [expected, expected])).toEqual([
      'missing_keyword',
    ]);
  });

  test.each(['(a)\\1', '(?<=x)y', '['])('the pattern %s is the caller’s mistake', (pattern) => {
    expect(() => validators.vetoes({ messages: [] }, replyOf('aa'), [{ pattern }])).toThrow(
      expect.objectContaining({ kind: 'invalid_request', param: 'weir.expect.pattern' }),
    );
  });

  test('a pattern made to explode takes no time', () => {
    const text = `${'a'.repeat(20_000)}!`;
    const began = performance.now();
    expect(validators.vetoes({ messages: [] }, replyOf(text), [{ pattern: '^(a+)+$' }])).toEqual([
      'pattern',
    ]);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
