import { type DraftLabelled, eventIdOf, LABEL_TAG, type LedgerEvent } from '@weir/core';
import { makeAttempt, makeDraftLabelled, makeJudgement, makeRequestCompleted } from '@weir/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LedgerHome } from './ledger-store.contract.ts';
import { totalsOf } from './ledger-totals.ts';

/** What every ledger store promises to those who ask for one request, or learn from labels. */
export function ledgerLookupContract(makeHome: () => Promise<LedgerHome>): void {
  describe('one request', () => {
    test('is found with all its events in the order of their booking, and none of another', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const events = eventsOf('req_1');
      await store.append(events.slice(0, 2));
      await store.append([...eventsOf('req_2'), ...eventsOf('req_11'), ...eventsOf('req')]);
      await store.append(events);
      const entries = await store.request({ requestId: 'req_1' });
      expect(entries.map(({ event }) => event)).toEqual(events);
      const all = await store.read({ afterSequence: 0n }, 100);
      const ids = new Set(events.map(eventIdOf));
      expect(entries).toEqual(all.filter(({ event }) => ids.has(eventIdOf(event))));
    });

    test('that is not known, or not a request’s id at all, has none', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      await store.append(eventsOf('req_1'));
      const asked = ['', '.', 'req', 'req_', 'req_1.', 'req_1.draft', 'req_1.draft.1', '%', '*'];
      for (const requestId of [
        ...asked,
        'req%',
        'req_%',
        'r_q_1',
        '[a-z]*',
        'a\u0000b',
        '\ud800',
      ]) {
        expect(await store.request({ requestId }), requestId).toEqual([]);
      }
    });

    test('is found by its own id, whatever ids are beside it', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const word = fc.string({
        unit: fc.constantFrom('a', 'B', '_', '%', '.', '/', '-', ' ', '\\', "'", 'ß', '☂', '🙂'),
        maxLength: 4,
      });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(word, { minLength: 2, maxLength: 6 }), async (words) => {
          const ids = words.map((one) => `run-${run}-${one}`);
          run++;
          await store.append(ids.flatMap((id) => eventsOf(id)));
          for (const requestId of ids) {
            const entries = await store.request({ requestId });
            expect(entries.map(({ event }) => event)).toEqual(eventsOf(requestId));
          }
        }),
        { numRuns: 40 },
      );
    });

    test('is not there for another tenant', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const events = eventsOf('req_1');
      await store.append(events);
      expect(await store.request({ requestId: 'req_1', tenant: 'globex' })).toEqual([]);
      expect(await store.request({ requestId: 'req_1', tenant: '' })).toEqual([]);
      const own = await store.request({ requestId: 'req_1', tenant: 'acme' });
      expect(own.map(({ event }) => event)).toEqual(events);
    });
  });

  describe('labels', () => {
    test('are found by their route, in pages, and not with another route’s or another tenant’s', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const labels = Array.from({ length: 9 }, () => makeDraftLabelled());
      const others = [
        makeDraftLabelled({ route: 'search' }),
        makeDraftLabelled({ tenant: 'globex' }),
        makeAttempt({ tags: { team: 'support' } }),
        makeRequestCompleted(),
      ];
      await store.append([...labels.slice(0, 4), ...others, ...labels.slice(4)]);
      const tag = { name: LABEL_TAG, value: 'support' };
      const read: LedgerEvent[] = [];
      let afterSequence = 0n;
      for (;;) {
        const page = await store.read({ tenant: 'acme', tag, afterSequence }, 4);
        read.push(...page.map(({ event }) => event));
        afterSequence = page.at(-1)?.sequence ?? afterSequence;
        if (page.length === 0) break;
      }
      expect(read).toEqual(labels);
      const every = await store.read({ tag, afterSequence: 0n }, 100);
      expect(every).toHaveLength(10);
    });

    test('are found by their request’s tags too, and are booked once', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const label = makeDraftLabelled({ tags: { team: 'a', [LABEL_TAG]: 'not-its-route' } });
      expect(await store.append([label, label])).toBe(1);
      expect(await store.append([label])).toBe(0);
      const found = async (name: string, value: string) =>
        (await store.read({ tag: { name, value }, afterSequence: 0n }, 10)).length;
      expect(await found('team', 'a')).toBe(1);
      expect(await found(LABEL_TAG, 'support')).toBe(1);
      expect(await found(LABEL_TAG, 'not-its-route')).toBe(0);
    });

    test('are no requests, no attempts and no spending, and make no row of their own', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const label = makeDraftLabelled({
        route: 'search',
        labelledAtMs: Date.UTC(2026, 10, 30),
        decision: 'escalate',
      });
      const events = [...eventsOf('req_1'), label];
      await store.append([label]);
      const tag = { name: LABEL_TAG, value: 'search' };
      for (const groupBy of [[], ['day'], ['route', 'model']] as const) {
        expect(await store.query({ groupBy })).toEqual(totalsOf([label], { groupBy }));
        expect(await store.query({ tag, groupBy })).toEqual(totalsOf([], { groupBy }));
      }
      await store.append(events);
      for (const groupBy of [[], ['day'], ['tenant', 'route']] as const) {
        expect(await store.query({ groupBy })).toEqual(totalsOf(events, { groupBy }));
        const since = { fromMs: Date.UTC(2026, 10, 23), groupBy };
        expect(await store.query(since)).toEqual(totalsOf(events, since));
      }
      const [row] = await store.query({ groupBy: [] });
      expect(row?.totals).toMatchObject({ requests: 1n, attempts: 5n, escalated: 0n });
      expect(row?.totals.costPicoUsd).toBe(5n * 700_000n);
    });

    test('end no hold: neither one counts as its request nor as an attempt', async () => {
      await using home = await makeHome();
      await using store = await home.open();
      const hold = { tenant: 'acme', keyId: 'key-1', expiresInMs: 60_000, amountPicoUsd: 100n };
      const limit = { limitPicoUsd: 100n, sinceDay: '' };
      const next = () => store.hold({ ...hold, requestId: 'next', amountPicoUsd: 1n }, limit, 0);
      await store.hold({ ...hold, requestId: 'r' }, limit, 0);
      await store.append([makeDraftLabelled({ requestId: 'r' })]);
      expect(await next()).toBe(false);
      await store.append([makeRequestCompleted({ requestId: 'r', attempts: 1 })]);
      await store.append([makeDraftLabelled({ requestId: 'r', source: 'feedback' })]);
      expect(await next()).toBe(false);
      await store.append([makeAttempt({ requestId: 'r', costPicoUsd: 0n })]);
      expect(await next()).toBe(true);
    });
  });
}

/** A request that bought evidence, was judged, and was looked at again afterwards. */
function eventsOf(requestId: string): LedgerEvent[] {
  const judgement = makeJudgement();
  const label: DraftLabelled = makeDraftLabelled({ requestId });
  return [
    makeAttempt({ requestId, role: 'draft' }),
    makeAttempt({ requestId, role: 'second_draft' }),
    makeAttempt({ requestId, role: 'judge' }),
    makeRequestCompleted({ requestId, attempts: 3, judgement }),
    makeAttempt({ requestId, role: 'shadow' }),
    makeAttempt({ requestId, role: 'probe' }),
    label,
    makeDraftLabelled({ requestId, source: 'feedback', labelId: `${requestId}.label.feedback.2` }),
  ];
}
