import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type AttemptSettled, type EventBus, eventIdOf, Fault, type LedgerEvent } from '@weir/core';
import { DurableJournal, type JournalOptions, Relay, type RelayOptions } from '@weir/journal';
import {
  ManualClock,
  makeAttempt,
  makeOpened,
  makeRequestCompleted,
  silentLog,
  type TemporaryDirectory,
  temporaryDirectory,
} from '@weir/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FixtureProcess } from './fixture-process.ts';

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory[Symbol.asyncDispose]());

describe('a journal whose process is killed', () => {
  test('settles what was open as lost, once, at the price of the prompt', async () => {
    {
      await using dying = journalProcess();
      dying.send('open a', 'open b', 'open c', 'settle b');
      await dying.said('opened', 3);
      await dying.said('durable b');
    }
    // Twice: a restart that got no further than this changes nothing.
    await (await start()).journal[Symbol.asyncDispose]();
    const { events } = await restartAndRelay();
    expect(events.map(({ requestId }) => requestId)).toEqual(['b', 'a', 'c']);
    const [settled, ...lost] = events as AttemptSettled[];
    expect(settled).toEqual(makeAttempt({ requestId: 'b' }));
    for (const attempt of lost) {
      const opened = makeOpened({ requestId: attempt.requestId });
      expect(attempt).toMatchObject({
        ...opened,
        outcome: 'lost',
        provenance: 'lower_bound',
        costPicoUsd: opened.inputCostPicoUsd,
        settledAtMs: new ManualClock().nowMs(),
      });
      expect(attempt.usage.inputTokens).toBe(opened.estimatedInputTokens);
    }
    expect((await restartAndRelay()).events).toEqual([]);
  });

  test('in the midst of its work forgets nothing that it said was durable', async () => {
    let opened: string[] = [];
    let durable: string[] = [];
    {
      await using dying = journalProcess();
      await dying.said('ready');
      for (let n = 0; n < 3000; n++) dying.send(`open ${n}`, ...(n > 5 ? [`settle ${n - 5}`] : []));
      await dying.said('opened', 500);
      await dying.kill();
      opened = dying.named('opened');
      durable = dying.named('durable');
    }
    const { events } = await restartAndRelay();
    const attempts = events as AttemptSettled[];
    const ids = attempts.map(({ requestId }) => requestId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(opened.filter((id) => !ids.includes(id))).toEqual([]);
    const known = attempts.filter(({ outcome }) => outcome !== 'lost').map((one) => one.requestId);
    expect(durable.filter((id) => !known.includes(id))).toEqual([]);
    expect(known).toEqual(known.toSorted((left, right) => Number(left) - Number(right)));
  });

  test('an attempt of a model without a price is lost at an unknown cost, not at zero', async () => {
    const { journal } = await start();
    await journal.open(makeOpened({ inputCostPicoUsd: null }));
    await journal[Symbol.asyncDispose]();
    const { events } = await restartAndRelay();
    expect(events).toMatchObject([{ outcome: 'lost', provenance: 'unknown', costPicoUsd: null }]);
  });
});

test('a second process on the same journal is refused, and told what to do', async () => {
  await using first = journalProcess();
  await first.said('ready');
  await using second = journalProcess();
  expect(await second.exit()).toBe(1);
  expect(second.errors).toContain(path());
  expect(second.errors).toContain('WEIR_DATA_DIR');
  await expect(start()).rejects.toThrow('WEIR_DATA_DIR');
  first.send('open still-working');
  await first.said('opened still-working');
});

describe('the log of a journal', () => {
  test('that a crash cut off anywhere has all that came before the cut', async () => {
    const { written, log } = await writeLog();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(log.length), async (size) => {
        const options = { path: path(`cut-${++run}`) };
        await putLog(options.path, log.subarray(0, size));
        const { events } = await restartAndRelay(options);
        const ids = events.map(({ requestId }) => requestId);
        expect(ids).toEqual(written.slice(0, ids.length));
        if (size === log.length) expect(ids).toEqual(written);
        // And it goes on from there.
        const { journal } = await start(options);
        journal.record(makeRequestCompleted({ requestId: 'next' }));
        await journal[Symbol.asyncDispose]();
        const next = await restartAndRelay(options);
        expect(next.events.map(({ requestId }) => requestId)).toEqual(['next']);
      }),
      { numRuns: 60, examples: [[0], [log.length], [log.length - 1]] },
    );
  });

  test('that is damaged before its end is refused, rather than forgotten from there on', async () => {
    const { log } = await writeLog();
    const damaged = Buffer.from(log);
    const at = Math.floor(log.length / 2);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    await putLog(path('damaged'), damaged);
    await expect(start({ path: path('damaged') })).rejects.toThrow('is damaged at byte');
  });

  test('is trimmed once the bus has what is in it, but not past an attempt that is open', async () => {
    const options = { path: path('trimmed'), maxSegmentBytes: 4096 };
    const { journal } = await start(options);
    const bus = new FickleBus();
    const relay = new Relay(journal, bus, relaying());
    const longest = makeAttempt();
    await journal.open(longest);
    for (let n = 0; n < 40; n++) {
      const attempt = makeAttempt();
      await journal.open(attempt);
      journal.settle(attempt);
    }
    await bus.took(40);
    const held = await segmentsOf(options.path);
    journal.settle(longest);
    await relay.drain(10_000);
    await journal[Symbol.asyncDispose]();
    expect(held).toBeGreaterThan(3);
    expect(await segmentsOf(options.path)).toBe(1);
    expect(bus.accepted).toHaveLength(41);
    expect((await restartAndRelay(options)).events).toEqual([]);
  });
});

