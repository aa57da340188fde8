import { type ChatRequest, textOf } from '@weir/core';

/** Typical of English text under byte-pair vocabularies; an estimate, and marked as one wherever it is used. */
const CHARACTERS_PER_TOKEN = 4;
/** Role, delimiters and the like: OpenAI's cookbook counts three to four tokens a message. */
const TOKENS_PER_MESSAGE = 4;
/** A low-detail image under OpenAI's published rule. */
const TOKENS_PER_IMAGE = 85;

export function estimateTokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** Our own count of a prompt, from its characters: for holds, for lost attempts and for usage that was not reported. */
export function estimatePromptTokens(request: ChatRequest): number {
  let characters = 0;
  let tokens = 0;
  for (const message of request.messages) {
    tokens += TOKENS_PER_MESSAGE;
    characters += textOf(message.content).length;
    if (message.content !== null && typeof message.content !== 'string') {
      for (const part of message.content) if (part.type === 'image') tokens += TOKENS_PER_IMAGE;
    }
    if (message.role === 'assistant') {
      for (const call of message.toolCalls ?? [])
        characters += call.name.length + call.arguments.length;
    }
  }
  for (const tool of request.tools ?? []) {
    characters += tool.name.length + (tool.description?.length ?? 0);
    if (tool.parameters !== undefined) characters += JSON.stringify(tool.parameters).length;
  }
  return tokens + estimateTokens(characters);
}
