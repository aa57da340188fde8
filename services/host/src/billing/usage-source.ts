import type { Config } from '@weir/config';
import { conditionsOf } from '../prices/endpoints.ts';

/** Whose usage it is, by whatever name: a provider of the configuration, a dialect, or a seller of the shipped book. */
export interface UsageSource {
  readonly provider: string;
  /** The protocol that it is mostly called by. */
  readonly api: string;
  /** The name by which a model is billed. */
  readonly idOf: (model: string) => string;
  readonly conditions: Readonly<Record<string, string>> | undefined;
}

/** The configuration goes first: its providers are called as their owner likes. */
export function usageSource(name: string, { providers }: Config): UsageSource {
  const settings = Object.hasOwn(providers, name) ? providers[name] : undefined;
  const provider = settings?.dialect ?? name;
  return {
    provider,
    api: apiOf(provider),
    idOf: (model) => {
      const known = settings && Object.hasOwn(settings.models, model);
      return (known ? settings.models[model]?.id : undefined) ?? model;
    },
    conditions: settings && conditionsOf(settings),
  };
}

function apiOf(provider: string): string {
  switch (provider) {
    case 'anthropic':
      return 'messages';
    case 'google':
    case 'gemini':
    case 'vertex':
      return 'generateContent';
    case 'bedrock':
      return 'Converse';
    case 'cohere':
      return 'v2/chat';
    case 'ollama':
      return 'api/chat';
    case 'openai-responses':
      return 'responses';
    default:
      return 'chat.completions';
  }
}
