import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AttemptSettled, eventIdOf, Fault } from '@weir/core';
import { Relay } from '@weir/journal';
import {
  ManualClock,
  makeAttempt,
  makeDraftLabelled,
  makeJudgement,
  makeOpened,
  makeRequestCompleted,
} from '@weir/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FixtureProcess } from './fixture-process.ts';
import { FickleBus, path, relaying, restartAndRelay, start, useJournals } from './journals.ts';

useJournals();

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

describe('an event', () => {
  test('of any kind is after a restart what it was, signals that abstained too', async () => {
    const { journal } = await start();
    const events = [
      makeDraftLabelled({ draftRight: null }),
      makeRequestCompleted({ judgement: makeJudgement() }),
      makeDraftLabelled({ source: 'feedback', tags: { team: 'a' } }),
    ];
    for (const event of events) journal.record(event);
    await journal[Symbol.asyncDispose]();
    expect((await restartAndRelay()).events).toEqual(events);
  });

  test('goes to the disk with the next attempt that is opened', async () => {
    const { journal } = await start({ lingerMs: 60_000 });
    journal.record(makeRequestCompleted({ requestId: 'waiting' }));
    const before = await recovered();
    await journal.open(makeOpened());
    expect([before, await recovered()]).toEqual([[], ['waiting']]);
    await journal[Symbol.asyncDispose]();
  });

  test('goes by itself when none is, and at the latest when the journal is closed', async () => {
    const { journal } = await start({ lingerMs: 10 });
    journal.record(makeRequestCompleted({ requestId: 'alone' }));
    await expect.poll(recovered).toEqual(['alone']);
    await journal[Symbol.asyncDispose]();
    const { journal: slow } = await start({ lingerMs: 60_000 });
    slow.record(makeRequestCompleted({ requestId: 'last' }));
    await slow[Symbol.asyncDispose]();
    expect(await recovered()).toEqual(['alone', 'last']);
  });

  /** The requests of the events that a crash at this moment leaves. */
  async function recovered(): Promise<string[]> {
    const copy = path(`copy-${++copies}`);
    await copyLog(path(), copy);
    const { events } = await restartAndRelay({ path: copy });
    return events.filter(({ type }) => type === 'request.completed').map((one) => one.requestId);
  }

  let copies = 0;
});

describe('a journal that writes over its old files', () => {
  test('can be killed at any moment and repeats nothing of what stood in them before', async () => {
    const options = { path: path('again'), maxSegmentBytes: 2048 };
    const { journal } = await start(options);
    const bus = new FickleBus();
    const relay = new Relay(journal, bus, relaying({ batchEvents: 3 }));
    const settled: string[] = [];
    let recycled = 0;
    for (let n = 0; n < 120; n++) {
      const attempt = makeAttempt();
      await journal.open(attempt);
      journal.settle(attempt);
      settled.push(attempt.attemptId);
      // What was settled before this is on disk when it is.
      await journal.open(makeOpened({ attemptId: `open-${n}` }));
      journal.settle(makeAttempt({ attemptId: `open-${n}` }));
      settled.push(`open-${n}`);
      if (n % 4 !== 0) continue;
      const durable = settled.slice(0, -1);
      const copy = path(`copy-${n}`);
      await copyLog(options.path, copy);
      recycled += (await readdir(copy)).filter((name) => name.startsWith('spare')).length;
      const ids = (await restartAndRelay({ ...options, path: copy })).events.map(eventIdOf);
      const accepted = bus.accepted.map(eventIdOf);
      expect(durable.filter((id) => !accepted.includes(id) && !ids.includes(id))).toEqual([]);
      expect(settled.slice(settled.indexOf(ids[0] ?? '')).slice(0, ids.length)).toEqual(ids);
      // Nothing from longer ago than what the bus took since the log last said so.
      expect(settled.length - settled.indexOf(ids[0] ?? '')).toBeLessThan(20);
    }
    await relay.drain(10_000);
    await journal[Symbol.asyncDispose]();
    expect(recycled).toBeGreaterThan(5);
    expect(bus.accepted.map(eventIdOf)).toEqual(settled);
  });

  test('notices that one of them is missing', async () => {
    const options = { path: path('gap'), maxSegmentBytes: 1024 };
    const { journal } = await start(options);
    for (let n = 0; n < 40; n++) await journal.open(makeOpened());
    await journal[Symbol.asyncDispose]();
    const names = (await readdir(options.path)).filter((name) => /^\d+\.log$/.test(name));
    expect(names.length).toBeGreaterThan(3);
    await rm(join(options.path, names[1] ?? ''));
    await expect(start(options)).rejects.toThrow('is damaged at byte');
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

function journalProcess(launcher: readonly string[] = []): FixtureProcess {
  return new FixtureProcess('journal-process.ts', [path()], launcher);
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

/** What a crash at this moment leaves. Files are renamed meanwhile, so it may take more than one try. */
async function copyLog(from: string, to: string): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    try {
      cpSync(from, to, { recursive: true, filter: (name) => !name.includes('lock') });
      return;
    } catch {
      await rm(to, { recursive: true, force: true });
    }
  }
  throw new Error(`${from} does not hold still`);
}

async function segmentsOf(folder: string): Promise<number> {
  return (await readdir(folder)).filter((name) => /^\d+\.log$/.test(name)).length;
}
