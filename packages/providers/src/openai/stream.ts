import { Fault, type ProviderEvent } from '@weir/core';
import type { StreamReader } from '../adapter.ts';
import { reportFrom } from './usage.ts';
import { finishFrom, text, tokensFrom, type WireChoice, type WireReply } from './wire.ts';

/** A fresh reader per reply: it remembers whether the answer's identity and end were already told. */
export function reader(): StreamReader {
  let identified = false;
  let finished = false;

  return {
    read(data) {
      if (data === '[DONE]') return [{ type: 'done' }];
      const wire = parse(data);
      const events: ProviderEvent[] = [];
      if (!identified && (wire.id || wire.model)) {
        identified = true;
        events.push({ type: 'identity', model: text(wire.model), upstreamId: text(wire.id) });
      }
      const choice = wire.choices?.[0];
      // TabbyAPI repeats choice and finish reason beside the usage.
      if (choice && !finished) {
        readChoice(choice, events);
        if (choice.finish_reason) {
          finished = true;
          events.push({ type: 'finish', reason: finishFrom(choice.finish_reason) });
        }
      }
      const report = wire.usage ? reportFrom(wire.usage) : undefined;
      if (report) events.push({ type: 'usage', report });
      return events;
    },
  };
}

function readChoice(choice: WireChoice, events: ProviderEvent[]): void {
  const delta = choice.delta;
  if (!delta) return;
  const content = text(delta.content);
  const tokens = tokensFrom(choice.logprobs?.content);
  if (content || tokens?.length) {
    events.push({ type: 'text-delta', text: content, ...(tokens && { tokens }) });
  }
  const refusal = text(delta.refusal);
  if (refusal) events.push({ type: 'refusal-delta', text: refusal });
  const reasoning = text(delta.reasoning_content) || text(delta.reasoning);
  if (reasoning) events.push({ type: 'reasoning-delta', text: reasoning });
  if (!Array.isArray(delta.tool_calls)) return;
  for (const [position, call] of delta.tool_calls.entries()) {
    const index = typeof call?.index === 'number' ? call.index : position;
    if (!Number.isInteger(index) || index < 0 || index > 127) {
      throw new Fault(
        'upstream_invalid',
        'The provider sent a tool call with an index out of range.',
      );
    }
    const name = text(call?.function?.name);
    const id = text(call?.id);
    events.push({
      type: 'tool-delta',
      index,
      arguments: text(call?.function?.arguments),
      ...(id && { id }),
      ...(name && { name }),
    });
  }
}

function parse(data: string): WireReply {
  let wire: unknown;
  try {
    wire = JSON.parse(data);
  } catch (cause) {
    throw new Fault('upstream_invalid', 'The provider sent an event that is not JSON.', { cause });
  }
  if (typeof wire !== 'object' || wire === null) {
    throw new Fault('upstream_invalid', 'The provider sent an event that is not an object.');
  }
  const reply = wire as WireReply;
  if (reply.error || reply.object === 'error') {
    throw new Fault('upstream_unavailable', 'The provider broke its answer off with an error.');
  }
  return reply;
}
