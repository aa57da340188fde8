import { Fault, NO_USAGE, type ProviderEvent } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dataIn, fixture, replay, says } from './replay.fixture.ts';
import { reader } from './stream.ts';

function state(outline: unknown): string {
  return `openai-responses:${JSON.stringify(outline)}`;
}

function used(usage: Partial<typeof NO_USAGE>, serviceTier?: string): ProviderEvent {
  return { type: 'usage', report: { usage: { ...NO_USAGE, ...usage }, serviceTier } };
}

const EXPECTED: Record<string, ProviderEvent[]> = {
  plain: [
    { type: 'identity', model: 'gpt-test', upstreamId: 'resp_plain' },
    { type: 'text-delta', text: 'Genève ' },
    { type: 'text-delta', text: 'lies on a lake 🏞️.' },
    { type: 'identity', model: 'gpt-test-2026-08-01', upstreamId: 'resp_plain' },
    { type: 'finish', reason: 'stop' },
    used({ inputTokens: 8, cacheReadTokens: 32, outputTokens: 9 }, 'flex'),
    { type: 'done' },
  ],
  crlf: [
    { type: 'identity', model: 'gpt-test', upstreamId: 'resp_crlf' },
    { type: 'text-delta', text: 'Genève ' },
    { type: 'text-delta', text: 'lies on a lake 🏞️.' },
    { type: 'finish', reason: 'stop' },
    used({ inputTokens: 40, outputTokens: 9 }),
    { type: 'done' },
  ],
  tools: [
    { type: 'identity', model: 'gpt-think', upstreamId: 'resp_tools' },
    { type: 'text-delta', text: 'I shall look.' },
    { type: 'reasoning-delta', text: 'Both at ' },
    { type: 'reasoning-delta', text: 'once.' },
    { type: 'tool-delta', index: 0, id: 'call_a', name: 'weather', arguments: '' },
    { type: 'tool-delta', index: 0, arguments: '{"city":' },
    { type: 'tool-delta', index: 0, arguments: '"Köln"}' },
    { type: 'tool-delta', index: 1, id: 'call_b', name: 'time', arguments: '' },
    { type: 'tool-delta', index: 1, arguments: '{}' },
    {
      type: 'reasoning-delta',
      text: '',
      state: state([
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'enc-one==' },
        { type: 'message', characters: 13, phase: 'commentary' },
        { type: 'reasoning', id: 'rs_2', summary: ['Both at once.'], encrypted_content: 'enc-two' },
        { type: 'function_call' },
        { type: 'function_call' },
      ]),
    },
    { type: 'finish', reason: 'tool_calls' },
    used({ inputTokens: 16, cacheWriteOtherTokens: 64, outputTokens: 120, reasoningTokens: 90 }),
    { type: 'done' },
  ],
  thinking: [
    { type: 'identity', model: 'gpt-think', upstreamId: 'resp_think' },
    { type: 'reasoning-delta', text: '**Counting**\n\n' },
    { type: 'reasoning-delta', text: 'Two and two.' },
    { type: 'reasoning-delta', text: '\n\n**Checking**' },
    { type: 'text-delta', text: 'Four.' },
    {
      type: 'reasoning-delta',
      text: '',
      state: state([
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: ['**Counting**\n\nTwo and two.', '**Checking**'],
          encrypted_content: 'enc',
        },
        { type: 'message', characters: 5 },
      ]),
    },
    { type: 'finish', reason: 'stop' },
    used({ inputTokens: 10, outputTokens: 60, reasoningTokens: 55 }),
    { type: 'done' },
  ],
  refusal: [
    { type: 'identity', model: 'gpt-test', upstreamId: 'resp_no' },
    { type: 'refusal-delta', text: 'I cannot ' },
    { type: 'refusal-delta', text: 'help with that.' },
    { type: 'finish', reason: 'stop' },
    used({ inputTokens: 20, outputTokens: 7 }),
    { type: 'done' },
  ],
  incomplete: [
    { type: 'identity', model: 'gpt-test', upstreamId: 'resp_cutoff' },
    { type: 'text-delta', text: 'The river ' },
    { type: 'text-delta', text: 'runs' },
    { type: 'finish', reason: 'length' },
    used({ inputTokens: 9, outputTokens: 16 }),
    { type: 'done' },
  ],
  filtered: [
    { type: 'identity', model: 'gpt-test', upstreamId: 'resp_filter' },
    { type: 'text-delta', text: 'Well' },
    { type: 'finish', reason: 'content_filter' },
    used({ inputTokens: 9, outputTokens: 1 }),
    { type: 'done' },
  ],
  unstreamed: [
    { type: 'identity', model: 'gpt-azure', upstreamId: 'resp_late' },
    { type: 'text-delta', text: 'Wait.' },
    { type: 'tool-delta', index: 0, id: 'call_a', name: 'weather', arguments: '' },
    { type: 'tool-delta', index: 0, arguments: '{"city":"Ulm"}' },
    { type: 'finish', reason: 'tool_calls' },
    used({ inputTokens: 30, outputTokens: 12 }),
    { type: 'done' },
  ],
  bare: [
    { type: 'identity', model: '', upstreamId: 'resp_bare' },
    { type: 'reasoning-delta', text: 'Look it ' },
    { type: 'reasoning-delta', text: 'up.' },
    { type: 'text-delta', text: 'Par' },
    { type: 'text-delta', text: 'is.' },
    { type: 'tool-delta', index: 0, id: 'fc_x', name: 'nod', arguments: '' },
    { type: 'tool-delta', index: 0, arguments: '{' },
    { type: 'tool-delta', index: 0, arguments: '}' },
    { type: 'identity', model: 'local', upstreamId: 'resp_bare' },
    { type: 'finish', reason: 'tool_calls' },
    {
      type: 'usage',
      report: { usage: { ...NO_USAGE, inputTokens: 9, cacheReadTokens: 8, outputTokens: 10 } },
    },
    { type: 'done' },
    { type: 'done' },
  ],
  cut: [
    { type: 'identity', model: 'gpt-test', upstreamId: 'resp_cut' },
    { type: 'text-delta', text: 'Half of' },
  ],
};

