import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCommand } from '../command.ts';
import { doctor } from './doctor.ts';

let folder = '';
let printed = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-doctor-'));
  printed = '';
  vi.stubEnv('KEY', 'k-1');
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A provider that has a list of models for whoever shows this header. */
async function provider(path: string, header: string, value: string) {
  const asked: (string | undefined)[] = [];
  const knows = ({ headers }: IncomingMessage) => headers[header] === value;
  const server = createServer((request, response) => {
    asked.push(request.url);
    if (request.url !== path) response.writeHead(404);
    else response.writeHead(knows(request) ? 200 : 401);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** What is said of a provider `p` with these settings. */
async function finding(settings: string): Promise<string> {
  const price = '{ price: { inputUsdPerMTok: 1, outputUsdPerMTok: 1 } }';
  const file = join(folder, 'weir.yaml');
  const routes = 'routes: { r: { escalate: [{ model: p/m }] } }';
  writeFileSync(file, `providers: { p: { ${settings}, models: { m: ${price} } } }\n${routes}\n`);
  await runCommand(doctor, ['--config', file]);
  return printed.split('\n').find((line) => line.includes('provider p')) ?? '';
}

test.each([
  ['anthropic', '/v1', '/v1/models', 'x-api-key', 'k-1'],
  ['gemini', '/v1beta', '/v1beta/models', 'x-goog-api-key', 'k-1'],
  ['azure', '/openai/v1', '/openai/v1/models', 'api-key', 'k-1'],
  ['openai', '/v1/', '/v1/models', 'authorization', 'Bearer k-1'],
  ['ollama', '', '/api/tags', 'authorization', 'Bearer k-1'],
])('%s is asked for its models with its key in its own words', async (dialect, base, ...at) => {
  await using server = await provider(...at);
  const said = await finding(
    `dialect: ${dialect}, baseUrl: ${server.origin}${base}, apiKey: env:KEY`,
  );
  expect(said).toMatch(/^ok .* answers \(status 200\)$/);
  expect(server.asked).toEqual([at[0]]);
});

test.each([
  ['apiKey: env:KEY', 'refuses this key (status 401)'],
  ['apiKey: env:UNSET_KEY', 'wants a key: set apiKey and its variable (status 401)'],
  ['maxConnections: 1', 'wants a key: set apiKey and its variable (status 401)'],
])('with %s a provider that knows another key %s', async (setting, said) => {
  await using server = await provider('/v1/models', 'authorization', 'Bearer k-2');
  const found = await finding(`dialect: openai, baseUrl: ${server.origin}/v1, ${setting}`);
  expect(found).toContain('MISSING');
  expect(found).toContain(said);
});

test('an address without a list of models may be the wrong one', async () => {
  await using server = await provider('/v1/models', 'authorization', 'Bearer k-1');
  const found = await finding(`dialect: openai, baseUrl: ${server.origin}, apiKey: env:KEY`);
  expect(found).toContain('has no list of models there: is the address right? (status 404)');
});

test('a cloud that signs its calls is not called with somebody’s key for another', async () => {
  await using server = await provider('/models', 'authorization', 'Bearer k-1');
  const found = await finding(`dialect: bedrock, baseUrl: ${server.origin}`);
  expect(found).toContain('answers; its key is not tried (status 404)');
});

test('a host that is not there cannot be reached', async () => {
  const found = await finding('dialect: vllm, baseUrl: "http://127.0.0.1:1/v1"');
  expect(found).toBe('MISSING provider p: http://127.0.0.1:1/v1 cannot be reached');
});