describe('the relay', () => {
  test('hands events to the bus in the order in which they happened', async () => {
    const { journal } = await start();
    const bus = new FickleBus();
    await using relay = new Relay(journal, bus, relaying());
    const events: LedgerEvent[] = [];
    for (let n = 0; n < 400; n++) {
      const attempt = makeAttempt();
      await (n % 50 === 0 ? journal.open(attempt) : undefined);
      journal.settle(attempt);
      const completed = makeRequestCompleted({ requestId: attempt.requestId });
      journal.record(completed);
      events.push(attempt, completed);
    }
    await relay.drain(10_000);
    expect(bus.accepted).toEqual(events);
    expect(journal.waitingEvents).toBe(0);
    await journal[Symbol.asyncDispose]();
    expect((await restartAndRelay()).events).toEqual([]);
  });

  test('loses nothing while the bus is away, and keeps only so many events in memory', async () => {
    const { journal } = await start({ maxBufferedEvents: 20 });
    const bus = new FickleBus();
    bus.away = true;
    await using relay = new Relay(journal, bus, relaying({ batchEvents: 10 }));
    const ids: string[] = [];
    const memories: WeakRef<LedgerEvent>[] = [];
    for (let n = 0; n < 500; n++) {
      const attempt = makeAttempt();
      ids.push(attempt.attemptId);
      memories.push(new WeakRef(attempt));
      journal.settle(attempt);
    }
    // Durable, since it comes later.
    await journal.open(makeOpened());
    await bus.refused(3);
    collectGarbage();
    const kept = memories.filter((memory) => memory.deref() !== undefined);
    expect(kept.length).toBeLessThanOrEqual(20 + 10);
    expect(journal.waitingEvents).toBe(500);

    bus.away = false;
    await bus.took(100);
    const late = makeAttempt();
    journal.settle(late);
    await relay.drain(10_000);
    expect(bus.accepted.map(eventIdOf)).toEqual([...ids, late.attemptId]);
    await journal[Symbol.asyncDispose]();
  });

  test('delivers every event once and in order, whatever the bus and the traffic do', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(anyTraffic, async ({ bursts, batchEvents, maxBufferedEvents }) => {
        const { journal } = await start({ path: path(`run-${++run}.db`), maxBufferedEvents });
        const bus = new FickleBus();
        await using relay = new Relay(journal, bus, relaying({ batchEvents, retryMinMs: 0 }));
        const ids: string[] = [];
        for (const { count, away, pause } of bursts) {
          bus.away = away;
          for (let n = 0; n < count; n++) {
            const attempt = makeAttempt();
            ids.push(attempt.attemptId);
            journal.settle(attempt);
            if (pause === 'between') await new Promise((resolve) => setImmediate(resolve));
          }
          if (pause === 'commit') await journal.open(makeOpened({ attemptId: 'open' }));
        }
        bus.away = false;
        await relay.drain(10_000);
        expect(bus.accepted.map(eventIdOf)).toEqual(ids);
        await journal[Symbol.asyncDispose]();
      }),
      { numRuns: 40 },
    );
  });

  test('sends a batch again when its acceptance is not certain', async () => {
    const { journal } = await start();
    const bus = new FickleBus();
    bus.forgetful = 1;
    await using relay = new Relay(journal, bus, relaying());
    const event = makeAttempt();
    journal.settle(event);
    await relay.drain(10_000);
    expect(bus.accepted).toEqual([event, event]);
    await journal[Symbol.asyncDispose]();
  });

  test('drains what was settled a moment ago', async () => {
    const { journal } = await start();
    const bus = new FickleBus();
    await using relay = new Relay(journal, bus, relaying());
    const first = makeAttempt();
    journal.settle(first);
    await bus.took(1);
    // The relay now waits for the next commit.
    await journal.open(makeOpened());
    const last = makeAttempt();
    journal.settle(last);
    await relay.drain(10_000);
    expect(bus.accepted).toEqual([first, last]);
    await journal[Symbol.asyncDispose]();
  });

  test('gives up draining in time, and leaves the rest to the next process', async () => {
    const { journal } = await start();
    const bus = new FickleBus();
    bus.away = true;
    const events = [makeAttempt(), makeRequestCompleted()];
    {
      await using relay = new Relay(journal, bus, relaying({ retryMinMs: 5, retryMaxMs: 60_000 }));
      for (const event of events) journal.record(event);
      await relay.drain(50);
    }
    await journal[Symbol.asyncDispose]();
    expect(bus.accepted).toEqual([]);
    expect((await restartAndRelay()).events).toEqual(events);
  });

  test('ends with its scope, even when the journal has ended before it', async () => {
    const { journal } = await start({ maxBufferedEvents: 0 });
    const bus = new FickleBus();
    bus.away = true;
    await using relay = new Relay(journal, bus, relaying({ batchEvents: 1 }));
    journal.record(makeRequestCompleted());
    journal.record(makeRequestCompleted());
    await bus.refused(1);
    await journal[Symbol.asyncDispose]();
    bus.away = false;
    await bus.took(1);
    await relay.drain(50);
  });
});

