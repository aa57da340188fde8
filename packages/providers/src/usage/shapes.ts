import type { UsageReport } from '@weir/core';
import { anthropicReport, anthropicStreamReport } from './anthropic.ts';
import { bedrockReport, bedrockStreamReport } from './bedrock.ts';
import { cohereReport, cohereStreamReport } from './cohere.ts';
import type { UsageContext } from './context.ts';
import { geminiCachedContentReport, geminiReport, geminiStreamReport } from './gemini.ts';
import { ollamaReport, ollamaStreamReport } from './ollama.ts';
import { openaiChatReplyReport, openaiChatStreamReport } from './openai-chat.ts';
import {
  openaiRealtimeReport,
  openaiRealtimeStreamReport,
  openaiResponsesReport,
  openaiResponsesStreamReport,
} from './openai-responses.ts';
import { tgiReport, tgiStreamReport } from './tgi.ts';

/** How one wire tells usage: in a reply, and in a stream of them. */
export interface UsageShape {
  readonly report: (payload: unknown, context?: UsageContext) => UsageReport;
  readonly streamReport: (
    frames: readonly unknown[],
    context: UsageContext | undefined,
    isAborted: boolean,
  ) => UsageReport;
}

const CHAT = { report: openaiChatReplyReport, streamReport: openaiChatStreamReport };
const RESPONSES = { report: openaiResponsesReport, streamReport: openaiResponsesStreamReport };
const REALTIME = { report: openaiRealtimeReport, streamReport: openaiRealtimeStreamReport };
const MESSAGES = { report: anthropicReport, streamReport: anthropicStreamReport };
const GEMINI = { report: geminiReport, streamReport: geminiStreamReport };
const CACHED_CONTENT = {
  report: geminiCachedContentReport,
  streamReport: () => geminiCachedContentReport(undefined),
};
const CONVERSE = { report: bedrockReport, streamReport: bedrockStreamReport };
const COHERE = { report: cohereReport, streamReport: cohereStreamReport };
const OLLAMA = { report: ollamaReport, streamReport: ollamaStreamReport };
const TGI = { report: tgiReport, streamReport: tgiStreamReport };

/** By the wire's name in lower case, without version, `.stream` and the like. */
const SHAPE_OF_API: ReadonlyMap<string, UsageShape> = new Map<string, UsageShape>([
  ['chat.completions', CHAT],
  ['chat/completions', CHAT],
  ['completions', CHAT],
  ['responses', RESPONSES],
  ['images', RESPONSES],
  ['realtime', REALTIME],
  ['realtime.response.done', REALTIME],
  ['messages', MESSAGES],
  ['generatecontent', GEMINI],
  ['streamgeneratecontent', GEMINI],
  ['batchgeneratecontent', GEMINI],
  ['cachedcontents', CACHED_CONTENT],
  ['converse', CONVERSE],
  ['conversestream', CONVERSE],
  ['v2/chat', COHERE],
  ['api/chat', OLLAMA],
  ['api/generate', OLLAMA],
  ['generate', TGI],
]);

/** What providers speak that have a wire of their own; everyone else speaks OpenAI's. */
const SHAPE_OF_PROVIDER: ReadonlyMap<string, UsageShape> = new Map<string, UsageShape>([
  ['anthropic', MESSAGES],
  ['google', GEMINI],
  ['gemini', GEMINI],
  ['vertex', GEMINI],
  ['bedrock', CONVERSE],
  ['cohere', COHERE],
]);

/** The wire decides, and where its name is not one we know, the provider. */
export function shapeOf(provider: string, api: string): UsageShape {
  const name = api
    .toLowerCase()
    .replace(/\.stream$/, '')
    .replace(/^(\/?v1\/|beta\.)/, '')
    .replace(/\.batches$/, '');
  return SHAPE_OF_API.get(name) ?? SHAPE_OF_PROVIDER.get(provider.toLowerCase()) ?? CHAT;
}
