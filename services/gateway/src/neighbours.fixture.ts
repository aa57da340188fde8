import {
  type ChatDelta,
  type Clock,
  type CompareCall,
  type Comparison,
  type Draft,
  type DraftPlan,
  type Escalation,
  FailedCall,
  Fault,
  type InferenceCall,
  type InferenceEvent,
  type Journal,
  type Ledger,
  type LedgerEvent,
  type ModelCall,
  type ScoreCall,
  type Scorer,
  type Served,
  type ServedEvent,
  type Verdict,
} from '@weir/core';
import { timeless } from '@weir/pricing';
import { Metrics, openLog, systemClock } from '@weir/runtime';
import { type GatewayOptions, GatewayService } from './gateway-service.ts';
import { makeAttempt, makeReply } from './inference.fixture.ts';
import type { Route } from './route.ts';

/** What the gateway's tests have in common: everybody around it, one route, one request. */

/** What each of the gateway's neighbours does in one test, and what was asked of them. */
export class Neighbours implements Draft, Escalation, Scorer, Journal {
  draftFault: Fault | undefined;
  planned: DraftPlan | Fault = { draft: true, escalationChance: null };
  scorerFault: Fault | undefined;
  decision: Verdict['decision'] = 'accept';
  reasons: readonly string[] = ['at_or_above_threshold'];
  /** What else the verdict says. */
  more: Partial<Verdict> = {};
  /** The verdict on a draft with bought evidence, where it is another one. */
  again: Partial<Verdict> | Fault = {};
  boughtFault: Fault | undefined;
  /** Pieces of the escalation's answer, and how it ends. */
  pieces: readonly string[] = ['Ly', 'on.'];
  escalationFault: Fault | undefined;
  endsCleanly = true;
  shadowFault: Fault | undefined;
  /** What a shadow call waits for. */
  shadowGate: Promise<void> = Promise.resolve();
  comparison: Comparison | null | Fault = {
    draftRight: 1,
    frontierRight: 0.5,
    example: { endpoint: 'e', signals: { set: 's', values: [1] }, ngrams: [3], relativeCost: 2 },
  };
  holdFault: Fault | undefined;

  readonly asked: string[] = [];
  readonly calls: ModelCall[] = [];
  readonly scored: ScoreCall[] = [];
  readonly compared: CompareCall[] = [];
  readonly recorded: LedgerEvent[] = [];
  held = 0n;
  heldForMs = 0;

  /** It knows everything that was recorded. */
  readonly ledger: Pick<Ledger, 'hold' | 'request'> = {
    hold: async (call) => {
      this.asked.push('hold');
      if (this.holdFault) throw this.holdFault;
      this.held = call.amountPicoUsd;
      this.heldForMs = call.expiresInMs;
    },
    request: async ({ tenant, requestId }) =>
      this.recorded
        .map((event, index) => ({ sequence: BigInt(index + 1), event }))
        .filter(({ event }) => event.tenant === tenant && event.requestId === requestId),
  };

  async generate(call: ModelCall): Promise<Served> {
    const role = call.context.role ?? 'draft';
    this.#take(role, call);
    const fault = call.context.role ? this.boughtFault : this.draftFault;
    const attempt = makeAttempt({
      attemptId: `req_1.${role}.1`,
      role,
      outcome: fault ? 'failed' : 'completed',
    });
    if (fault) throw new FailedCall(fault, [attempt]);
    const endpoint = { fingerprint: 'f', logprobsTrusted: true };
    return { reply: makeReply(), tier: 'draft', attempts: [attempt], dropped: ['seed'], endpoint };
  }

  async plan(): Promise<DraftPlan> {
    this.asked.push('plan');
    if (this.planned instanceof Fault) throw this.planned;
    return this.planned;
  }

  async score(call: ScoreCall): Promise<Verdict> {
    this.asked.push('score');
    this.scored.push(call);
    if (this.scorerFault) throw this.scorerFault;
    if (call.bought && this.again instanceof Fault) throw this.again;
    const { decision, reasons, more } = this;
    const again = call.bought ? this.again : {};
    const base = { confidence: 0.5, threshold: 0.9, evidence: 'logprobs' } as const;
    return { ...base, decision, reasons, ...more, ...again };
  }

  async compare(call: CompareCall): Promise<Comparison | null> {
    this.asked.push('compare');
    this.compared.push(call);
    if (this.comparison instanceof Fault) throw this.comparison;
    return this.comparison;
  }

