import type { ChatRequest } from '@weir/core';
import { DIALECTS, type DialectName } from '../dialects.ts';
import type { CompatibleDialect } from './index.ts';

/** Rows of those who speak OpenAI's protocol. A table of a test has a line for each, or it does not compile. */
export type Name = {
  [K in DialectName]: (typeof DIALECTS)[K] extends CompatibleDialect ? K : never;
}[DialectName];
export type Table<T> = Readonly<Record<Name, T>>;

export function lines<T>(table: Table<T>): (readonly [Name, T])[] {
  return Object.entries(table) as (readonly [Name, T])[];
}

export const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'Hello' }] };

export function called(name: Name, request: Partial<ChatRequest>, stream = false) {
  const dialect = DIALECTS[name];
  const call = dialect.adapter.toCall({ ...HELLO, ...request }, { model: 'm', dialect }, stream);
  const { model, messages, ...body } = JSON.parse(call.body) as Record<string, unknown>;
  // What is asked for in every call is a test of its own.
  const { return_spec_tokens_details: _, ...said } = body;
  return { body: stream ? body : said, messages, dropped: call.dropped };
}

export const NAMES = (Object.keys(DIALECTS) as DialectName[]).filter(
  (name): name is Name => 'row' in DIALECTS[name],
);