describe('a journal that cannot take more', () => {
  test('refuses new attempts when too many events wait, and takes them again when they have left', async () => {
    const { journal } = await start({ maxWaitingEvents: 3 });
    const bus = new FickleBus();
    bus.away = true;
    await using relay = new Relay(journal, bus, relaying());
    const inFlight = makeOpened();
    await journal.open(inFlight);
    for (let n = 0; n < 3; n++) journal.record(makeRequestCompleted());
    const refused = await journal.open(makeOpened()).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Fault);
    expect(refused).toMatchObject({ kind: 'ledger_unavailable' });
    // What was paid for already is still taken: money is never refused.
    journal.settle(makeAttempt(inFlight));
    expect(journal.waitingEvents).toBe(4);
    bus.away = false;
    await bus.took(4);
    await expect.poll(() => journal.open(makeOpened()).then(() => 'opened', String)).toBe('opened');
    await relay.drain(10_000);
    await journal[Symbol.asyncDispose]();
  });

  test.runIf(process.platform === 'linux')(
    'refuses new attempts while its disk is full, and settles all that it took when there is room again',
    async () => {
      const opened: string[] = [];
      const refused: string[] = [];
      {
        // 32 blocks of 1,024 bytes, half a segment: a write past them fails as on a full disk.
        const small = ['bash', '-c', 'ulimit -S -f 32; exec "$0" "$@"'];
        await using filling = journalProcess(small);
        await filling.said('ready');
        for (let n = 0; n < 300; n++) filling.send(`open ${n}`);
        await filling.said('refused');
        for (let n = 0; n < 20; n++) filling.send(`settle ${n}`);
        filling.send('open when-failing');
        await filling.said('refused when-failing ledger_unavailable');
        execFileSync('prlimit', ['--pid', String(filling.pid), '--fsize=unlimited:unlimited']);
        await filling.said('durable', 20);
        filling.send('open after');
        await filling.said('opened after');
        opened.push(...filling.named('opened'));
        refused.push(...filling.named('refused'));
      }
      const { events } = await restartAndRelay();
      const ids = events.map(({ requestId }) => requestId);
      expect(ids.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
      expect(new Set(ids).size).toBe(ids.length);
      const settled = new Set(ids.slice(0, 20));
      expect(ids.slice(20).toSorted()).toEqual(opened.filter((id) => !settled.has(id)).toSorted());
      expect(refused.filter((id) => !settled.has(id) && ids.includes(id))).toEqual([]);
    },
  );
});

