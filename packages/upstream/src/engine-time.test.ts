import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EngineTime } from './engine-time.ts';

class StillClock {
  #nowMs = 0;
  nowMs = () => 0;
  monotonicMs = () => this.#nowMs;
  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

/** A call of a deployment from one microsecond on to another. */
const call = fc.record({
  deployment: fc.constantFrom('a', 'b'),
  from: fc.nat({ max: 2000 }),
  micros: fc.nat({ max: 500 }),
});

test('whatever overlaps, the shares of all calls are the time in which there was any, to the microsecond', () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 40 }), (calls) => {
      const clock = new StillClock();
      const engine = new EngineTime(clock);
      const inFlight = new Map<number, number>();
      const shares = new Map<string, number>();
      let shared = 0;
      let busy = 0;
      for (let now = 0; now <= 2500; now++) {
        for (const [id, { from }] of calls.entries()) {
          if (from === now) inFlight.set(id, engine.enter());
        }
        for (const [id, { from, micros, deployment }] of calls.entries()) {
          if (from + micros !== now) continue;
          const gpuTime = engine.leave(inFlight.get(id), deployment);
          inFlight.delete(id);
          expect(gpuTime.micros).toBeGreaterThanOrEqual(0);
          expect(gpuTime.micros).toBeLessThanOrEqual(micros);
          expect(gpuTime.beforeMicros).toBe(shares.get(deployment) ?? 0);
          shares.set(deployment, gpuTime.beforeMicros + gpuTime.micros);
          shared += gpuTime.micros;
        }
        if (inFlight.size === 0) expect(shared).toBe(busy);
        else busy++;
        clock.advance(0.001);
      }
      expect(engine.takeBusyMicros()).toBe(busy);
      expect(engine.takeBusyMicros()).toBe(0);
    }),
  );
});

test('each moment belongs in equal parts to who is there', () => {
  const clock = new StillClock();
  const engine = new EngineTime(clock);
  const first = engine.enter();
  clock.advance(10);
  const second = engine.enter();
  clock.advance(4);
  expect(engine.leave(second, 'm')).toEqual({ micros: 2000, beforeMicros: 0 });
  clock.advance(1);
  expect(engine.takeBusyMicros()).toBe(15_000);
  expect(engine.leave(first, 'm')).toEqual({ micros: 13_000, beforeMicros: 2000 });
  clock.advance(60_000);
  expect(engine.takeBusyMicros()).toBe(0);
});

test('what was never sent has no share and takes none from others', () => {
  const clock = new StillClock();
  const engine = new EngineTime(clock);
  const sent = engine.enter();
  clock.advance(5);
  expect(engine.leave(undefined, 'm')).toEqual({ micros: 0, beforeMicros: 0 });
  expect(engine.leave(sent, 'm')).toEqual({ micros: 5000, beforeMicros: 0 });
});
