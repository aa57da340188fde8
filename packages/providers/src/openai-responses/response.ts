import { type ChatReply, ReplyBuilder } from '@weir/core';
import type { ProviderReply } from '../adapter.ts';
import { replyWith } from '../broken-reply.ts';
import { invalid, listOf, parse, text, type Wire } from '../wire.ts';
import { Output } from './output.ts';
import { stateFrom } from './reasoning-state.ts';
import { finishFrom, usageIn } from './wire.ts';

/** A response's body. Whatever came with status 200 and is no response is `upstream_invalid`. */
export function fromBody(body: string): ProviderReply {
  const wire = parse(body, 'a reply');
  const items = wire['output'];
  if (wire['type'] === 'error' || (wire['error'] && wire['status'] !== 'failed')) {
    throw invalid('an error with status 200');
  }
  if (!Array.isArray(items) && wire['status'] !== 'failed') throw invalid('a reply without output');
  const said = listOf(items);
  const usage = usageIn(wire, said);
  const told = {
    report: typeof usage === 'object' ? usage : undefined,
    refusedUsage: typeof usage === 'string' ? usage : undefined,
    model: text(wire['model']),
    upstreamId: text(wire['id']),
  };
  return replyWith(told, () => replyFrom(wire, said));
}

function replyFrom(wire: Wire, said: readonly unknown[]): ChatReply {
  const output = new Output();
  const reply = new ReplyBuilder();
  for (const delta of output.end(said)) reply.add(delta);
  const state = stateFrom(said);
  if (state !== undefined) reply.add({ type: 'reasoning-delta', text: '', state });
  return reply.build(finishFrom(wire, 'completed', output.hasCalls));
}
