import {
  eventIdOf,
  eventText,
  Fault,
  type HoldCall,
  type LedgerEvent,
  type LedgerQuery,
} from '@weir/core';
import type { LedgerStore } from '@weir/ledger';
import { makeAttempt, makeRequestCompleted } from '@weir/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyEvents, identified } from './any-event.ts';
import { totalsOf } from './ledger-totals.ts';

/** A place that holds one ledger; opened again, it holds the same. */
export interface LedgerHome extends AsyncDisposable {
  open(): Promise<LedgerStore>;
}

const NOW_MS = Date.UTC(2026, 10, 22, 12);
const ALL: LedgerQuery = { groupBy: [] };

/** What every ledger store promises. `makeHome` gives a new, empty one each time. */
export function ledgerStoreContract(makeHome: () => Promise<LedgerHome>): void {
  describe('booking', () => {
    test('an event is booked once, however often it comes', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const [one, two] = [makeAttempt(), makeRequestCompleted()];
      expect(await store.append([one, two, one, one])).toBe(2);
      expect(await store.append([two, one])).toBe(0);
      expect(await store.append([])).toBe(0);
      expect(await store.append(eventText([one]))).toBe(0);
      expect(await store.query(ALL)).toEqual(totalsOf([one, two], ALL));
    });

    test('of two bodies under one event id the first is the truth', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const first = makeAttempt({ costPicoUsd: 1n });
      await store.append([first, { ...first, costPicoUsd: 99n }]);
      await store.append([{ ...first, costPicoUsd: 98n }]);
      expect(await store.query(ALL)).toEqual(totalsOf([first], ALL));
    });

    test('appends of the same events at the same time book each of them once', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const events = Array.from({ length: 40 }, () => makeAttempt());
      const rotated = Array.from({ length: 20 }, (_, by) => [
        ...events.slice(by),
        ...events.slice(0, by),
      ]);
      const booked = await Promise.all(rotated.map((batch) => store.append(batch)));
      expect(booked.reduce((sum, count) => sum + count, 0)).toBe(40);
      expect(await store.query(ALL)).toEqual(totalsOf(events, ALL));
    });

    test('what was booked is there after the store is opened again', async () => {
      await using home = await makeHome();
      const events = [makeAttempt({ tags: { team: 'a' } }), makeRequestCompleted()];
      {
        await using store = await home.open();
        await store.append(events);
      }
      await using store = await home.open();
      expect(await store.append(events)).toBe(0);
      expect(await store.query(ALL)).toEqual(totalsOf(events, ALL));
    });

    test('a cost that is not known is counted as not exact, and never as zero', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const known = makeAttempt({ costPicoUsd: 500n });
      const free = makeAttempt({ costPicoUsd: 0n, provenance: 'computed' });
      const unpriced = makeAttempt({ costPicoUsd: null });
      const lost = makeAttempt({ costPicoUsd: 20n, provenance: 'lower_bound', outcome: 'lost' });
      await store.append([known, free, unpriced, lost]);
      const [row] = await store.query(ALL);
      expect(row?.totals).toMatchObject({
        attempts: 4n,
        costPicoUsd: 520n,
        inexactAttempts: 2n,
      });
      const entries = await store.read({ afterSequence: 0n }, 10);
      expect(entries.map(({ event }) => event)).toEqual([known, free, unpriced, lost]);
    });

    test('sums are exact where a double is not', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const costs = [9_007_199_254_740_993n, 9_007_199_254_740_995n, 1n];
      await store.append(costs.map((costPicoUsd) => makeAttempt({ costPicoUsd })));
      const [row] = await store.query(ALL);
      expect(row?.totals.costPicoUsd).toBe(18_014_398_509_481_989n);
    });

    test('tags may hold any text that a caller can send', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const long = Array.from({ length: 9000 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join(
        '',
      );
      const tags = { '': '', 'a\u0000': 'c', 'a\ufffd': 'c', '☂': '\ud800', [long]: long };
      const event = makeAttempt({ tags });
      expect(await store.append([event, makeAttempt()])).toBe(2);
      for (const [name, value] of Object.entries(tags)) {
        const asked = { tag: { name, value }, groupBy: [] };
        expect(await store.query(asked)).toEqual(totalsOf([event], asked));
        const entries = await store.read({ tag: { name, value }, afterSequence: 0n }, 10);
        expect(entries.map((entry) => entry.event.tags)).toEqual([tags]);
      }
    });

    test('an event that can never be booked is not taken for an outage', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const [good, bad] = [makeAttempt(), makeAttempt({ settledAtMs: 9e15 })];
      const failure = await store.append([good, bad]).catch((error: unknown) => error);
      expect(Fault.from(failure).kind).toBe('internal');
      expect(await store.append([good])).toBe(1);
    });
  });

  describe('totals', () => {
    test('an empty ledger has one row of zeros, and none when grouped', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      expect(await store.query(ALL)).toEqual(totalsOf([], ALL));
      expect(await store.query({ groupBy: ['day'] })).toEqual([]);
    });

    test('any events in any batches and any order, twice over, sum up to what they say', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(shuffledTwice, anyQuery, async ({ events, batches }, query) => {
          const prefix = `run-${++run}-`;
          const booked = [];
          for (const batch of batches) {
            booked.push(await store.append(batch.map((event) => inRun(event, prefix))));
          }
          const asked = query.map((one) => ({ ...one, tenant: prefix + one.tenant }));
          const expected = events.map((event) => inRun(event, prefix));
          expect(booked.reduce((sum, count) => sum + count, 0)).toBe(events.length);
          for (const one of asked) {
            const rows = await store.query(one);
            expect(sorted(rows)).toEqual(sorted(totalsOf(expected, one)));
          }
        }),
        { numRuns: 40 },
      );
    });

    test('groups come in the order of their names', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      await store.append(['b', 'a', 'B', 'c'].map((route) => makeAttempt({ route })));
      const rows = await store.query({ groupBy: ['route'] });
      expect(rows.map(({ group }) => group.route)).toEqual(['B', 'a', 'b', 'c']);
    });
  });

  describe('reading', () => {
    test('entries come in the order of their booking and can be resumed after any of them', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const events = Array.from({ length: 25 }, (_, index) =>
        makeAttempt({ tenant: index % 3 === 0 ? 'globex' : 'acme' }),
      );
      await store.append(events.slice(0, 10));
      await store.append(eventText(events));
      const read: LedgerEvent[] = [];
      let afterSequence = 0n;
      for (;;) {
        const page = await store.read({ afterSequence }, 7);
        expect(page.length).toBeLessThanOrEqual(7);
        for (const entry of page) {
          expect(entry.sequence).toBeGreaterThan(afterSequence);
          afterSequence = entry.sequence;
          read.push(entry.event);
        }
        if (page.length === 0) break;
      }
      expect(read).toEqual(events);
    });

    test('a reader of one tenant sees that tenant alone', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const events = Array.from({ length: 9 }, (_, index) =>
        makeAttempt({ tenant: index % 3 === 0 ? 'globex' : 'acme' }),
      );
      await store.append(events);
      const entries = await store.read({ tenant: 'globex', afterSequence: 0n }, 100);
      const theirs = events.filter(({ tenant }) => tenant === 'globex');
      expect(entries.map(({ event }) => event)).toEqual(theirs);
      const rest = await store.read(
        { tenant: 'globex', afterSequence: entries[0]?.sequence ?? 0n },
        100,
      );
      expect(rest).toEqual(entries.slice(1));
    });

    test('a reader that follows writers at work misses nothing', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const events = Array.from({ length: 200 }, () => makeAttempt());
      const writers = Array.from({ length: 20 }, (_, writer) =>
        store.append(events.slice(writer * 10, writer * 10 + 10)),
      );
      const seen = new Set<string>();
      let afterSequence = 0n;
      let written = false;
      const writing = Promise.all(writers).then(() => {
        written = true;
      });
      for (;;) {
        const last = written;
        const page = await store.read({ afterSequence }, 1000);
        for (const entry of page) seen.add(eventIdOf(entry.event));
        afterSequence = page.at(-1)?.sequence ?? afterSequence;
        if (last && page.length === 0) break;
      }
      await writing;
      expect(seen.size).toBe(200);
    });
  });

  describe('holds', () => {
    test('a hundred requests at once get as many holds as the limit has room for', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const spent = makeAttempt({ costPicoUsd: 30n });
      await store.append([spent]);
      const granted = await Promise.all(
        Array.from({ length: 100 }, (_, n) => store.hold(hold(`r${n}`, 7n), limit(100n), NOW_MS)),
      );
      expect(granted.filter(Boolean)).toHaveLength(10);
      expect(await store.hold(hold('one more', 1n), limit(100n), NOW_MS)).toBe(false);
    });

    test('holding twice for one request holds once', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const again = Array.from({ length: 5 }, () =>
        store.hold(hold('r', 60n), limit(100n), NOW_MS),
      );
      expect(await Promise.all(again)).toEqual([true, true, true, true, true]);
      expect(await store.hold(hold('other', 40n), limit(100n), NOW_MS)).toBe(true);
      expect(await store.hold(hold('third', 1n), limit(100n), NOW_MS)).toBe(false);
    });

    test('a hold may fill the limit to the last picodollar', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const all = 9_007_199_254_740_993n;
      expect(await store.hold(hold('r', all + 1n), limit(all), NOW_MS)).toBe(false);
      expect(await store.hold(hold('r', all), limit(all), NOW_MS)).toBe(true);
      expect(await store.hold(hold('other', 1n), limit(all), NOW_MS)).toBe(false);
    });

    test('a hold ends by itself when its time is up, and not before', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const first = { ...hold('r', 100n), expiresInMs: 1000 };
      expect(await store.hold(first, limit(100n), NOW_MS)).toBe(true);
      expect(await store.hold(hold('other', 1n), limit(100n), NOW_MS + 999)).toBe(false);
      expect(await store.hold(hold('other', 1n), limit(100n), NOW_MS + 1000)).toBe(true);
    });

    test('neither another key nor another tenant nor an earlier period uses up a budget', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      await store.append([
        makeAttempt({ costPicoUsd: 100n, keyId: 'key-2' }),
        makeAttempt({ costPicoUsd: 100n, tenant: 'globex' }),
        makeAttempt({ costPicoUsd: 100n, settledAtMs: Date.UTC(2026, 10, 21, 23, 59, 59, 999) }),
        makeAttempt({ costPicoUsd: 1n, settledAtMs: Date.UTC(2026, 10, 22) }),
      ]);
      const today = { limitPicoUsd: 100n, sinceDay: '2026-11-22' };
      expect(await store.hold(hold('r', 100n), today, NOW_MS)).toBe(false);
      expect(await store.hold(hold('r', 99n), today, NOW_MS)).toBe(true);
      expect(await store.hold(hold('s', 1n), limit(201n), NOW_MS)).toBe(true);
    });

    test('a hold ends when its request and all its attempts are booked, in any order', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const orders = permutations(['completed', 'first', 'second'] as const);
      for (const [index, order] of orders.entries()) {
        const keyId = `key-${index}`;
        const requestId = `r-${index}`;
        const events = {
          completed: makeRequestCompleted({ requestId, keyId, attempts: 2 }),
          first: makeAttempt({ requestId, keyId, role: 'draft', costPicoUsd: 1n }),
          second: makeAttempt({ requestId, keyId, role: 'escalation', costPicoUsd: 1n }),
        };
        const probe = { ...hold(`probe-${index}`, 98n), keyId };
        await store.hold({ ...hold(requestId, 100n), keyId }, limit(100n), NOW_MS);
        for (const name of order) {
          expect(await store.hold(probe, limit(100n), NOW_MS), order.join()).toBe(false);
          // Twice: an event that comes again counts for nothing here, too.
          await store.append([events[name]]);
          await store.append([events[name]]);
        }
        expect(await store.hold(probe, limit(100n), NOW_MS), order.join()).toBe(true);
      }
    });

    test('a batch that settles many requests ends the holds of those that are complete', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const names = Array.from({ length: 10 }, (_, n) => `r${n}`);
      for (const name of names) await store.hold(hold(name, 10n), limit(100n), NOW_MS);
      await store.append(
        names.flatMap((requestId, n) => [
          makeRequestCompleted({ requestId, attempts: n < 5 ? 1 : 2 }),
          makeAttempt({ requestId, costPicoUsd: 0n, provenance: 'computed' }),
        ]),
      );
      expect(await store.hold(hold('next', 51n), limit(100n), NOW_MS)).toBe(false);
      expect(await store.hold(hold('next', 50n), limit(100n), NOW_MS)).toBe(true);
    });

    test('a request that made no attempt gives its hold back', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      await store.hold(hold('r', 100n), limit(100n), NOW_MS);
      await store.append([makeRequestCompleted({ requestId: 'r', attempts: 0 })]);
      expect(await store.hold(hold('next', 100n), limit(100n), NOW_MS)).toBe(true);
    });

    test('over any history, a hold is granted exactly when settled and held leave room', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { maxLength: 25 }), async (steps) => {
          const keyId = `run-${++run}`;
          const model = new HoldModel();
          for (const step of steps) {
            model.nowMs += step.waitMs;
            const requestId = `${keyId}-${step.request}`;
            if (step.kind === 'hold') {
              const call = { ...hold(requestId, step.amount), keyId, expiresInMs: 100 };
              const granted = await store.hold(call, limit(50n), NOW_MS + model.nowMs);
              expect(granted).toBe(model.hold(requestId, step.amount));
            } else {
              const attempt = makeAttempt({ requestId, keyId, costPicoUsd: step.amount });
              const completed = makeRequestCompleted({ requestId, keyId, attempts: 1 });
              await store.append([completed, attempt]);
              model.settle(requestId, step.amount);
            }
          }
        }),
        { numRuns: 30 },
      );
    });
  });
}

