import type { DraftLabelled, LabelSource } from '@weir/core';
import { makeDraftLabelled } from '@weir/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SIGNAL_SET } from '../signals/index.ts';
import { LabelMemory } from './label-memory.ts';

const EXAMPLE = {
  endpoint: 'endpoint-1',
  signals: { set: SIGNAL_SET, values: [-0.1] },
  ngrams: [3, 5],
  relativeCost: 1.2,
};
const ALL = { endpoint: 'endpoint-1', fromMs: 0, draftCostShare: 0.06 };

function label(changes: Partial<DraftLabelled> = {}): DraftLabelled {
  return makeDraftLabelled({ requestId: 'r-1', example: EXAMPLE, labelledAtMs: 1000, ...changes });
}

/** What users say carries no words and no endpoint. */
function feedback(changes: Partial<DraftLabelled> = {}): DraftLabelled {
  const example = { ...EXAMPLE, endpoint: '', ngrams: [] };
  const more = { source: 'feedback', frontierRight: null, propensity: 1, sampled: false } as const;
  return label({ labelId: 'r-1.label.feedback.1', example, ...more, ...changes });
}

function memoryOf(labels: readonly DraftLabelled[], keep = 100): LabelMemory {
  const memory = new LabelMemory('support', keep);
  for (const each of labels) memory.take(each);
  return memory;
}

test('a label becomes a row', () => {
  expect(memoryOf([label()]).rows(ALL)).toEqual([
    {
      group: 'support',
      signals: [-0.1],
      ngrams: [3, 5],
      draftRight: 1,
      frontierRight: 1,
      weight: 1,
      propensity: 0.02,
      draftCost: 0.06,
      frontierCost: 1.2,
      atMs: 1000,
      sampled: true,
    },
  ]);
});

describe('of one request', () => {
  const owner = label({ source: 'owner', draftRight: 0, frontierRight: null, sampled: false });
  const user = feedback({ draftRight: 0.2, labelledAtMs: 3000 });

  test('the strongest word counts, whoever spoke first, and what it leaves open is filled in', () => {
    const shadow = label({ source: 'shadow' });
    for (const labels of [
      [owner, shadow, user],
      [user, shadow, owner],
      [shadow, user, owner],
    ]) {
      const [row, ...others] = memoryOf(labels).rows(ALL);
      expect(others).toEqual([]);
      expect(row).toMatchObject({ draftRight: 0, frontierRight: 1, weight: 1, sampled: true });
      expect(row).toMatchObject({ propensity: 0.02, ngrams: [3, 5], atMs: 1000 });
    }
  });

  test('what a user thinks does not move what was found out', () => {
    const [row] = memoryOf([label({ source: 'escalation' }), user]).rows(ALL);
    expect(row).toMatchObject({ draftRight: 1, weight: 1 });
  });

  test('a label that comes twice is one', () => {
    expect(memoryOf([label(), label(), label()]).rows(ALL)).toHaveLength(1);
  });

  test('the newest of a source counts, in whatever order they come', () => {
    const early = label({ source: 'owner', labelId: 'r-1.label.owner.1', draftRight: 1 });
    const late = { ...early, labelId: 'r-1.label.owner.2', draftRight: 0, labelledAtMs: 9000 };
    for (const labels of [
      [early, late],
      [late, early],
    ]) {
      expect(memoryOf(labels).rows(ALL)).toMatchObject([{ draftRight: 0 }]);
    }
  });

  test('a late word does not make the request a new one', () => {
    const late = { ...owner, labelledAtMs: 999_000 };
    expect(memoryOf([label(), late]).rows(ALL)).toMatchObject([{ atMs: 1000 }]);
  });

  test('a label about the frontier alone makes no row', () => {
    expect(memoryOf([feedback({ draftRight: null, frontierRight: 0 })]).rows(ALL)).toEqual([]);
  });
});

test('in any order, with anything doubled, labels come to the same rows', () => {
  const sources: LabelSource[] = ['owner', 'shadow', 'escalation', 'judge', 'feedback'];
  const arbitrary = fc
    .record({
      request: fc.integer({ min: 1, max: 6 }),
      source: fc.constantFrom(...sources),
      draftRight: fc.constantFrom(0, 1),
      atMs: fc.integer({ min: 1, max: 50 }),
    })
    .map(({ request, source, draftRight, atMs }) => {
      const labelId = `r-${request}.label.${source}.${atMs}`;
      const sampled = source === 'shadow';
      return label({
        requestId: `r-${request}`,
        labelId,
        source,
        draftRight,
        sampled,
        labelledAtMs: atMs,
      });
    });
  const labels = fc.uniqueArray(arbitrary, { selector: ({ labelId }) => labelId, maxLength: 15 });
  const both = labels.chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length }),
    ),
  );
  fc.assert(
    fc.property(both, ([inOrder, shuffled]) => {
      const rows = (of: readonly DraftLabelled[]) =>
        memoryOf(of)
          .rows(ALL)
          .map((row) => JSON.stringify(row))
          .sort();
      expect(rows(shuffled)).toEqual(rows(inOrder));
    }),
  );
});

