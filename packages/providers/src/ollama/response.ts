import type { TokenLogprob } from '@weir/core';
import type { ProviderReply } from '../adapter.ts';
import { invalid, text } from '../wire.ts';
import {
  finishFrom,
  parse,
  spelling,
  tokensIn,
  toolCallsIn,
  usageIn,
  type WireReply,
} from './wire.ts';

/** The body of `/api/chat` where no stream was asked for. Whatever came with status 200 and is no answer is a fault. */
export function fromBody(body: string): ProviderReply {
  const wire = parse(body, 'a reply');
  const { message } = wire;
  if (typeof message !== 'object' || message === null) throw invalid('a reply without an answer');
  const answer = text(message.content);
  const reasoning = text(message.thinking);
  const toolCalls = toolCallsIn(wire, 0);
  const finish =
    wire.done === true ? finishFrom(wire.done_reason, toolCalls.length > 0) : undefined;
  if (finish === undefined) throw invalid('a reply without its end');
  const usage = usageIn(wire);
  const tokens = tokensOf(wire, answer, reasoning !== '');
  return {
    reply: {
      text: answer,
      toolCalls,
      finish,
      ...(reasoning && { reasoning }),
      ...(tokens && { tokens }),
    },
    report: typeof usage === 'object' ? usage : undefined,
    refusedUsage: typeof usage === 'string' ? usage : undefined,
    model: text(wire.model),
    upstreamId: '',
  };
}

/** Where the model thought, tokens that cannot be told from its thoughts are evidence of nothing. */
function tokensOf(
  wire: WireReply,
  answer: string,
  thought: boolean,
): readonly TokenLogprob[] | undefined {
  const tokens = tokensIn(wire);
  if (tokens.length === 0) return undefined;
  return spelling(tokens, answer) ?? (thought ? undefined : tokens);
}