/** Holds and spending of one key with a limit of 50, in a few lines. */
class HoldModel {
  nowMs = 0;
  #spent = 0n;
  readonly #settled = new Set<string>();
  readonly #held = new Map<string, { amount: bigint; untilMs: number }>();

  hold(request: string, amount: bigint): boolean {
    for (const [name, { untilMs }] of this.#held) {
      if (untilMs <= this.nowMs) this.#held.delete(name);
    }
    let held = 0n;
    for (const [name, one] of this.#held) if (name !== request) held += one.amount;
    if (this.#spent + held + amount > 50n) return false;
    if (!this.#held.has(request)) this.#held.set(request, { amount, untilMs: this.nowMs + 100 });
    return true;
  }

  settle(request: string, cost: bigint): void {
    if (this.#settled.has(request)) return;
    this.#settled.add(request);
    this.#spent += cost;
    this.#held.delete(request);
  }
}

const anyStep = fc.record({
  kind: fc.constantFrom('hold', 'settle'),
  request: fc.nat(6),
  amount: fc.bigInt({ min: 0n, max: 20n }),
  waitMs: fc.constantFrom(0, 0, 40),
});

const anyQuery = fc.array(
  fc.record(
    {
      tenant: fc.constantFrom('acme', 'globex'),
      route: fc.constantFrom('support', 'search'),
      tag: fc.record({
        name: fc.constantFrom('team', 'feature', 'naïve ☂', 'none such'),
        value: fc.constantFrom('a', 'b', ''),
      }),
      fromMs: fc.integer({ min: Date.UTC(2026, 10, 20), max: Date.UTC(2026, 10, 23) }),
      untilMs: fc.integer({ min: Date.UTC(2026, 10, 20), max: Date.UTC(2026, 10, 23) }),
      groupBy: fc.subarray(['tenant', 'route', 'model', 'day'] as const),
    },
    { requiredKeys: ['tenant', 'groupBy'] },
  ),
  { minLength: 1, maxLength: 4 },
);

/** Events, and the same events twice over in batches of any size and order. */
const shuffledTwice = anyEvents({ maxLength: 40 }).chain((events) => {
  const all = fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length });
  return fc.record({
    events: fc.constant(events),
    batches: fc
      .tuple(all, all, fc.infiniteStream(fc.integer({ min: 1, max: 15 })))
      .map(([once, again, sizes]) => cut([...once, ...again], sizes)),
  });
});

function cut(events: readonly LedgerEvent[], sizes: Iterator<number>): LedgerEvent[][] {
  const batches: LedgerEvent[][] = [];
  for (let at = 0; at < events.length; ) {
    const size: number = sizes.next().value;
    batches.push(events.slice(at, at + size));
    at += size;
  }
  return batches;
}

function inRun(event: LedgerEvent, prefix: string): LedgerEvent {
  return identified({ ...event, tenant: prefix + event.tenant }, prefix + event.requestId);
}

function sorted<R extends { readonly group: object }>(rows: readonly R[]): R[] {
  const key = (row: R) => JSON.stringify(Object.entries(row.group).toSorted());
  return rows.toSorted((left, right) => (key(left) < key(right) ? -1 : 1));
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

function hold(requestId: string, amountPicoUsd: bigint): HoldCall {
  return { tenant: 'acme', keyId: 'key-1', requestId, amountPicoUsd, expiresInMs: 60_000 };
}

function limit(limitPicoUsd: bigint) {
  return { limitPicoUsd, sinceDay: '' };
}
