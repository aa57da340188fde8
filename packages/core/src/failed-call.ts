import type { AttemptSettled } from './events.ts';
import { Fault } from './fault.ts';

/** A model call that failed after it had already cost something: the fault, and the attempts behind it. */
export class FailedCall extends Error {
  override readonly name = 'FailedCall';
  readonly fault: Fault;
  readonly attempts: readonly AttemptSettled[];

  constructor(fault: Fault, attempts: readonly AttemptSettled[]) {
    super(fault.message, { cause: fault });
    this.fault = fault;
    this.attempts = attempts;
  }

  static from(thrown: unknown): FailedCall {
    return thrown instanceof FailedCall ? thrown : new FailedCall(Fault.from(thrown), []);
  }
}
