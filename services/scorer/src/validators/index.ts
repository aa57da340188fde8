import { textVetoes } from '@weir/cascade';
import type { ChatReply, ChatRequest, Expectations } from '@weir/core';
import { Patterns } from './patterns.ts';
import { Schemas } from './schemas.ts';

/** Compiled patterns and schemas kept; each is a few kilobytes. */
const MAX_CACHED = 256;

/** The hard checks. Each failed one is a veto: no confidence outweighs it. */
export class Validators {
  readonly #patterns = new Patterns(MAX_CACHED);
  readonly #schemas = new Schemas(MAX_CACHED, this.#patterns);

  /** The names of every check that this draft fails. */
  vetoes(chat: ChatRequest, reply: ChatReply, expectations: readonly Expectations[]): string[] {
    const vetoes = textVetoes(reply);
    if (reply.toolCalls.length === 0) vetoes.push(...this.#format(chat, reply.text));
    else vetoes.push(...this.#tools(chat, reply));
    for (const expect of expectations) vetoes.push(...this.#expected(expect, reply.text));
    return vetoes.length > 1 ? [...new Set(vetoes)] : vetoes;
  }

  #format(chat: ChatRequest, text: string): string[] {
    const format = chat.responseFormat;
    if (!format || format.type === 'text') return [];
    const parsed = parseJson(text);
    if (parsed === undefined) return ['not_json'];
    if (format.type === 'json_object') return isObject(parsed) ? [] : ['not_json_object'];
    return this.#schemas.accepts(format.schema, parsed) ? [] : ['json_schema'];
  }

  /** A tool call must name a tool that was offered, with arguments that fit its parameters. */
  #tools(chat: ChatRequest, reply: ChatReply): string[] {
    for (const call of reply.toolCalls) {
      const tool = chat.tools?.find(({ name }) => name === call.name);
      if (!tool) return ['unknown_tool'];
      const parsed = parseJson(call.arguments === '' ? '{}' : call.arguments);
      if (!isObject(parsed)) return ['tool_arguments'];
      if (tool.parameters !== undefined && !this.#schemas.accepts(tool.parameters, parsed)) {
        return ['tool_arguments'];
      }
    }
    return [];
  }

  #expected(expect: Expectations, text: string): string[] {
    const vetoes: string[] = [];
    const folded = text.toLowerCase();
    if (expect.keywords?.some((keyword) => !folded.includes(keyword.toLowerCase()))) {
      vetoes.push('missing_keyword');
    }
    if (expect.pattern !== undefined && !this.#patterns.matches(expect.pattern, text)) {
      vetoes.push('pattern');
    }
    if (expect.minCharacters !== undefined && text.length < expect.minCharacters)
      vetoes.push('too_short');
    if (expect.maxCharacters !== undefined && text.length > expect.maxCharacters)
      vetoes.push('too_long');
    return vetoes;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
