import type { ChatRequest } from '@weir/core';

/** Whether a message says who said it, for providers that know nobody by name. */
export function hasNames({ messages }: ChatRequest): boolean {
  return messages.some((message) => message.role !== 'tool' && message.name !== undefined);
}

/** Whether an image asks to be looked at more or less closely than its model would, for providers that cannot be told. */
export function hasDetails({ messages }: ChatRequest): boolean {
  return messages.some(
    ({ content }) =>
      Array.isArray(content) &&
      content.some(({ type, detail }) => type === 'image' && detail && detail !== 'auto'),
  );
}
