/** The protocol that this provider is mostly called by. */
export function apiOf(provider: string): string {
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
    default:
      return 'chat.completions';
  }
}