describe('users', () => {
  const seen = (at: number) => label({ requestId: `r-${at}`, decision: 'accept', model: 'v-1' });
  const said = (at: number) =>
    feedback({
      requestId: `u-${at}`,
      labelId: `u-${at}.label.feedback.1`,
      model: 'v-1',
      draftRight: 0,
    });

  test('are believed a little, and never in what certificates rest on', () => {
    const labels = [...Array.from({ length: 10 }, (_, at) => seen(at)), said(1)];
    const weak = memoryOf(labels)
      .rows(ALL)
      .filter(({ weight }) => weight < 1);
    expect(weak).toMatchObject([{ weight: 0.3, sampled: false, frontierRight: null }]);
  });

  test('are believed less where they are many, all together for a fifth of what was found out', () => {
    const labels = [seen(1), seen(2), ...Array.from({ length: 40 }, (_, at) => said(at))];
    const rows = memoryOf(labels).rows(ALL);
    expect(rows).toHaveLength(42);
    const weak = rows.filter(({ weight }) => weight < 1).reduce((sum, row) => sum + row.weight, 0);
    expect(weak).toBeCloseTo(0.4, 9);
  });

  test('alone teach nothing', () => {
    expect(memoryOf([said(1), said(2)]).rows({ ...ALL, endpoint: '' })).toEqual([]);
    expect(memoryOf([said(1)]).endpoint).toBeUndefined();
  });

  test('of a model that nobody knows the endpoint of are not heard', () => {
    const other = { ...said(1), model: 'v-2' };
    expect(memoryOf([seen(1), seen(2), other]).rows(ALL)).toHaveLength(2);
  });
});

describe('an endpoint', () => {
  const from = (endpoint: string, at: number) =>
    label({ requestId: `${endpoint}-${at}`, example: { ...EXAMPLE, endpoint } });
  const many = (endpoint: string, count: number) =>
    Array.from({ length: count }, (_, at) => from(endpoint, at));

  test('is given up when none of late were of it', () => {
    const memory = memoryOf([...many('old', 30), ...many('new', 19)]);
    expect(memory.endpoint).toBe('old');
    memory.take(from('new', 19));
    expect(memory.endpoint).toBe('new');
    expect(memory.rows({ ...ALL, endpoint: 'new' })).toHaveLength(20);
    expect(memory.rows({ ...ALL, endpoint: 'old' })).toHaveLength(30);
  });

  test('that takes turns with another stays', () => {
    const labels = many('one', 40).flatMap((each, at) => [each, from('two', at)]);
    expect(memoryOf(labels).endpoint).toBe('one');
  });

  test('that nobody told is one, too', () => {
    expect(memoryOf(many('', 3)).endpoint).toBe('');
  });
});

test('rows of other signals, of other endpoints and from before do not count', () => {
  const other = { ...EXAMPLE, signals: { set: 'another', values: [1] } };
  const labels = [
    label({ requestId: 'a', example: other }),
    label({ requestId: 'b', example: { ...EXAMPLE, endpoint: 'endpoint-2' } }),
    label({ requestId: 'c', labelledAtMs: 99 }),
    label({ requestId: 'd', labelledAtMs: 100 }),
  ];
  expect(memoryOf(labels).rows({ ...ALL, fromMs: 100 })).toHaveLength(1);
});

test('figures that cannot be are left out', () => {
  const labels = [Number.NaN, -1, 7].map((draftRight, at) =>
    label({ requestId: `r${at}`, draftRight }),
  );
  expect(memoryOf(labels).rows(ALL)).toEqual([]);
  const odd = label({ propensity: 0, example: { ...EXAMPLE, relativeCost: -3 }, frontierRight: 9 });
  expect(memoryOf([odd]).rows(ALL)).toMatchObject([
    { propensity: 1, frontierCost: null, draftCost: null, frontierRight: null },
  ]);
});

test('the newest are kept, and the uniform sample does not give way to what there is more of', () => {
  const memory = new LabelMemory('support', 100);
  for (let at = 0; at < 60; at++) memory.take(label({ requestId: `s-${at}`, labelledAtMs: at }));
  for (let at = 0; at < 500; at++) {
    memory.take(label({ requestId: `o-${at}`, sampled: false, labelledAtMs: 100 + at }));
  }
  const rows = memory.rows(ALL);
  expect(rows).toHaveLength(100);
  expect(rows.filter(({ sampled }) => sampled).map(({ atMs }) => atMs)).toEqual(
    Array.from({ length: 50 }, (_, at) => 10 + at),
  );
  expect(rows.at(-1)?.atMs).toBe(599);
});

test('it is known whose word the rows have', () => {
  const memory = memoryOf([
    label({ requestId: 'a', source: 'shadow' }),
    label({ requestId: 'a', source: 'owner', draftRight: 0 }),
    label({ requestId: 'b', source: 'escalation' }),
    label({ requestId: 'c', source: 'escalation' }),
    label({ requestId: 'd', source: 'escalation', labelledAtMs: 5 }),
  ]);
  expect([...memory.sources({ endpoint: 'endpoint-1', fromMs: 10 })].sort()).toEqual([
    ['escalation', 2],
    ['owner', 1],
  ]);
});
