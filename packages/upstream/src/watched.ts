import type { ChatReply, ChatRequest, Clock, DraftEndpoint } from '@weir/core';
import type { EngineFacts } from '@weir/providers';
import { newId, withDeadline } from '@weir/runtime';
import type { AttemptPlace, Identity } from './attempt.ts';
import type { Deployment } from './deployment.ts';
import { EngineDesk } from './engine-desk.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Answered, Upstream } from './upstream.ts';

/** How an endpoint is looked after. */
export interface ProbeSettings {
  /** Without it nothing is asked beside drafts, and nobody knows whether its log-probabilities may be believed. */
  readonly enabled: boolean;
  /** A new probe after so long, though nothing seems to have changed. */
  readonly everyMs: number;
  /** How often the engine is asked about itself; and no two probes are closer together. */
  readonly lookMs: number;
  /** For the engine's own pages together, and for the probe. */
  readonly timeoutMs: number;
  /** Of each of its pages. */
  readonly maxReplyBytes: number;
}

/** An endpoint that drafts. */
export interface DraftingEndpoint {
  readonly deployment: Deployment;
  /** As the drafts of its routes ask for. */
  readonly topLogprobs: number;
  readonly probe: ProbeSettings;
}

/** What to ask to see the log-probabilities of an endpoint, and how to judge them. */
export interface LogprobProbe {
  chat(topLogprobs: number): ChatRequest;
  judge(chat: ChatRequest, reply: ChatReply): Pick<Finding, 'trusted' | 'finding'>;
}

/** What a probe came to. */
export interface Finding {
  /** Undefined where the answer did not tell. */
  readonly trusted: boolean | undefined;
  /** In a machine's word. */
  readonly finding: string;
  /** Of the endpoint that was judged. */
  readonly fingerprint: string;
}

export interface WatchedOptions {
  readonly upstream: Pick<Upstream, 'call'>;
  readonly logprobProbe: LogprobProbe;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onChange: (deployment: string, found: Finding, facts: EngineFacts) => void;
}

/** Whose a probe's attempts are in the ledger: nobody asked for them but Weir. */
const PROBE_PRINCIPAL = { tenant: 'weir', keyId: 'probe' } as const;
const PROBE_ID = 'probe';

/** By the id of an attempt, as providers hear it. */
export function isProbe(attemptId: string): boolean {
  return attemptId.startsWith(`${PROBE_ID}_`);
}

/** A change is not looked into sooner than this after the last look. */
const HASTE_MS = 1000;

/** An endpoint with more models and builds at work than this has no one thing to probe. */
const MOST_ANSWERING = 16;

/** One endpoint that drafts, looked at again and again, once at a time. */
export class Watched {
  readonly #endpoint: DraftingEndpoint;
  readonly #options: WatchedOptions;
  readonly #desk: EngineDesk;
  #found: Finding | undefined;
  /** The model and build that answered last, and those that a probe was made for: some endpoints have several at work. */
  #answeredBy = '';
  readonly #probedFor = new Set<string>();
  /** What the engine told of itself when it was probed; undefined while no probe came to anything. */
  #probedFacts: string | undefined;
  #probedAtMs = Number.NEGATIVE_INFINITY;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  /** One answer after the other comes from the same. */
  #named: { readonly model: string; readonly fingerprint: string } | undefined;

  constructor(endpoint: DraftingEndpoint, options: WatchedOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#desk = new EngineDesk(endpoint.deployment, endpoint.probe);
  }

  start(): void {
    if (this.#endpoint.probe.enabled) this.#lookIn(0);
  }

  endpointFor(servedModel: string): DraftEndpoint {
    const fingerprint = this.#fingerprintFor(servedModel);
    const found = this.#found?.fingerprint === fingerprint ? this.#found : undefined;
    return { fingerprint, logprobsTrusted: found?.trusted };
  }

  answered({ model, build = '' }: Identity): void {
    this.#answeredBy = `${model}\n${build}`;
    if (!this.#isStranger || !this.#endpoint.probe.enabled || this.#looking) return;
    const sinceMs = this.#options.clock.monotonicMs() - this.#lookedAtMs;
    this.#lookIn(Math.max(0, Math.min(HASTE_MS, this.#endpoint.probe.lookMs) - sinceMs));
  }

  /** Resolves when nothing of it goes on any more; its signal has ended what did. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#options.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().finally(() => {
        this.#looking = undefined;
        this.#lookIn(this.#endpoint.probe.lookMs);
      });
    }, ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const { signal, clock } = this.#options;
    this.#lookedAtMs = clock.monotonicMs();
    const isThere = await this.#desk.ask(signal);
    this.#named = undefined;
    // Where nobody answers for nothing, nobody answers for money.
    if (isThere && this.#isDue()) await this.#probe();
  }

  #isDue(): boolean {
    const { everyMs, lookMs } = this.#endpoint.probe;
    const sinceMs = this.#options.clock.monotonicMs() - this.#probedAtMs;
    if (sinceMs >= everyMs) return true;
    return sinceMs >= lookMs && (this.#isStranger || this.#probedFacts !== this.#facts);
  }

  get #isStranger(): boolean {
    return this.#probedFor.size < MOST_ANSWERING && !this.#probedFor.has(this.#answeredBy);
  }

  get #facts(): string {
    return fingerprintOf(this.#endpoint.deployment, '', this.#desk.facts);
  }

  async #probe(): Promise<void> {
    const { logprobProbe, clock, onChange } = this.#options;
    const { deployment, topLogprobs } = this.#endpoint;
    this.#probedAtMs = clock.monotonicMs();
    const chat = logprobProbe.chat(topLogprobs);
    const facts = this.#facts;
    if (facts !== this.#probedFacts) this.#probedFor.clear();
    const asker = this.#answeredBy;
    const answered = await this.#call(chat);
    if (!answered) return;
    this.#probedFacts = facts;
    // It may have come to another of them than the one that it was made for.
    this.#probedFor.add(asker).add(this.#answeredBy);
    const before = this.#found;
    const fingerprint = this.#fingerprintFor(answered.attempt.servedModel);
    const found = { ...logprobProbe.judge(chat, answered.reply), fingerprint };
    this.#found = found;
    const isSame = before?.fingerprint === fingerprint && before.finding === found.finding;
    if (!isSame) onChange(deployment.name, found, this.#desk.facts);
  }

  /** As a draft is called, and in the ledger as drafts are; undefined when it came to nothing. */
  async #call(chat: ChatRequest): Promise<Answered | undefined> {
    const { upstream, clock, signal } = this.#options;
    const { deployment, probe } = this.#endpoint;
    const context = {
      ...PROBE_PRINCIPAL,
      requestId: newId(PROBE_ID),
      route: deployment.name,
      deadlineAtMs: clock.monotonicMs() + probe.timeoutMs,
      attemptsLeft: 1,
      tags: {},
    };
    const place: AttemptPlace = { context, role: 'probe', tier: 'probe', number: 1 };
    using patience = withDeadline(signal, probe.timeoutMs);
    try {
      return await upstream.call(deployment, chat, place, patience.signal);
    } catch {
      // It is settled, counted and will be tried again; nobody waits for it who would have to be told.
      return undefined;
    }
  }

  #fingerprintFor(model: string): string {
    if (this.#named?.model !== model) {
      const { deployment } = this.#endpoint;
      const fingerprint = fingerprintOf(deployment, model, this.#desk.facts);
      this.#named = { model, fingerprint };
    }
    return this.#named.fingerprint;
  }
}