  async escalate(call: ModelCall, signal: AbortSignal): Promise<Served> {
    const { role = 'escalation' } = call.context;
    this.#take(role, call);
    if (role === 'shadow') await this.#open(signal);
    const faults = { judge: this.boughtFault, shadow: this.shadowFault };
    const fault = role in faults ? faults[role as keyof typeof faults] : this.escalationFault;
    if (fault) throw new FailedCall(fault, [this.#frontier('failed', role)]);
    return this.#served(role);
  }

  /** A call that is stopped is still an attempt. */
  async #open(signal: AbortSignal): Promise<void> {
    const stopped = Promise.withResolvers<never>();
    const stop = () => {
      const attempts = [this.#frontier('cancelled', 'shadow')];
      stopped.reject(new FailedCall(Fault.from(signal.reason), attempts));
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    await Promise.race([this.shadowGate, stopped.promise]);
  }

  stream(call: ModelCall): AsyncIterable<ServedEvent> {
    this.#take('escalation', call);
    return this.#stream();
  }

  async *#stream(): AsyncGenerator<ServedEvent> {
    for (const text of this.pieces) yield { type: 'text-delta', text };
    if (this.escalationFault) {
      throw new FailedCall(this.escalationFault, [this.#frontier('failed', 'escalation')]);
    }
    if (this.endsCleanly) yield { type: 'end', served: this.#served('escalation') };
  }

  #served(role: Role): Served {
    const reply = makeReply({ text: this.pieces.join('') });
    const tier = role === 'judge' ? 'judge' : 'primary';
    return { reply, tier, attempts: [this.#frontier('completed', role)], dropped: [] };
  }

  #frontier(outcome: 'completed' | 'failed' | 'cancelled', role: Role) {
    return makeAttempt({
      attemptId: `req_1.${role}.1`,
      role,
      tier: role === 'judge' ? 'judge' : 'primary',
      outcome,
      costPicoUsd: 40_000n,
    });
  }

  #take(who: string, call: ModelCall): void {
    this.asked.push(who);
    this.calls.push(call);
  }

  async open(): Promise<void> {}
  settle(): void {}
  record(event: LedgerEvent): void {
    this.recorded.push(event);
  }
}

type Role = 'escalation' | NonNullable<ModelCall['context']['role']>;

export const ROUTE: Route = {
  name: 'support',
  kind: 'cascade',
  timeoutMs: 5000,
  escalationReserveMs: 1000,
  topLogprobs: 5,
  planDraft: false,
  learns: false,
  whenExhausted: 'error',
  maxAttempts: 4,
  maxOutputTokens: 100,
  frontiers: [{ tier: 'primary', prices: timeless({ inputPicoUsd: 100n, outputPicoUsd: 1000n }) }],
  prices: [
    timeless({ inputPicoUsd: 10n, outputPicoUsd: 10n }),
    timeless({ inputPicoUsd: 100n, outputPicoUsd: 1000n }),
  ],
};

export const CALL: InferenceCall = {
  principal: { tenant: 'acme', keyId: 'k1' },
  requestId: 'req_1',
  model: 'support',
  chat: { messages: [{ role: 'user', content: 'Capital of France?' }] },
  tags: {},
};

export const NEVER = new AbortController().signal;

export const DOWN = new Fault('upstream_unavailable', 'Down.');

export interface Setting
  extends Partial<Pick<GatewayOptions, 'maxShadowCalls' | 'metrics' | 'log'>> {
  readonly clock?: Clock | undefined;
  /** What chance brings, one time after the other; then 0. */
  readonly random?: readonly number[];
}

export function gateway(
  neighbours: Neighbours,
  route: Partial<Route> = {},
  setting: Setting = {},
): GatewayService {
  const { clock = systemClock, random = [], maxShadowCalls = 2 } = setting;
  const chances = [...random];
  return new GatewayService({
    draft: neighbours,
    scorer: neighbours,
    escalation: neighbours,
    ledger: neighbours.ledger as Ledger,
    journal: neighbours,
    clock,
    metrics: setting.metrics ?? new Metrics('gateway'),
    log: setting.log ?? openLog({ level: 'silent', service: 'gateway' }),
    routes: new Map([['support', { ...ROUTE, ...route }]]),
    budgeted: new Set(['acme/k1']),
    holdGraceMs: 1000,
    random: () => chances.shift() ?? 0,
    shadowTimeoutMs: 60_000,
    maxShadowCalls,
  });
}

/** What a reader of the stream has seen, and the failure that ended it. */
export async function seen(service: GatewayService, call = CALL) {
  const events: InferenceEvent[] = [];
  let failure: unknown;
  try {
    for await (const event of service.stream(call, NEVER)) events.push(event);
  } catch (thrown) {
    failure = thrown;
  }
  const deltas = events.filter((event): event is ChatDelta => event.type.endsWith('-delta'));
  const text = deltas.map((delta) => (delta.type === 'text-delta' ? delta.text : '')).join('');
  return { events, text, failure, end: events.find((event) => event.type === 'end')?.end };
}
