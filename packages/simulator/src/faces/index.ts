import { anthropic } from './anthropic.ts';
import { bedrock } from './bedrock.ts';
import { cohere } from './cohere.ts';
import type { Face } from './face.ts';
import { gemini } from './gemini.ts';
import { ollama } from './ollama.ts';
import { openai } from './openai.ts';
import { responses } from './responses.ts';

/** Every protocol that every backend speaks; a further one is a row here. */
export const FACES: readonly Face[] = [
  openai,
  responses,
  anthropic,
  gemini,
  bedrock,
  ollama,
  cohere,
];
