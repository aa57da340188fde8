import { Fault } from '@weir/core';
import { type EngineFacts, engineLookups, type Lookup } from '@weir/providers';
import { withDeadline } from '@weir/runtime';
import type { Deployment } from './deployment.ts';
import { Transport } from './transport.ts';

export interface LookUpLimits {
  /** For all questions together. */
  readonly timeoutMs: number;
  readonly maxReplyBytes: number;
}

/**
 * Asks the engine behind a deployment about itself; nothing is generated for it. Questions go to the origin of its base
 * URL only, with its key, on a connection that no call waits for.
 */
export class EngineDesk {
  readonly #deployment: Deployment;
  readonly #limits: LookUpLimits;
  /** By question. What was told once holds while the question cannot be asked: a busy engine is not another one. */
  #told: ReadonlyMap<string, EngineFacts> = new Map();

  constructor(deployment: Deployment, limits: LookUpLimits) {
    this.#deployment = deployment;
    this.#limits = limits;
  }

  /** All that was told so far; what was never told is absent. */
  get facts(): EngineFacts {
    return together(this.#deployment.dialect.engine, this.#told);
  }

  /** Whether anybody answered, if it were only that there is nothing to tell. */
  async ask(signal: AbortSignal): Promise<boolean> {
    const { baseUrl, timeouts, dialect } = this.#deployment;
    using patience = withDeadline(signal, this.#limits.timeoutMs);
    await using transport = new Transport(new URL(baseUrl).origin, {
      connectMs: timeouts.connectMs,
      maxConnections: 1,
    });
    const visit: Visit = {
      transport,
      signal: patience.signal,
      before: this.#told,
      answers: new Map(),
    };
    const isThere = await this.#askAll(dialect.engine, visit);
    const found = together(dialect.engine, visit.answers).engine;
    if (isThere && found && found !== dialect.engine) await this.#askAll(found, visit);
    this.#told = visit.answers;
    return isThere;
  }

  async #askAll(engine: EngineFacts['engine'], visit: Visit): Promise<boolean> {
    let isThere = false;
    for (const lookup of engineLookups(engine, this.#deployment.model)) {
      const question = lookup.paths.join(' ');
      const told = await this.#toldBy(lookup, visit);
      if (told) isThere = true;
      visit.answers.set(question, told ?? visit.before.get(question) ?? {});
    }
    return isThere;
  }

  /** Undefined where it cannot be asked, which is not the same as having nothing to tell. */
  async #toldBy(lookup: Lookup, visit: Visit): Promise<EngineFacts | undefined> {
    for (const path of lookup.paths) {
      try {
        const { status, body } = await this.#fetch(lookup, path, visit);
        if (status >= 500 && status !== NOT_IMPLEMENTED) return undefined;
        if (status === 200) return lookup.read(body);
      } catch {
        // Why does not matter: it will be asked again.
        return undefined;
      }
    }
    return {};
  }

  #fetch({ below, body }: Lookup, path: string, { transport, signal }: Visit) {
    const { baseUrl, headers } = this.#deployment;
    const base = new URL(baseUrl).pathname.replace(/\/$/, '');
    const request = {
      method: body === undefined ? ('GET' as const) : ('POST' as const),
      path: `${below === 'root' ? base.replace(/\/v1$/, '') : base}${path}`,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: body ?? '',
      maxReplyBytes: this.#limits.maxReplyBytes,
      onSent: () => {},
    };
    return transport.fetchText(request, { afterMs: this.#limits.timeoutMs, fault: late }, signal);
  }
}

interface Visit {
  readonly transport: Transport;
  readonly signal: AbortSignal;
  /** What was told the last time. */
  readonly before: ReadonlyMap<string, EngineFacts>;
  readonly answers: Map<string, EngineFacts>;
}

/** The first to tell a thing counts. */
function together(
  engine: EngineFacts['engine'],
  answers: ReadonlyMap<string, EngineFacts>,
): EngineFacts {
  const facts: Record<string, unknown> = { engine };
  for (const told of answers.values()) {
    for (const [name, fact] of Object.entries(told)) facts[name] ??= fact;
  }
  return facts;
}

/** How llama.cpp says that a page was not switched on. */
const NOT_IMPLEMENTED = 501;

function late(): Fault {
  return new Fault('deadline_exceeded', 'The engine did not tell in time.');
}