describe('a recorded stream says the same at every split of its bytes', () => {
  test.each(Object.keys(EXPECTED))('%s', (name) => {
    const whole = fixture(name);
    for (let at = 0; at <= whole.length; at++) {
      expect(replay([whole.subarray(0, at), whole.subarray(at)])).toEqual(EXPECTED[name]);
    }
  });

  test('byte by byte too', () => {
    for (const [name, events] of Object.entries(EXPECTED)) {
      const whole = fixture(name);
      const single = Array.from(whole, (_byte, at) => whole.subarray(at, at + 1));
      expect(replay(single), name).toEqual(events);
    }
  });
});

test('a chunk may hold several tokens: tokens are counted, chunks are not', () => {
  const whole = fixture('logprobs');
  const events = replay([whole]);
  for (let at = 0; at <= whole.length; at++) {
    expect(replay([whole.subarray(0, at), whole.subarray(at)])).toEqual(events);
  }
  const texts = events.filter((event) => event.type === 'text-delta');
  expect(texts.map(({ text }) => text)).toEqual(['The sum', ' is 42.']);
  expect(texts.flatMap(({ tokens }) => tokens?.map(({ token }) => token))).toEqual([
    'The',
    ' sum',
    ' is',
    ' 42',
    '.',
  ]);
});

function faultOf(chunks: readonly Uint8Array[]): Fault {
  const stream = reader();
  const data = dataIn(chunks);
  try {
    for (const event of data) stream.read(event);
    stream.read('{}');
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    return error as Fault;
  }
  throw new Error('Nothing was wrong.');
}

describe('a stream that breaks is a fault, whatever status it began with', () => {
  test.each([
    ['failed', 'upstream_unavailable'],
    ['limited', 'upstream_rate_limited'],
  ])('%s is %s at every split of its bytes, and what the error said stays out', (name, kind) => {
    const whole = fixture(name);
    for (let at = 0; at <= whole.length; at++) {
      const fault = faultOf([whole.subarray(0, at), whole.subarray(at)]);
      expect(fault.kind).toBe(kind);
      expect(fault.message).not.toContain('secret');
      expect(String(fault.cause)).not.toContain('secret');
    }
  });

  test('what a failed response used is told before the fault', () => {
    const events = replay([fixture('failed')]);
    expect(events.at(-1)).toEqual(used({ inputTokens: 20, outputTokens: 3 }));
    expect(events.map(({ type }) => type)).not.toContain('finish');
  });

  test.each([
    [{ type: 'error', code: 'server_error', message: 'm', param: null }, 'upstream_unavailable'],
    [{ type: 'error', error: { type: 'too_many_requests' } }, 'upstream_rate_limited'],
    [{ type: 'error', code: 'context_length_exceeded' }, 'context_overflow'],
    [{ type: 'error', code: 'insufficient_quota' }, 'upstream_rejected'],
    [{ error: { message: 'm' } }, 'upstream_unavailable'],
    [{ type: 'response.failed', response: { error: null } }, 'upstream_unavailable'],
    [
      { type: 'response.failed', response: { error: { code: 'invalid_prompt' } } },
      'content_filtered',
    ],
    [
      { type: 'response.failed', response: { error: { code: 'invalid_image' } } },
      'invalid_request',
    ],
    [{ type: 'response.completed', response: { status: 'cancelled' } }, 'upstream_invalid'],
    [{ type: 'response.completed', response: { status: 'in_progress' } }, 'upstream_invalid'],
    [{ type: 'response.function_call_arguments.delta', delta: '{' }, 'upstream_invalid'],
  ])('%j is %s', (event, kind) => {
    expect(() => says(event)).toThrow(expect.objectContaining({ kind }));
  });

  test.each(['{"type":"response.out', 'junk', '', 'null', '7', '"text"'])(
    'an event that is no JSON object (%s) is invalid',
    (data) => {
      expect(() => reader().read(data)).toThrow(
        expect.objectContaining({ kind: 'upstream_invalid' }),
      );
    },
  );
});

