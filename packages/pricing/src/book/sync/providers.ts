/** The providers that the book knows, by their names in each catalog. */
export interface ProviderNames {
  /** LiteLLM's providers, the one to believe first; their names begin with one of `prefixes` or with nothing. */
  readonly litellm: readonly (string | RegExp)[];
  readonly prefixes: readonly string[];
  readonly genai: readonly string[];
  readonly modelsDev: readonly string[];
  /**
   * When a context tier begins. No catalog says it reliably, so it is kept here, from the vendors' own words: Google,
   * OpenAI and Anthropic charge more "above" a threshold, xAI for a prompt that "reaches" it, OpenRouter "from" it on.
   */
  readonly operator: 'gt' | 'gte';
}

const names = (
  litellm: ProviderNames['litellm'],
  prefixes: readonly string[],
  genai: readonly string[],
  modelsDev: readonly string[],
  operator: 'gt' | 'gte' = 'gt',
): ProviderNames => ({ litellm, prefixes, genai, modelsDev, operator });

export const PROVIDERS: Readonly<Record<string, ProviderNames>> = {
  openai: names(['openai', 'text-completion-openai'], ['openai/'], ['openai'], ['openai']),
  azure: names(['azure', 'azure_ai', 'azure_text'], ['azure/', 'azure_ai/'], ['azure'], ['azure']),
  anthropic: names(['anthropic'], [], ['anthropic'], ['anthropic']),
  gemini: names(['gemini'], ['gemini/'], ['google'], ['google']),
  vertex: names(
    [/^vertex_ai/],
    ['vertex_ai/'],
    ['google'],
    ['google-vertex', 'google-vertex-anthropic'],
  ),
  bedrock: names(
    ['bedrock_converse', 'bedrock', 'bedrock_mantle'],
    ['bedrock/', 'bedrock_mantle/'],
    ['aws'],
    ['amazon-bedrock'],
  ),
  mistral: names(
    ['mistral', 'codestral', 'text-completion-codestral'],
    ['mistral/', 'codestral/', 'text-completion-codestral/'],
    ['mistral'],
    ['mistral'],
  ),
  deepseek: names(['deepseek'], ['deepseek/'], ['deepseek'], ['deepseek']),
  qwen: names(['dashscope'], ['dashscope/'], [], ['alibaba']),
  xai: names(['xai'], ['xai/'], ['x-ai'], ['xai'], 'gte'),
  groq: names(['groq'], ['groq/'], ['groq'], ['groq']),
  together: names(['together_ai'], ['together_ai/'], ['together'], ['togetherai']),
  fireworks: names(['fireworks_ai'], ['fireworks_ai/'], ['fireworks'], ['fireworks-ai']),
  cohere: names(['cohere_chat', 'cohere'], ['cohere/'], ['cohere'], ['cohere']),
  perplexity: names(['perplexity'], ['perplexity/'], ['perplexity'], ['perplexity']),
  openrouter: names(['openrouter'], ['openrouter/'], ['openrouter'], ['openrouter'], 'gte'),
  cerebras: names(['cerebras'], ['cerebras/'], ['cerebras'], ['cerebras']),
  moonshot: names(['moonshot'], ['moonshot/'], ['moonshotai'], ['moonshotai']),
  minimax: names(['minimax'], ['minimax/'], ['minimax'], ['minimax']),
};

export function operatorOf(provider: string): 'gt' | 'gte' {
  return PROVIDERS[provider]?.operator ?? 'gte';
}

/**
 * The bucket that a provider's cache writes are counted in. OpenAI keeps them for 30 minutes or 12 hours, which is
 * neither of Anthropic's times; a rate for five minutes also stands in for a time that is not told.
 */
export function cacheWriteRateOf(
  provider: string,
  model: string,
): 'cacheWriteOtherUsdPerMTok' | 'cacheWrite5mUsdPerMTok' {
  const isOpenAi = (provider === 'openai' || provider === 'azure') && !model.includes('claude');
  return isOpenAi ? 'cacheWriteOtherUsdPerMTok' : 'cacheWrite5mUsdPerMTok';
}
