import { readFileSync } from 'node:fs';
import { Fault, NO_USAGE } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBody } from './response.ts';

function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8');
}

function bodyOf(wire: object): string {
  const message = { role: 'assistant', content: 'x' };
  return JSON.stringify({ model: 'm', message, done: true, done_reason: 'stop', ...wire });
}

test('an answer that was thought about, with its use and without the log-probabilities of the thought', () => {
  expect(fromBody(fixture('reply'))).toEqual({
    reply: {
      text: '42.',
      reasoning: 'Six times seven is 42.',
      toolCalls: [],
      finish: 'stop',
      tokens: [
        {
          token: '42',
          logprob: -0.0625,
          top: [
            { token: '42', logprob: -0.0625 },
            { token: 'Forty', logprob: -3 },
          ],
        },
        { token: '.', logprob: -0.03125, top: [{ token: '.', logprob: -0.03125 }] },
      ],
    },
    report: { usage: { ...NO_USAGE, inputTokens: 24, outputTokens: 12 } },
    model: 'thinker',
    upstreamId: '',
  });
});

test('tool calls end an answer, and those without an id get one from the time of their making', () => {
  expect(fromBody(fixture('tool-reply')).reply).toEqual({
    text: '',
    toolCalls: [
      { id: 'call_20261120080007000000123_0', name: 'weather', arguments: '{"city":"Köln"}' },
      { id: 'call_k3v9x0ab', name: 'time', arguments: '{}' },
    ],
    finish: 'tool_calls',
  });
});

describe('ids that are made', () => {
  const idsOf = (created_at: unknown, calls = 2) => {
    const call = { function: { name: 'f', arguments: {} } };
    const message = { content: '', tool_calls: Array.from({ length: calls }, () => call) };
    return fromBody(bodyOf({ created_at, message })).reply.toolCalls.map(({ id }) => id);
  };

  test('are the same for the same reply, and others for any other', () => {
    const times = ['2026-11-20T08:00:00.1Z', '2026-11-20T08:00:00.2Z', '2026-11-20T08:00:01Z'];
    const ids = times.flatMap((time) => idsOf(time));
    expect(new Set(ids).size).toBe(6);
    expect(times.flatMap((time) => idsOf(time))).toEqual(ids);
  });

  test('are letters, digits and underscores, and no longer than anyone takes', () => {
    const times = ['2026-11-20T08:00:00.123456789+01:00', '9'.repeat(1000), 'now', 7, null, {}];
    for (const time of times) {
      for (const id of idsOf(time, 128)) expect(id).toMatch(/^call_\w{1,35}$/);
    }
  });
});

test('a prompt that was not counted, as old servers do where it was cached, leaves the use unknown', () => {
  const { report, refusedUsage } = fromBody(fixture('tool-reply'));
  expect([report, refusedUsage]).toEqual([undefined, undefined]);
});

test.each([
  ['less than nothing', { prompt_eval_count: -1, eval_count: 2 }],
  [
    'more cached than there was',
    { prompt_eval_count: 4, prompt_eval_cached_count: 5, eval_count: 2 },
  ],
  ['words', { prompt_eval_count: 'many', eval_count: 2 }],
])('figures that cannot be true are no figures, and said to be none: %s', (_what, counts) => {
  const { report, refusedUsage } = fromBody(bodyOf(counts));
  expect(report).toBeUndefined();
  expect(refusedUsage).toMatch(/^usage_in/);
});

