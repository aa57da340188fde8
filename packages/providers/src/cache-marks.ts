import type { ChatRequest } from '@weir/core';

/** Whether anything in a request is marked as worth caching, for providers that cannot be told. */
export function hasCacheMarks({ messages, tools, promptCache }: ChatRequest): boolean {
  if (promptCache?.ttl !== undefined || tools?.some(({ cache }) => cache)) return true;
  return messages.some(
    ({ content }) => Array.isArray(content) && content.some(({ cache }) => cache !== undefined),
  );
}
