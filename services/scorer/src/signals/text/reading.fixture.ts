import type { ChatMessage } from '@weir/core';
import { Reading } from '../reading.ts';

/** An answer, the question, and what the system said before it. */
export function readingOf(text: string, question = '', context = ''): Reading {
  const messages: ChatMessage[] = [{ role: 'user', content: question }];
  if (context !== '') messages.unshift({ role: 'system', content: context });
  return new Reading({ messages }, { text, toolCalls: [], finish: 'stop' });
}
