import type * as wire from '@weir/contracts';
import {
  type Bought,
  type CompareCall,
  type Comparison,
  type DraftPlan,
  Fault,
  type ScoreCall,
} from '@weir/core';
import { endpointFromWire, endpointToWire } from './calls.ts';
import {
  chatFromWire,
  chatToWire,
  expectFromWire,
  expectToWire,
  replyFromWire,
  replyToWire,
} from './chat.ts';
import { exampleFromWire, exampleToWire } from './labels.ts';
import { shareFrom } from './share.ts';
import { purchaseKinds } from './verdict.ts';

export function scoreCallToWire(call: ScoreCall): wire.ScoreRequest {
  return {
    requestId: call.requestId,
    route: call.route,
    chat: chatToWire(call.chat),
    reply: replyToWire(call.reply),
    expect: expectToWire(call.expect),
    endpoint: call.endpoint && endpointToWire(call.endpoint),
    bought: call.bought && boughtToWire(call.bought),
  };
}

export function scoreCallFromWire(call: wire.ScoreRequest): ScoreCall {
  return {
    requestId: call.requestId,
    route: call.route,
    chat: chatFromWire(call.chat),
    reply: replyFromWire(call.reply),
    expect: expectFromWire(call.expect),
    endpoint: call.endpoint && endpointFromWire(call.endpoint),
    bought: call.bought && boughtFromWire(call.bought),
  };
}

function boughtToWire({ kind, reply }: Bought): wire.Bought {
  return { kind: purchaseKinds.toWire(kind), reply: reply ? replyToWire(reply) : undefined };
}

/** Evidence of a kind that is not known here is none. */
function boughtFromWire({ kind, reply }: wire.Bought): Bought | undefined {
  const known = purchaseKinds.fromWire(kind);
  return known && { kind: known, reply: reply ? replyFromWire(reply) : null };
}

/** What a plan rests on: there is no draft yet. */
export type PlanCall = Pick<ScoreCall, 'requestId' | 'route' | 'chat'>;

export function planCallToWire({ requestId, route, chat }: PlanCall): wire.PlanRequest {
  return { requestId, route, chat: chatToWire(chat) };
}

export function planCallFromWire({ requestId, route, chat }: wire.PlanRequest): PlanCall {
  return { requestId, route, chat: chatFromWire(chat) };
}

export function planToWire({ draft, escalationChance }: DraftPlan): wire.DraftPlan {
  return { draft, escalationChance: escalationChance ?? undefined };
}

export function planFromWire(plan: wire.DraftPlan | undefined): DraftPlan {
  if (!plan) throw new Fault('internal', 'The scorer gave no plan.');
  return { draft: plan.draft, escalationChance: shareFrom(plan.escalationChance) };
}

export function compareCallToWire(call: CompareCall): wire.CompareRequest {
  return {
    draft: scoreCallToWire(call),
    frontier: replyToWire(call.frontier),
    frontierCostPicoUsd: call.frontierCostPicoUsd ?? undefined,
  };
}

export function compareCallFromWire(call: wire.CompareRequest): CompareCall {
  if (!call.draft) throw new Fault('invalid_request', 'The call has no draft.');
  return {
    ...scoreCallFromWire(call.draft),
    frontier: replyFromWire(call.frontier),
    frontierCostPicoUsd: call.frontierCostPicoUsd ?? null,
  };
}

export function comparisonToWire(comparison: Comparison): wire.Comparison {
  return {
    draftRight: comparison.draftRight ?? undefined,
    frontierRight: comparison.frontierRight ?? undefined,
    example: exampleToWire(comparison.example),
  };
}

export function comparisonFromWire(comparison: wire.Comparison): Comparison {
  return {
    draftRight: shareFrom(comparison.draftRight),
    frontierRight: shareFrom(comparison.frontierRight),
    example: exampleFromWire(comparison.example),
  };
}
