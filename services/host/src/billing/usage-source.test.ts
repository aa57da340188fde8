import { parseConfig } from '@weir/config';
import { expect, test } from 'vitest';
import { usageSource } from './usage-source.ts';

const CONFIG = parseConfig(
  `providers:
  claude:
    dialect: anthropic
    baseUrl: https://api.anthropic.com/v1
    models: { fast: { id: claude-haiku-4-5 }, claude-opus-4-6: {} }
  zone:
    dialect: azure
    baseUrl: https://acme.openai.azure.com/openai/v1
    conditions: { processing_region: eu }
    models: { gpt-5.4: {} }
routes: { r: { escalate: [{ model: claude/fast }] } }
`,
  'weir.yaml',
);

test('a provider of the configuration speaks as its dialect does, whatever it is called', () => {
  expect(usageSource('claude', CONFIG)).toMatchObject({ provider: 'anthropic', api: 'messages' });
  expect(usageSource('zone', CONFIG)).toMatchObject({ conditions: { processing_region: 'eu' } });
});

test('its models are billed by their own names', () => {
  const { idOf } = usageSource('claude', CONFIG);
  expect(['fast', 'claude-opus-4-6', 'toString'].map(idOf)).toEqual([
    'claude-haiku-4-5',
    'claude-opus-4-6',
    'toString',
  ]);
});

test.each([
  ['gemini', 'generateContent'],
  ['bedrock', 'Converse'],
  ['cohere', 'v2/chat'],
  ['ollama', 'api/chat'],
  ['openai-responses', 'responses'],
  ['toString', 'chat.completions'],
])('anybody else is taken by name: %s speaks %s', (name, api) => {
  expect(usageSource(name, CONFIG)).toMatchObject({ provider: name, api });
});
