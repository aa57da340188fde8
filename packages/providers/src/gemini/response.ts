import type { ProviderReply } from '../adapter.ts';
import { replyWith } from '../broken-reply.ts';
import { invalid, text } from '../wire.ts';
import {
  brokenOff,
  candidateOf,
  finishFrom,
  isBlocked,
  parse,
  queriesOf,
  reportFrom,
  saidBy,
  type WireReply,
} from './wire.ts';

/** The body of `generateContent`. Whatever came with status 200 and is no answer is a fault. */
export function fromBody(body: string): ProviderReply {
  const wire = parse(body, 'a reply');
  const usage = reportFrom(wire.usageMetadata, queriesOf(candidateOf(wire)));
  const told = {
    report: typeof usage === 'string' ? undefined : usage,
    refusedUsage: typeof usage === 'string' ? usage : undefined,
    model: text(wire.modelVersion),
    upstreamId: text(wire.responseId),
  };
  return replyWith(told, () => replyFrom(wire));
}

function replyFrom(wire: WireReply): ProviderReply['reply'] {
  const candidate = candidateOf(wire);
  if (!candidate) {
    if (isBlocked(wire)) return { text: '', toolCalls: [], finish: 'content_filter' };
    throw invalid('a reply without an answer');
  }
  const said = saidBy(candidate, 0);
  const finish = finishFrom(candidate.finishReason, said.toolCalls.length > 0);
  if (finish === undefined) throw invalid('a reply without its end');
  if (finish === 'broken') throw brokenOff();
  return {
    text: said.text,
    toolCalls: said.toolCalls,
    finish,
    ...(said.reasoning && { reasoning: said.reasoning }),
    ...(said.tokens && { tokens: said.tokens }),
  };
}
