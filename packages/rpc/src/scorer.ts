import { ScorerService as definition } from '@weir/contracts';
import type { Scorer } from '@weir/core';
import { scoreCallFromWire, scoreCallToWire, verdictFromWire, verdictToWire } from '@weir/wire';
import type { Channel } from './channel.ts';
import { type RpcServer, unary } from './server.ts';

export function serveScorer(server: RpcServer, scorer: Scorer): void {
  const score = unary(definition.score, async (request, { signal }) => ({
    verdict: verdictToWire(await scorer.score(scoreCallFromWire(request), signal)),
  }));
  server.add(definition, { unary: [score] }, true);
}

export function dialScorer(channel: Channel): Scorer {
  return {
    async score(call, signal) {
      const { verdict } = await channel.call(definition.score, scoreCallToWire(call), signal);
      return verdictFromWire(verdict);
    },
  };
}
