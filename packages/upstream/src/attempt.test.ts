import {
  type AttemptSettled,
  type CallContext,
  type ChatRequest,
  Fault,
  formatEvent,
  type GpuTime,
  type Journal,
  NO_USAGE,
  parseEvent,
  settleLost,
  type UsageErrorCode,
  type UsageReport,
} from '@weir/core';
import {
  costOfAttempt,
  formatPrices,
  type Price,
  PriceBook,
  type PriceHistory,
  parsePrices,
  timeless,
} from '@weir/pricing';
import { DIALECTS } from '@weir/providers';
import { Metrics } from '@weir/runtime';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Attempt, type AttemptEnd } from './attempt.ts';
import type { Deployment } from './deployment.ts';
import { MoneyAlarms } from './money-alarms.ts';

const DEPLOYMENT: Deployment = {
  name: 'acme/small',
  provider: 'acme',
  model: 'small-1',
  dialect: DIALECTS.openai,
  baseUrl: 'http://127.0.0.1:1/v1',
  headers: {},
  timeouts: { connectMs: 1000, firstTokenMs: 1000, idleMs: 1000, totalMs: 1000 },
  breaker: { failurePercentage: 50, minCalls: 5, windowMs: 1000, resetAfterMs: 1000 },
  maxConnections: 1,
  maxReplyBytes: 1000,
  maxOutputTokens: 100,
  unsupportedParameters: 'refuse',
  onCancel: 'abort',
};
const CONTEXT: CallContext = {
  requestId: 'req_1',
  tenant: 'acme',
  keyId: 'k1',
  route: 'support',
  deadlineAtMs: 10_000,
  attemptsLeft: 4,
  tags: {},
};
const NOW_MS = Date.UTC(2026, 10, 22);
const NO_TIME: GpuTime = { micros: 0, beforeMicros: 0 };
const SEEN = { tokens: 3, characters: 40 };

/** One attempt from its beginning to its bill, and what was said of it. */
class Scene {
  readonly clock = { nowMs: () => NOW_MS, monotonicMs: () => 0 };
  readonly metrics = new Metrics('test');
  readonly warnings: object[] = [];
  readonly alarms: MoneyAlarms;
  readonly prices: PriceBook;
  readonly settled: AttemptSettled[] = [];
  readonly conditions: Deployment['conditions'];

  constructor(history: PriceHistory, conditions?: Deployment['conditions']) {
    this.conditions = conditions;
    this.prices = new PriceBook(new Map([['acme/small-1', history]]), 'h');
    const warn = (fields: object) => this.warnings.push(fields);
    this.alarms = new MoneyAlarms(this.metrics, { warn } as never);
  }

  begin(): Attempt {
    const place = { context: CONTEXT, role: 'direct', tier: 'direct', number: 1 } as const;
    const chat: ChatRequest = { messages: [{ role: 'user', content: 'Capital of France?' }] };
    const journal: Journal = {
      open: async () => {},
      settle: (attempt) => this.settled.push(attempt),
      record: () => {},
    };
    const { prices, clock, alarms, conditions } = this;
    const deployment = { ...DEPLOYMENT, conditions };
    return new Attempt(place, chat, deployment, { journal, prices, clock, alarms });
  }

  settle(end: Partial<AttemptEnd['heard']> & { fault?: Fault; free?: boolean }, time = NO_TIME) {
    const { report, refused, seen = SEEN, fault, free = false } = end;
    return this.begin().settle({ fault, free, heard: { report, refused, seen } }, time);
  }

  async counted(name: string): Promise<number> {
    const { text } = await this.metrics.render();
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }
}

const count = fc.nat({ max: 1_000_000 });
const rate = fc.bigInt({ min: 0n, max: 100_000_000n });
const rates = fc.record({ inputPicoUsd: rate, outputPicoUsd: rate, cacheReadPicoUsd: rate });
const price: fc.Arbitrary<Price> = fc.oneof(
  fc.record(
    {
      inputPicoUsd: rate,
      outputPicoUsd: rate,
      contextTiers: fc.array(
        rates.map((all) => ({ ...all, thresholdTokens: 1000, operator: 'gt' as const })),
        { maxLength: 1 },
      ),
      serviceTiers: fc.record({ flex: rates }),
      multipliers: fc.constant([
        { when: { speed: 'fast' }, perMille: 1333 },
        { when: { processing_region: 'eu' }, perMille: 1100 },
      ]),
      fees: fc.record({ web_search: rate }),
    },
    { requiredKeys: ['inputPicoUsd', 'outputPicoUsd'], noNullPrototype: true },
  ),
  fc.record({ gpu: fc.record({ picoUsdPerGpuHour: rate, gpus: fc.integer({ min: 1, max: 9 }) }) }),
);
const usage = fc.record({
  inputTokens: count,
  cacheReadTokens: count,
  cacheWrite5mTokens: count,
  cacheWrite1hTokens: count,
  cacheWriteOtherTokens: count,
  outputTokens: count,
  reasoningTokens: fc.constant(0),
});
const report: fc.Arbitrary<UsageReport> = fc.record(
  {
    usage,
    serviceTier: fc.constantFrom('flex', 'default', 'scale'),
    conditions: fc.constant({ speed: 'fast' }),
    fees: fc.record({ web_search: fc.nat({ max: 5 }) }),
    reportedPicoUsd: rate,
    incomplete: fc.constant(['outputTokens' as const]),
  },
  { requiredKeys: ['usage'], noNullPrototype: true },
);
const conditions = fc.constantFrom(undefined, { processing_region: 'eu' }, { speed: 'slow' });
const ends = fc.record(
  {
    report,
    fault: fc.constantFrom('cancelled' as const, 'upstream_invalid' as const),
    free: fc.boolean(),
  },
  { requiredKeys: [], noNullPrototype: true },
);

