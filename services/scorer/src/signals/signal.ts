import type { Reading } from './reading.ts';

/** What a signal needs, and so what it costs: text signals read the answer, `context` ones the request too. */
export type SignalCost = 'logprobs' | 'text' | 'context' | 'bought' | 'recorded';

/** One fact about a draft, as a number. */
export interface Signal {
  /** snake_case; stored with every judgement, so it never changes its meaning. */
  readonly name: string;
  readonly cost: SignalCost;
  /** The value, or undefined where it has nothing to say (it abstains). Pure; never throws; never NaN. */
  read(draft: Reading): number | undefined;
}