/** A bus that is away at times, and sometimes takes events without saying so. */
class FickleBus implements EventBus {
  readonly accepted: LedgerEvent[] = [];
  away = false;
  forgetful = 0;
  #refusals = 0;
  #wake: (() => void) | undefined;

  async publish(events: readonly LedgerEvent[]): Promise<void> {
    try {
      if (this.away) {
        this.#refusals++;
        throw new Fault('unavailable', 'The bus is away.');
      }
      this.accepted.push(...events);
      if (this.forgetful-- > 0) throw new Fault('unavailable', 'The answer was lost.');
    } finally {
      this.#wake?.();
    }
  }

  refused(times: number): Promise<void> {
    return this.#until(() => this.#refusals >= times);
  }

  took(count: number): Promise<void> {
    return this.#until(() => this.accepted.length >= count);
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  consume(): Promise<AsyncDisposable> {
    throw new TypeError('nobody reads this bus');
  }
}

const anyTraffic = fc.record({
  batchEvents: fc.integer({ min: 1, max: 8 }),
  maxBufferedEvents: fc.nat(6),
  bursts: fc.array(
    fc.record({
      count: fc.nat(12),
      away: fc.boolean(),
      pause: fc.constantFrom('none', 'between', 'commit'),
    }),
    { maxLength: 8 },
  ),
});

function journalProcess(launcher: readonly string[] = []): FixtureProcess {
  return new FixtureProcess('journal-process.ts', [path()], launcher);
}

function path(name = 'journal.db'): string {
  return join(directory.path, name);
}

async function start(options: Partial<JournalOptions> = {}) {
  const clock = new ManualClock();
  const journal = await DurableJournal.start({
    path: path(),
    maxWaitingEvents: 10_000,
    maxBufferedEvents: 1000,
    maxSegmentBytes: 4096,
    clock,
    log: silentLog,
    ...options,
  });
  return { journal, clock };
}

/** What the next process finds and sends. */
async function restartAndRelay(
  options: Partial<JournalOptions> = {},
): Promise<{ readonly events: readonly LedgerEvent[] }> {
  const { journal } = await start(options);
  const bus = new FickleBus();
  const relay = new Relay(journal, bus, relaying());
  await relay.drain(10_000);
  await journal[Symbol.asyncDispose]();
  return { events: bus.accepted };
}

function relaying(options: Partial<RelayOptions> = {}): RelayOptions {
  return {
    batchEvents: 50,
    lingerMs: 0,
    retryMinMs: 1,
    retryMaxMs: 10,
    log: silentLog,
    ...options,
  };
}

/** A log in one file, of many batches, and the requests in it in their order. */
async function writeLog(): Promise<{ readonly written: string[]; readonly log: Buffer }> {
  const folder = path('whole');
  const { journal } = await start({ path: folder, maxSegmentBytes: 1 << 30 });
  const written: string[] = [];
  for (let n = 0; n < 12; n++) {
    const attempt = makeAttempt();
    await journal.open(attempt);
    journal.settle(attempt);
    const completed = makeRequestCompleted();
    journal.record(completed);
    written.push(attempt.requestId, completed.requestId);
  }
  await journal[Symbol.asyncDispose]();
  const [name = ''] = (await readdir(folder)).filter((one) => one.endsWith('.log'));
  return { written, log: await readFile(join(folder, name)) };
}

async function putLog(folder: string, log: Buffer): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, '000000000001.log'), log);
}

async function segmentsOf(folder: string): Promise<number> {
  return (await readdir(folder)).filter((name) => name.endsWith('.log')).length;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
