import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayRow } from './rows.ts';

export interface ReplayTarget {
  readonly url: string;
  readonly key: string;
  readonly route: string;
  readonly runId: string;
  readonly maxTokens: number;
  readonly concurrency: number;
  /** How long a Weir that cannot be reached is waited for, per question. */
  readonly patienceMs: number;
}

/** What came of one question. */
export interface Answered {
  readonly row: ReplayRow;
  readonly status: number;
  readonly text: string;
  readonly servedBy: string;
  readonly escalated: boolean;
  readonly confidence: number | null;
  readonly latencyMs: number;
  readonly attempts: number;
  /** Times that the connection failed before this answer came. */
  readonly reconnects: number;
}

interface Body {
  readonly error?: { readonly code?: string | null };
  readonly choices?: readonly { readonly message?: { readonly content?: string | null } }[];
  readonly weir?: {
    readonly served_by?: string;
    readonly verdict?: { readonly decision?: string; readonly confidence?: number | null } | null;
    readonly attempts?: readonly unknown[];
  };
}

const RETRY_MS = 250;

/** Sends every question over HTTP, so many at a time, and reports each as it is answered. */
export async function ask(
  rows: readonly ReplayRow[],
  target: ReplayTarget,
  onAnswer: (answered: Answered) => void,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < rows.length) {
      const row = rows[next++] as ReplayRow;
      onAnswer(await askOne(row, target));
    }
  };
  await Promise.all(Array.from({ length: Math.min(target.concurrency, rows.length) }, worker));
}

async function askOne(row: ReplayRow, target: ReplayTarget): Promise<Answered> {
  const body = JSON.stringify({
    model: target.route,
    messages: [{ role: 'user', content: row.prompt }],
    temperature: 0,
    max_tokens: target.maxTokens,
    metadata: { replay: target.runId },
    weir: { report: true },
  });
  const giveUpAt = performance.now() + target.patienceMs;
  for (let reconnects = 0; ; reconnects++) {
    const startedAt = performance.now();
    try {
      const response = await fetch(`${target.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${target.key}` },
        body,
      });
      const reply = (await response.json()) as Body;
      // It is shutting down, and will be back or replaced.
      const leaving = reply.error?.code === 'service_unavailable' && performance.now() < giveUpAt;
      if (leaving) {
        await sleep(RETRY_MS);
        continue;
      }
      return answered(row, response.status, reply, performance.now() - startedAt, reconnects);
    } catch (error) {
      if (performance.now() > giveUpAt) {
        throw new Error(
          `${target.url} cannot be reached: ${String((error as Error).cause ?? error)}`,
        );
      }
      await sleep(RETRY_MS);
    }
  }
}

function answered(
  row: ReplayRow,
  status: number,
  body: Body,
  latencyMs: number,
  reconnects: number,
): Answered {
  const { weir } = body;
  return {
    row,
    status,
    text: body.choices?.[0]?.message?.content ?? '',
    servedBy: weir?.served_by ?? '',
    escalated: weir?.verdict?.decision !== 'accept',
    confidence: weir?.verdict?.confidence ?? null,
    latencyMs,
    attempts: weir?.attempts?.length ?? 0,
    reconnects,
  };
}
