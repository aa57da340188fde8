import type { ChatRequest } from '@weir/core';
import {
  type Bounds,
  estimatePromptTokens,
  type PriceHistory,
  pricesBetween,
  worstCaseOf,
} from '@weir/pricing';
import type { Route } from './route.ts';

/** What is reserved for one request before anything is asked. */
export interface WorstCase {
  readonly amountPicoUsd: bigint;
  /** By then whatever it may have caused is over. */
  readonly withinMs: number;
}

/** What a judge is sent beside the request and the draft: what it is to do with them, and how to say it. */
const JUDGE_TASK_TOKENS = 1024;

/** The most that one request of a route may cost: its answer, and what a scorer model may have bought about it. */
export function worstCaseOfRequest(
  route: Route,
  chat: ChatRequest,
  nowMs: number,
  shadowTimeoutMs: number,
): WorstCase {
  const { prices, judge, timeoutMs } = route;
  const withinMs = route.learns ? timeoutMs + shadowTimeoutMs : timeoutMs;
  const bounds: Bounds = {
    inputTokens: estimatePromptTokens(chat),
    maxOutputTokens: chat.maxOutputTokens ?? route.maxOutputTokens,
    // Of one call: either the request's own time, or that of its shadow.
    withinMs: route.learns ? Math.max(timeoutMs, shadowTimeoutMs) : timeoutMs,
    serviceTier: chat.serviceTier,
  };
  let amountPicoUsd = 0n;
  for (const history of prices) amountPicoUsd += dearest(history, bounds, nowMs, withinMs);
  if (route.learns && judge) {
    const judging: Bounds = {
      inputTokens: bounds.inputTokens + bounds.maxOutputTokens + JUDGE_TASK_TOKENS,
      maxOutputTokens: judge.maxOutputTokens,
      withinMs: timeoutMs,
    };
    amountPicoUsd += dearest(judge.prices, judging, nowMs, withinMs);
  }
  return { amountPicoUsd, withinMs };
}

/** A price may change while the request runs. */
function dearest(history: PriceHistory, bounds: Bounds, nowMs: number, withinMs: number): bigint {
  let most = 0n;
  for (const price of pricesBetween(history, nowMs, nowMs + withinMs)) {
    const cost = worstCaseOf(bounds, price);
    if (cost > most) most = cost;
  }
  return most;
}
