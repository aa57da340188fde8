import type { ChatReply } from '@weir/core';

export function makeReply(overrides: Partial<ChatReply> = {}): ChatReply {
  return { text: 'It is on its way.', toolCalls: [], finish: 'stop', ...overrides };
}