function again(event: AttemptSettled, prices: PriceBook): bigint | null {
  try {
    return costOfAttempt(event, prices).picoUsd;
  } catch {
    return null;
  }
}

test('what an attempt cost can be computed again, from its event and the prices that its hash names', () => {
  fc.assert(
    fc.property(price, conditions, ends, count, count, (at, under, end, micros, beforeMicros) => {
      const scene = new Scene(timeless(at), under);
      const fault = end.fault && new Fault(end.fault, 'x');
      const { fault: _word, ...heard } = end;
      // Nothing is free that did not fail.
      const free = fault !== undefined && end.free === true && end.report === undefined;
      const time = { micros, beforeMicros };
      const settled = scene.settle({ ...heard, free, ...(fault && { fault }) }, time);
      const event = parseEvent(formatEvent(settled)) as AttemptSettled;
      expect(event).toEqual(JSON.parse(JSON.stringify(settled, bigints), backToBigints));
      const kept = new PriceBook(parsePrices(formatPrices(scene.prices.prices)), 'h');
      expect(again(event, kept)).toBe(event.costPicoUsd);
    }),
  );
});

const bigints = (_name: string, value: unknown) =>
  typeof value === 'bigint' ? `${value}n` : value;
const backToBigints = (_name: string, value: unknown) =>
  typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;

test('what is true of every call of a deployment moves its price, and what a reply says of it goes first', () => {
  const priced = timeless({
    inputPicoUsd: 10n,
    outputPicoUsd: 10n,
    multipliers: [
      { when: { processing_region: 'eu' }, perMille: 1100 },
      { when: { speed: 'fast' }, perMille: 2000 },
    ],
  });
  const scene = new Scene(priced, { processing_region: 'eu', speed: 'fast' });
  const used = { ...NO_USAGE, inputTokens: 100 };
  const costOf = (said: UsageReport) => scene.settle({ report: said });
  expect(costOf({ usage: used })).toMatchObject({
    costPicoUsd: 2200n,
    metering: { conditions: { processing_region: 'eu', speed: 'fast' } },
  });
  expect(costOf({ usage: used, conditions: { speed: 'slow' } })).toMatchObject({
    costPicoUsd: 1100n,
    metering: { conditions: { processing_region: 'eu', speed: 'slow' } },
  });
  expect(new Scene(priced).settle({ report: { usage: used } })).toMatchObject({
    costPicoUsd: 1000n,
    metering: null,
  });
});

test('a book that has changed since says the same of what came before the change', () => {
  fc.assert(
    fc.property(price, price, usage, (before, after, used) => {
      const scene = new Scene(timeless(before));
      const event = scene.settle({ report: { usage: used } }, { micros: 7, beforeMicros: 3 });
      const changesMs = scene.clock.nowMs() + 1;
      const later = new PriceBook(
        new Map([
          [
            'acme/small-1',
            [
              { fromMs: Number.NEGATIVE_INFINITY, untilMs: changesMs, price: before },
              { fromMs: changesMs, untilMs: Number.POSITIVE_INFINITY, price: after },
            ],
          ],
        ]),
        'later',
      );
      expect(again(event, later)).toBe(event.costPicoUsd);
    }),
  );
});

test('an attempt that was lost is computed again at the price of its beginning', () => {
  const scene = new Scene(timeless({ inputPicoUsd: 7n, outputPicoUsd: 1n }));
  const lost = settleLost(scene.begin().opened, scene.clock.nowMs() + 86_400_000);
  const changed = new PriceBook(
    new Map([
      [
        'acme/small-1',
        [
          { fromMs: 0, untilMs: lost.openedAtMs + 1, price: { inputPicoUsd: 7n } },
          { fromMs: lost.openedAtMs + 1, untilMs: 9e15, price: { inputPicoUsd: 9n } },
        ],
      ],
    ]),
    'h',
  );
  expect(lost.provenance).toBe('lower_bound');
  expect(again(lost, changed)).toBe(lost.costPicoUsd);
});

