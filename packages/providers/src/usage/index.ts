import { UsageError, type UsageReport } from '@weir/core';
import type { UsageContext } from './context.ts';
import { fieldOf, isWire, type Wire } from './counts.ts';
import { shapeOf } from './shapes.ts';

export { anthropicReport, anthropicStreamReport, foldAnthropicUsage } from './anthropic.ts';
export { bedrockReport, bedrockStreamReport } from './bedrock.ts';
export { cohereReport, cohereStreamReport } from './cohere.ts';
export type { UsageContext } from './context.ts';
export {
  geminiCachedContentReport,
  geminiCachedTokens,
  geminiReport,
  geminiStreamReport,
} from './gemini.ts';
export { llamaTimingsReport } from './llama-timings.ts';
export { ollamaReport, ollamaStreamReport } from './ollama.ts';
export { openaiChatReport, openaiChatStreamReport } from './openai-chat.ts';
export {
  openaiRealtimeReport,
  openaiRealtimeStreamReport,
  openaiResponsesReport,
  openaiResponsesStreamReport,
} from './openai-responses.ts';
export { plainUsd } from './reported-cost.ts';
export { tgiReport, tgiStreamReport } from './tgi.ts';

/**
 * What a provider said that one call consumed, in exclusive buckets. `provider` is a dialect or an id of the catalogue,
 * and `api` names the wire. The payload is the usage, or a whole stream as `{ chunks }` or `{ events }`, with `aborted`
 * where it broke off. Throws `UsageError` for anything that cannot be billed from.
 */
export function usageReport(
  provider: string,
  api: string,
  payload: unknown,
  context?: UsageContext,
): UsageReport {
  const shape = shapeOf(provider, api);
  const wire = isWire(payload) ? payload : {};
  const frames = framesIn(wire, api);
  if (frames === undefined) return shape.report(payload, context);
  return shape.streamReport(frames, context, fieldOf(wire, 'aborted') === true);
}

/** The same for a payload that is still text. A number that a double cannot hold is refused, not rounded. */
export function usageReportFromText(
  provider: string,
  api: string,
  text: string,
  context?: UsageContext,
): UsageReport {
  return usageReport(provider, api, parsed(text), context);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The cause stays out: it quotes the text.
    throw new UsageError('usage_invalid_json', 'The usage is not JSON.');
  }
}

/** The events of a stream. No usage has such lists, so that it is they who tell, and not what the wire is called. */
function framesIn(wire: Wire, api: string): readonly unknown[] | undefined {
  const frames = fieldOf(wire, 'chunks') ?? fieldOf(wire, 'events');
  if (Array.isArray(frames)) return frames;
  if (frames === undefined || !api.endsWith('.stream')) return undefined;
  throw new UsageError('usage_invalid_type', 'The events of the stream are not a list.');
}