const ADDED = { type: 'response.output_item.added', output_index: 0 };
const DONE = { type: 'response.output_item.done', output_index: 0 };
const COMPLETED = { type: 'response.completed', response: { status: 'completed' } };

function textOf(events: readonly ProviderEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
}

describe('an item is told once', () => {
  const message = (text: string) => ({
    type: 'message',
    id: 'm',
    content: [{ type: 'output_text', text }],
  });
  const delta = { type: 'response.output_text.delta', output_index: 0, delta: 'Par' };

  test('by its end alone, where it came in no pieces', () => {
    expect(textOf(says({ ...DONE, item: message('Paris.') }, COMPLETED))).toBe('Paris.');
  });

  test('by its end as far as its pieces did not tell it', () => {
    expect(textOf(says(delta, { ...DONE, item: message('Paris.') }))).toBe('Paris.');
  });

  test('by its pieces where its end says something else', () => {
    expect(textOf(says(delta, { ...DONE, item: message('London') }))).toBe('Par');
  });

  test('by the response alone, where nothing of its kind was told', () => {
    const completed = { type: 'response.completed', response: { output: [message('Paris.')] } };
    expect(textOf(says(completed))).toBe('Paris.');
    expect(textOf(says(delta, { ...completed, response: { output: [message('London')] } }))).toBe(
      'Par',
    );
  });

  test('also where its server names no item at all', () => {
    const piece = (delta: string) => ({ type: 'response.output_text.delta', delta });
    const thought = (delta: string) => ({ type: 'response.reasoning_text.delta', delta });
    const events = says(thought('a'), thought('b'), piece('c'), piece('d'), COMPLETED);
    expect(events.slice(0, 4)).toEqual([
      { type: 'reasoning-delta', text: 'a' },
      { type: 'reasoning-delta', text: 'b' },
      { type: 'text-delta', text: 'c' },
      { type: 'text-delta', text: 'd' },
    ]);
  });

  test('though a tool call has an id of its own: what answers it goes by the other one', () => {
    const item = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '' };
    const [first] = says({ ...ADDED, item }, { ...DONE, item: { ...item, arguments: '{}' } });
    expect(first).toEqual({ type: 'tool-delta', index: 0, id: 'call_1', name: 'f', arguments: '' });
  });
});

test('a response without an encrypted thought or a phase leaves nothing to be brought back', () => {
  const item = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: null };
  const events = says({ ...ADDED, item }, { ...DONE, item }, COMPLETED);
  expect(events).toEqual([{ type: 'finish', reason: 'stop' }, { type: 'done' }]);
});

test('usage that cannot be true is told as such, so that the cost is estimated rather than wrong', () => {
  const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 900 };
  expect(says({ type: 'response.completed', response: { usage } })).toEqual([
    { type: 'finish', reason: 'stop' },
    { type: 'usage-refused', reason: 'usage_inconsistent' },
    { type: 'done' },
  ]);
});

test('a place that is no number is a place like any other', () => {
  const place = { toString: 1, valueOf: 1 };
  const begun = { type: 'response.output_item.added', item: { type: 'reasoning', summary: [] } };
  const piece = { type: 'response.reasoning_summary_text.delta', delta: 'Hm.' };
  expect(says(begun, { ...piece, summary_index: place })).toContainEqual({
    type: 'reasoning-delta',
    text: 'Hm.',
  });
});

test('no event off the wire, however strange, ends in anything but events or a fault', () => {
  const type = fc.constantFrom(
    'response.created',
    'response.output_item.added',
    'response.output_text.delta',
    'response.reasoning_summary_text.delta',
    'response.refusal.delta',
    'response.output_item.done',
    'response.completed',
    'response.incomplete',
    'response.failed',
    'error',
    'news',
  );
  const place = fc.constantFrom(
    'response',
    'item',
    'delta',
    'output_index',
    'item_id',
    'summary_index',
    'logprobs',
    'error',
  );
  const inner = fc.constantFrom(
    '',
    'type',
    'output',
    'content',
    'summary',
    'usage',
    'status',
    'error',
    'arguments',
    'id',
  );
  const kind = fc.constantFrom('message', 'reasoning', 'function_call');
  const event = fc
    .tuple(type, place, inner, kind, fc.jsonValue())
    .map(([type, place, inner, kind, value]) => ({
      type,
      [place]: inner ? { type: kind, [inner]: value } : value,
    }));
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), (events) => {
      try {
        says(...events);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 1000 },
  );
});