describe('log-probabilities', () => {
  const tokensOf = (content: string, thinking: string | undefined, ...tokens: string[]) => {
    const logprobs = tokens.map((token) => ({ token, logprob: -1 }));
    const message = { content, ...(thinking !== undefined && { thinking }) };
    return fromBody(bodyOf({ message, logprobs })).reply.tokens?.map(({ token }) => token);
  };

  test('are those of all tokens where nothing but the answer was said', () => {
    expect(tokensOf('The sea.', undefined, 'The', ' sea', '.')).toEqual(['The', ' sea', '.']);
  });

  test('that spell a character in pieces are kept, though they do not spell the text', () => {
    const pieces = ['\u{fffd}', '\u{fffd}', '!'];
    expect(tokensOf('🏞!', undefined, ...pieces)).toEqual(pieces);
  });

  test('that cannot be told from those of a thought are evidence of nothing', () => {
    expect(tokensOf('🏞!', 'A park', 'A', ' park', '\u{fffd}', '\u{fffd}', '!')).toBeUndefined();
    expect(tokensOf('', 'A park', 'A', ' park')).toBeUndefined();
  });

  test('of an answer that its thought had already said are the later ones', () => {
    expect(tokensOf('Yes', 'Yes', 'Yes', '</think>', 'Y', 'es')).toEqual(['Y', 'es']);
  });

  test('of a tool call alone are those that spelled it', () => {
    const call = { function: { name: 'f', arguments: {} } };
    const logprobs = [{ token: '{"name"', logprob: -1 }];
    const wire = { message: { content: '', tool_calls: [call] }, logprobs };
    expect(fromBody(bodyOf(wire)).reply.tokens).toHaveLength(1);
  });

  test('are missing where there are none', () => {
    expect(tokensOf('x', undefined)).toBeUndefined();
    expect(fromBody(bodyOf({ logprobs: null })).reply.tokens).toBeUndefined();
  });
});

describe('how an answer ended', () => {
  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
  ])('"%s" is %s', (done_reason, finish) => {
    expect(fromBody(bodyOf({ done_reason })).reply.finish).toBe(finish);
  });

  test('a limit that cuts between two tool calls is a limit', () => {
    const call = { function: { name: 'f', arguments: {} } };
    const wire = { message: { content: '', tool_calls: [call] }, done_reason: 'length' };
    expect(fromBody(bodyOf(wire)).reply.finish).toBe('length');
  });

  test.each([
    ['an order to load the model', { done_reason: 'load' }],
    ['an order to unload it', { done_reason: 'unload' }],
    ['a runner that was left', { done_reason: undefined }],
    ['a word nobody knows', { done_reason: 'weather' }],
    ['an answer that is not done', { done: false }],
  ])('%s is none', (_what, wire) => {
    expect(() => fromBody(bodyOf(wire))).toThrow(
      expect.objectContaining({ kind: 'upstream_invalid' }),
    );
  });
});

describe('status 200 alone makes no answer', () => {
  test.each([
    ['cut JSON', '{"message":{"content":"Par', 'upstream_invalid'],
    ['a page of HTML', '<html><body>Bad gateway</body></html>', 'upstream_invalid'],
    ['nothing', '', 'upstream_invalid'],
    ['null', 'null', 'upstream_invalid'],
    ['an array', '[]', 'upstream_invalid'],
    ['no message', '{"model":"m","done":true,"done_reason":"stop"}', 'upstream_invalid'],
    ['an error', '{"error":"a secret prompt"}', 'upstream_unavailable'],
    ['an error beside an answer', bodyOf({ error: 'a secret prompt' }), 'upstream_unavailable'],
  ])('%s is a fault', (_what, body, kind) => {
    let thrown: unknown;
    try {
      fromBody(body);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ kind });
    expect((thrown as Fault).message).not.toContain('secret');
  });

  test('nor do arguments too deep to be written down', () => {
    const deep = `${'['.repeat(9000)}${']'.repeat(9000)}`;
    const call = bodyOf({ message: { tool_calls: [{ function: { name: 'f', arguments: '@' } }] } });
    expect(() => fromBody(call.replace('"@"', deep))).toThrow(
      expect.objectContaining({ kind: 'upstream_invalid' }),
    );
  });
});

test('no body, however strange, ends in anything but a reply or a fault', () => {
  const outer = fc.constantFrom(
    'message',
    'logprobs',
    'created_at',
    'done_reason',
    'model',
    'error',
  );
  const inner = fc.constantFrom('content', 'thinking', 'tool_calls', 'function', 'arguments');
  fc.assert(
    fc.property(fc.jsonValue(), fc.oneof(outer, inner), (value, name) => {
      const call = name === 'function' ? { function: value } : { function: { arguments: value } };
      const message =
        name === 'function' || name === 'arguments' ? { tool_calls: [call] } : { [name]: value };
      const isInner = ['content', 'thinking', 'tool_calls', 'function', 'arguments'].includes(name);
      try {
        const { reply } = fromBody(bodyOf(isInner ? { message } : { [name]: value }));
        expect(typeof reply.text).toBe('string');
        for (const { id } of reply.toolCalls) expect(id).not.toBe('');
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 500 },
  );
});
