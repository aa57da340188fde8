import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dataIn, fixture, normal, replay, says } from './replay.fixture.ts';
import { fromBody } from './response.ts';

describe('a stream comes to what its twin says, which is the response that its last event holds', () => {
  test.each([
    'plain',
    'crlf',
    'logprobs',
    'tools',
    'thinking',
    'refusal',
    'incomplete',
    'filtered',
    'unstreamed',
  ])('%s', (name) => {
    const whole = fixture(name);
    const last = dataIn([whole]).findLast((data) => data.includes('"response":'));
    const { response } = JSON.parse(last ?? '') as { response: unknown };
    expect(normal(replay([whole]))).toEqual(fromBody(JSON.stringify(response)));
  });
});

const words = fc.string({ unit: 'grapheme', maxLength: 12 });
const anyItem = fc.oneof(
  fc.record({
    type: fc.constant('message'),
    phase: fc.constantFrom('commentary', null),
    texts: fc.array(words, { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant('refusal'), texts: fc.array(words, { maxLength: 2 }) }),
  fc.record({
    type: fc.constant('reasoning'),
    encrypted: fc.constantFrom('enc', null),
    texts: fc.array(words, { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant('function_call'), name: fc.string(), texts: fc.tuple(words) }),
  fc.record({ type: fc.constant('web_search_call'), texts: fc.constant([]) }),
);
type AnyItem = { readonly type: string; readonly texts: readonly string[] } & Record<
  string,
  unknown
>;

/** The item as it stands in a whole response. */
function wireItem({ type, texts, ...more }: AnyItem, index: number): Record<string, unknown> {
  const id = `item_${index}`;
  switch (type) {
    case 'message': {
      const content = texts.map((text) => ({ type: 'output_text', text, logprobs: [] }));
      return { id, type, content, phase: more['phase'] };
    }
    case 'refusal': {
      const content = texts.map((refusal) => ({ type: 'refusal', refusal }));
      return { id, type: 'message', content };
    }
    case 'reasoning': {
      const summary = texts.map((text) => ({ type: 'summary_text', text }));
      return { id, type, summary, encrypted_content: more['encrypted'] };
    }
    case 'function_call':
      return { id, type, call_id: `call_${index}`, name: more['name'], arguments: texts[0] };
    default:
      return { id, type };
  }
}

const DELTAS: Record<string, readonly [event: string, index: string]> = {
  message: ['output_text', 'content_index'],
  refusal: ['refusal', 'content_index'],
  reasoning: ['reasoning_summary_text', 'summary_index'],
  function_call: ['function_call_arguments', ''],
};

/** The events by which an item is streamed, each of its texts cut at the given place. */
function streamed(item: AnyItem, output_index: number, cut: number): unknown[] {
  const wire = wireItem(item, output_index);
  const [event, index] = DELTAS[item.type] ?? [];
  const pieces = item.texts.flatMap((text, at) =>
    [text.slice(0, cut), text.slice(cut)].map((delta) => ({
      type: `response.${event}.delta`,
      output_index,
      ...(index && { [index]: at }),
      delta,
    })),
  );
  const empty = {
    ...wire,
    content: [],
    summary: [],
    ...(wire['arguments'] !== undefined && { arguments: '' }),
  };
  return [
    { type: 'response.output_item.added', output_index, item: empty },
    ...pieces,
    { type: 'response.output_item.done', output_index, item: wire },
  ];
}

const count = fc.nat({ max: 1_000_000 });
const anyResponse = fc.record({
  id: fc.string({ minLength: 1 }),
  model: fc.string({ minLength: 1 }),
  status: fc.constantFrom('completed', 'incomplete'),
  incomplete_details: fc.constantFrom(null, { reason: 'content_filter' }, { reason: 'news' }),
  service_tier: fc.constantFrom('default', 'flex', null),
  usage: fc.option(
    fc.record({ input_tokens: count, output_tokens: count, total_tokens: fc.option(count) }),
  ),
});

test('a response says the same streamed as whole, however it is cut and whatever its last event repeats', () => {
  fc.assert(
    fc.property(
      anyResponse,
      fc.array(anyItem, { maxLength: 6 }),
      fc.nat({ max: 8 }),
      fc.boolean(),
      (response, items, cut, repeats) => {
        const output = (items as AnyItem[]).map(wireItem);
        const events = says(
          { type: 'response.created', response: { ...response, status: 'in_progress' } },
          ...(items as AnyItem[]).flatMap((item, index) => streamed(item, index, cut)),
          {
            type: `response.${response.status}`,
            response: { ...response, output: repeats ? output : [] },
          },
        );
        expect(normal(events)).toEqual(fromBody(JSON.stringify({ ...response, output })));
      },
    ),
    { numRuns: 500 },
  );
});