describe('hardware that is paid for by its time', () => {
  const HOUR = { gpu: { picoUsdPerGpuHour: 3_600_000_000_000n, gpus: 1 } };
  const time = { micros: 250, beforeMicros: 1000 };
  const reported = { usage: { ...NO_USAGE, inputTokens: 5, outputTokens: 9 } };

  test('is charged by it, whatever came of the call, and the time is kept with the event', () => {
    const fault = new Fault('cancelled', 'x');
    const ways: [Parameters<Scene['settle']>[0], AttemptSettled['provenance']][] = [
      [{ report: reported }, 'reported'],
      // Triton tells no usage, and its time is known all the same.
      [{}, 'computed'],
      [{ fault, free: true }, 'computed'],
      // The engine may still be at it.
      [{ fault }, 'lower_bound'],
    ];
    for (const [end, provenance] of ways) {
      const event = new Scene(timeless(HOUR)).settle(end, time);
      expect(event).toMatchObject({ provenance, costPicoUsd: 250_000n });
      expect(event.metering?.gpuTime).toEqual(time);
    }
  });

  test('is not known of an attempt that was lost, and that is not nothing', () => {
    const { opened } = new Scene(timeless(HOUR)).begin();
    expect(opened.inputCostPicoUsd).toBeNull();
    expect(settleLost(opened, 1)).toMatchObject({ provenance: 'unknown', costPicoUsd: null });
  });

  test('is not kept where tokens are paid for', () => {
    const event = new Scene(timeless({ inputPicoUsd: 1n, outputPicoUsd: 1n })).settle(
      { report: reported },
      time,
    );
    expect(event).toMatchObject({ metering: null, costPicoUsd: 14n });
  });
});

describe('what must not go on unseen is counted every time, and told once', () => {
  test('a cost that nobody knows', async () => {
    const scene = new Scene([]);
    for (let n = 0; n < 3; n++) {
      expect(scene.settle({ report: { usage: NO_USAGE } }).costPicoUsd).toBeNull();
    }
    expect(await scene.counted('weir_unpriced_attempts_total')).toBe(3);
    expect(scene.warnings).toEqual([
      { deployment: 'acme/small', reason: 'the model has no price' },
    ]);
  });

  test('a tier that has no price, though the model has one', async () => {
    const scene = new Scene(timeless({ inputPicoUsd: 1n, outputPicoUsd: 1n }));
    scene.settle({ report: { usage: NO_USAGE, serviceTier: 'flex' } });
    expect(await scene.counted('weir_unpriced_attempts_total')).toBe(1);
    expect(scene.warnings).toMatchObject([{ reason: 'the service tier "flex" has no price' }]);
  });

  test('usage that cannot be true', async () => {
    const scene = new Scene(timeless({ inputPicoUsd: 1n, outputPicoUsd: 1n }));
    const reasons: UsageErrorCode[] = ['usage_inconsistent', 'usage_inconsistent'];
    for (const refused of reasons) {
      expect(scene.settle({ refused }).provenance).toBe('estimated');
    }
    expect(await scene.counted('weir_usage_refused_total')).toBe(2);
    expect(scene.warnings).toEqual([{ deployment: 'acme/small', reason: 'usage_inconsistent' }]);
  });

  test('a bill that our prices do not come to', async () => {
    const scene = new Scene(timeless({ inputPicoUsd: 1_000_000n, outputPicoUsd: 1n }));
    const used = { ...NO_USAGE, inputTokens: 100 };
    for (const reportedPicoUsd of [100_000_000n, 100_500_000n, 50_000_000n]) {
      const event = scene.settle({ report: { usage: used, reportedPicoUsd } });
      expect(event.costPicoUsd).toBe(reportedPicoUsd);
    }
    expect(await scene.counted('weir_cost_disagreements_total')).toBe(1);
    expect(scene.warnings).toEqual([
      { deployment: 'acme/small', providerUsd: '0.00005', ownUsd: '0.0001' },
    ]);
  });

  test('and not of an attempt that somebody only looks at while it is heard out', async () => {
    const scene = new Scene([]);
    const heard = { report: undefined, refused: undefined, seen: SEEN };
    const { costPicoUsd } = scene.begin().foresee({ free: false, heard });
    expect(costPicoUsd).toBeNull();
    expect(scene.settled).toEqual([]);
    expect(await scene.counted('weir_unpriced_attempts_total')).toBe(0);
  });
});
