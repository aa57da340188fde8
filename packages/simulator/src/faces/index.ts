import { anthropic } from './anthropic.ts';
import type { Face } from './face.ts';
import { gemini } from './gemini.ts';
import { openai } from './openai.ts';

/** Every protocol that every backend speaks; a further one is a row here. */
export const FACES: readonly Face[] = [openai, anthropic, gemini];
