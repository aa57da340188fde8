import { type LabelledDraft, logprobEvidence } from '@weir/cascade';
import type { ChatReply, ChatRequest, FinishReason, TokenLogprob } from '@weir/core';
import { readSignals } from '../signals/index.ts';
import { ngramsOf } from '../signals/ngrams.ts';
import { Reading } from '../signals/reading.ts';

/**
 * One line of a recorded log: a question, a draft's and a frontier's answer, and whether each was right. Only the two labels
 * are required; every other field that is missing leaves the signals over it without a word.
 */
export interface LogRow {
  readonly id?: string;
  /** When it was asked, in Unix milliseconds. */
  readonly at?: number | undefined;
  /** What the rows may differ by: a task, a route, a dataset. */
  readonly task?: string;
  readonly prompt?: string;
  readonly weak_text?: string;
  readonly weak_finish?: string;
  /** The draft's tokens: text, natural-log probability, and the alternatives with theirs. */
  readonly weak_tokens?: readonly {
    readonly t: string;
    readonly l?: number | null;
    readonly top?: readonly (readonly [string, number])[];
  }[];
  /** One figure for the whole draft, the higher the surer: a mean log-probability, a probability, any score. */
  readonly weak_logconf?: number | null;
  /** In [0, 1]. */
  readonly weak_correct: number;
  readonly strong_correct: number;
  /** In any one unit. */
  readonly weak_cost?: number | null;
  readonly strong_cost?: number | null;
}

/** How a log's one figure for a draft is read: as log-probability, as probability, or as it is. */
export type ConfidenceScale = 'logprob' | 'probability' | 'score';

/** By all of a log's figures: what is never above 0 is taken for a log-probability, what is in [0, 1] for a probability. */
export function confidenceScale(rows: readonly LogRow[]): ConfidenceScale {
  let logprob = true;
  let probability = true;
  for (const { weak_logconf: value } of rows) {
    if (typeof value !== 'number') continue;
    if (value > 0) logprob = false;
    if (value < 0 || value > 1) probability = false;
  }
  return logprob ? 'logprob' : probability ? 'probability' : 'score';
}

/** The row as a scorer model sees it. */
export function labelledDraft(row: LogRow, scale: ConfidenceScale): LabelledDraft {
  const { chat, reply } = exchangeOf(row);
  const evidence = logprobEvidence(chat, reply);
  const draftCost = finite(row.weak_cost);
  const reading = new Reading(chat, reply, {
    logprobs: evidence.kind === 'logprobs' ? evidence : undefined,
    confidence: confidenceOf(row, scale),
    draftCost: draftCost ?? undefined,
  });
  return {
    group: row.task ?? '',
    signals: readSignals(reading),
    ngrams: ngramsOf(reading),
    draftRight: row.weak_correct,
    frontierRight: row.strong_correct,
    weight: 1,
    propensity: 1,
    draftCost,
    frontierCost: finite(row.strong_cost),
  };
}

/** The row as a request and its draft. */
export function exchangeOf(row: LogRow): { chat: ChatRequest; reply: ChatReply } {
  const tokens = row.weak_tokens?.map(
    ({ t, l, top }): TokenLogprob => ({
      token: t,
      logprob: l ?? undefined,
      top: (top ?? []).map(([token, logprob]) => ({ token, logprob })),
    }),
  );
  const alternatives = tokens?.some(({ top }) => top.length > 0) ?? false;
  return {
    chat: {
      messages: [{ role: 'user', content: row.prompt ?? '' }],
      topLogprobs: alternatives ? 5 : 0,
    },
    reply: {
      text: row.weak_text ?? '',
      toolCalls: [],
      finish: finishOf(row.weak_finish),
      tokens,
    },
  };
}

function finishOf(finish: string | undefined): FinishReason {
  return finish === 'length' || finish === 'content_filter' ? finish : 'stop';
}

/** A log-probability of zero would be infinitely sure. */
const SUREST = 1e-7;

function confidenceOf({ weak_logconf: value }: LogRow, scale: ConfidenceScale): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  // As `sureness`, but without its floor: the sum over a long answer is far below -20, and still tells drafts apart.
  if (scale === 'logprob') return -Math.log(Math.max(0, -value) + SUREST);
  if (scale === 'score') return value;
  const chance = Math.min(1 - 1e-6, Math.max(1e-6, value));
  return Math.log(chance / (1 - chance));
}

function finite(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
