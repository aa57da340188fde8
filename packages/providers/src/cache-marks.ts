import type { CacheTtl, ChatMessage, ChatRequest } from '@weir/core';

/** Whether anything in a request is marked as worth caching, for providers that cannot be told. */
export function hasCacheMarks(request: ChatRequest): boolean {
  return countOf(request) > 0;
}

function countOf({ messages, tools, promptCache }: ChatRequest): number {
  let count = promptCache?.ttl === undefined ? 0 : 1;
  for (const { cache } of tools ?? []) if (cache !== undefined) count++;
  for (const { content } of messages) {
    if (!Array.isArray(content)) continue;
    for (const { cache } of content) if (cache !== undefined) count++;
  }
  return count;
}

/**
 * The request with at most so many marks: one more is a 400 for providers that count them, and marks are hints. Those of
 * earlier turns go first, since what ends there is a part of what ends later; instructions and tools, which stay the
 * same from request to request, go last.
 */
export function withCacheMarks(
  request: ChatRequest,
  most: number,
  dropped: Set<string>,
): ChatRequest {
  let excess = countOf(request) - most;
  if (excess <= 0) return request;
  dropped.add('cache_control');
  const unmarked = <T extends { readonly cache?: CacheTtl | undefined }>(item: T): T => {
    if (excess <= 0 || item.cache === undefined) return item;
    excess--;
    return { ...item, cache: undefined };
  };
  const relieved = (message: ChatMessage): ChatMessage =>
    Array.isArray(message.content)
      ? { ...message, content: message.content.map(unmarked) }
      : message;
  const isInstruction = ({ role }: ChatMessage) => role === 'system' || role === 'developer';
  const turns = request.messages.map((said) => (isInstruction(said) ? said : relieved(said)));
  const messages = turns.map((said) => (isInstruction(said) ? relieved(said) : said));
  return { ...request, messages, tools: request.tools?.map(unmarked) };
}
