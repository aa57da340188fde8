import type { ChatRequest } from '@weir/core';

export function makeChat(overrides: Partial<ChatRequest> = {}): ChatRequest {
  return {
    messages: [
      { role: 'system', content: 'Answer briefly.' },
      { role: 'user', content: 'Where is my parcel?' },
    ],
    ...overrides,
  };
}
