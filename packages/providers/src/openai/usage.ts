import { UsageError, type UsageReport } from '@weir/core';
import { openaiChatReport } from '../usage/openai-chat.ts';

/** Undefined when there is no usage, or figures that cannot all be true: unknown, and never taken for zero. */
export function reportFrom(wire: unknown): UsageReport | undefined {
  // Most chunks of a stream have none, and an error costs more than a question.
  if (wire === undefined || wire === null) return undefined;
  try {
    return openaiChatReport(wire);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
