import {
  type AttemptRole,
  type ChatReply,
  dayOf,
  formatUsd,
  type InferenceEnd,
  promptTokens,
  type TokenLogprob,
  type ToolCall,
  type Verdict,
} from '@weir/core';
import { headerText, tellVerdict } from './telling-headers.ts';

/** OpenAI's chat completion, written from what Weir knows. */

export interface Completion {
  readonly id: string;
  readonly createdS: number;
  /** As the caller named it; who really answered is in `x-weir-served-by`. */
  readonly model: string;
  readonly ends: readonly InferenceEnd[];
  readonly wantsLogprobs: boolean;
  readonly report: boolean;
}

export function completionBody(completion: Completion): string {
  const { id, createdS, model, ends, wantsLogprobs, report } = completion;
  return JSON.stringify({
    id,
    object: 'chat.completion',
    created: createdS,
    model,
    choices: ends.map(({ reply }, index) => ({
      index,
      message: {
        role: 'assistant',
        content: reply.text === '' && reply.toolCalls.length > 0 ? null : reply.text,
        refusal: reply.refusal ?? null,
        ...(reply.reasoning && { reasoning_content: reply.reasoning }),
        ...(reply.reasoningState && { reasoning_state: reply.reasoningState }),
        ...(reply.toolCalls.length > 0 && { tool_calls: reply.toolCalls.map(wireToolCall) }),
      },
      logprobs: wantsLogprobs ? wireLogprobs(reply.tokens) : null,
      finish_reason: finishOf(reply),
    })),
    usage: wireUsage(ends),
    ...(report && { weir: wireReport(ends) }),
  });
}

/** A reply with calls in it ended for them, whatever its provider called that. */
export function finishOf(reply: ChatReply): string {
  return reply.toolCalls.length > 0 && reply.finish === 'stop' ? 'tool_calls' : reply.finish;
}

function wireToolCall(call: ToolCall) {
  return {
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  };
}

export function wireLogprobs(tokens: readonly TokenLogprob[] | undefined) {
  if (!tokens) return null;
  return { content: tokens.map(wireToken), refusal: null };
}

function wireToken({ token, logprob, top }: TokenLogprob) {
  return {
    token,
    // OpenAI's own stand-in for a log-probability that is not known.
    logprob: logprob ?? -9999,
    bytes: [...Buffer.from(token)],
    top_logprobs: top.map((entry) => ({ ...entry, bytes: [...Buffer.from(entry.token)] })),
  };
}

/** What the other roles made is evidence, and nobody's answer. */
const ANSWERING: ReadonlySet<AttemptRole> = new Set(['draft', 'escalation', 'direct']);

/** The tokens of the answers that were served; what else was spent for them is in the report. */
export function wireUsage(ends: readonly InferenceEnd[]) {
  let prompt = 0;
  let completion = 0;
  let cached = 0;
  let reasoning = 0;
  for (const end of ends) {
    const served = end.attempts.findLast(
      ({ tier, role, outcome }) =>
        tier === end.servedBy && outcome === 'completed' && ANSWERING.has(role),
    );
    if (!served) continue;
    prompt += promptTokens(served.usage);
    completion += served.usage.outputTokens;
    cached += served.usage.cacheReadTokens;
    reasoning += served.usage.reasoningTokens;
  }
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

/** What the answering models had no word for; each parameter once. */
export function droppedIn(ends: readonly InferenceEnd[]): readonly string[] {
  const [only] = ends;
  if (only && ends.length === 1) return only.dropped;
  return [...new Set(ends.flatMap(({ dropped }) => dropped))];
}

/** What the caller may know about how its answer came to be; money as exact decimals of USD. */
export function wireReport(ends: readonly InferenceEnd[]) {
  const [first] = ends;
  return {
    request_id: first?.requestId,
    route: first?.route,
    served_by: first?.servedBy,
    degraded: ends.some(({ outcome }) => outcome === 'degraded'),
    verdict: first?.verdict && wireVerdict(first.verdict),
    cost_usd: formatUsd(totalCost(ends)),
    cost_is_lower_bound: ends.some(({ costIsLowerBound }) => costIsLowerBound),
    saved_usd: savedUsd(ends),
    dropped_parameters: droppedIn(ends),
    attempts: ends.flatMap(({ attempts }) =>
      attempts.map((attempt) => ({
        id: attempt.attemptId,
        tier: attempt.tier,
        model: attempt.model,
        outcome: attempt.outcome,
        input_tokens: promptTokens(attempt.usage),
        output_tokens: attempt.usage.outputTokens,
        provenance: attempt.provenance,
        cost_usd: attempt.costPicoUsd === null ? null : formatUsd(attempt.costPicoUsd),
      })),
    ),
  };
}

function wireVerdict(verdict: Verdict) {
  const { decision, confidence, threshold, evidence, reasons, judgement } = verdict;
  const told = { decision, confidence, threshold, evidence, reasons };
  if (!judgement) return told;
  const { model, benefit, relativeCost, shadowPrice, certificate } = judgement;
  return {
    ...told,
    model,
    benefit,
    relative_cost: relativeCost,
    shadow_price: shadowPrice,
    certificate: certificate && {
      id: certificate.id,
      alpha: certificate.alpha,
      delta: certificate.delta,
      rows: certificate.rows,
      issued_on: dayOf(certificate.issuedAtMs),
    },
  };
}

function totalCost(ends: readonly InferenceEnd[]): bigint {
  let cost = 0n;
  for (const end of ends) cost += end.costPicoUsd;
  return cost;
}

/** Null when the frontier's price is not known; negative when the cascade cost more than it saved. */
function savedUsd(ends: readonly InferenceEnd[]): string | null {
  let counterfactual = 0n;
  for (const end of ends) {
    if (end.counterfactualPicoUsd === null) return null;
    counterfactual += end.counterfactualPicoUsd;
  }
  return formatUsd(counterfactual - totalCost(ends));
}

/** The report's essentials as headers, for callers that read no bodies. */
export function reportHeaders(ends: readonly InferenceEnd[]): Record<string, string> {
  const [first] = ends;
  if (!first) return {};
  const headers: Record<string, string> = {
    'x-weir-route': headerText(first.route),
    'x-weir-served-by': headerText(first.servedBy),
    'x-weir-cost-usd': formatUsd(totalCost(ends)),
  };
  const saved = savedUsd(ends);
  if (saved !== null) headers['x-weir-saved-usd'] = saved;
  if (first.verdict) tellVerdict(headers, first.verdict);
  if (ends.some(({ outcome }) => outcome === 'degraded')) headers['x-weir-degraded'] = 'true';
  return headers;
}
