import { ScorerService as definition } from '@weir/contracts';
import type { Scorer } from '@weir/core';
import {
  compareCallFromWire,
  compareCallToWire,
  comparisonFromWire,
  comparisonToWire,
  planCallFromWire,
  planCallToWire,
  planFromWire,
  planToWire,
  scoreCallFromWire,
  scoreCallToWire,
  verdictFromWire,
  verdictToWire,
} from '@weir/wire';
import type { Channel } from './channel.ts';
import { type RpcServer, unary } from './server.ts';

export function serveScorer(server: RpcServer, scorer: Scorer): void {
  const score = unary(definition.score, async (request, { signal }) => ({
    verdict: verdictToWire(await scorer.score(scoreCallFromWire(request), signal)),
  }));
  const plan = unary(definition.plan, async (request, { signal }) => ({
    plan: planToWire(await scorer.plan(planCallFromWire(request), signal)),
  }));
  const compare = unary(definition.compare, async (request, { signal }) => {
    const comparison = await scorer.compare(compareCallFromWire(request), signal);
    return { comparison: comparison ? comparisonToWire(comparison) : undefined };
  });
  server.add(definition, { unary: [score, plan, compare] }, true);
}

export function dialScorer(channel: Channel): Scorer {
  return {
    async score(call, signal) {
      const { verdict } = await channel.call(definition.score, scoreCallToWire(call), signal);
      return verdictFromWire(verdict);
    },
    async plan(call, signal) {
      const { plan } = await channel.call(definition.plan, planCallToWire(call), signal);
      return planFromWire(plan);
    },
    async compare(call, signal) {
      const request = compareCallToWire(call);
      const { comparison } = await channel.call(definition.compare, request, signal);
      return comparison ? comparisonFromWire(comparison) : null;
    },
  };
}
