import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

describe('what answers drafts', () => {
  /** A server that answers these paths, and says no to all others. */
  async function pages(answers: Readonly<Record<string, string>>) {
    const server = createServer(({ url = '' }, response) => {
      response.writeHead(answers[url] === undefined ? 404 : 200).end(answers[url] ?? '{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
    };
  }

  const ENGINE = {
    '/version': '{"version":"0.14.2"}',
    '/metrics': 'vllm:num_requests_running 0\n',
  };

  /** What is said of the draft `p/m` with these settings of its provider, where Weir may run. */
  async function draftFinding(settings: string, weirAt = '127.0.0.1:1'): Promise<string> {
    const file = join(folder, 'weir.yaml');
    const routes = 'routes: { r: { draft: p/m, escalate: [{ model: p/m }] } }';
    const gateway = `gateway: { operationsListen: "${weirAt}" }`;
    writeFileSync(
      file,
      `providers: { p: { ${settings}, models: { m: {} } } }\n${routes}\n${gateway}\n`,
    );
    await runCommand(doctor, ['--config', file]);
    return printed.split('\n').find((line) => line.includes('draft p/m')) ?? '';
  }

  test.each([
    ['sound} 1', 'ok', 'its log-probabilities are trusted'],
    ['zero_filled} 0', 'MISSING', 'its log-probabilities are not trusted: zero_filled'],
  ])('is told with what a running Weir found: %s', async (found, mark, said) => {
    await using engine = await pages(ENGINE);
    const [finding, value] = found.split('} ');
    const metric = `weir_draft_logprobs_trusted{deployment="p/m",finding="${finding}",service="weir"} ${value}`;
    await using weir = await pages({ '/metrics': `# HELP x y\n${metric}\n` });
    const line = await draftFinding(
      `dialect: vllm, baseUrl: "http://${engine.address}/v1"`,
      weir.address,
    );
    expect(line).toMatch(new RegExp(`^${mark} `));
    expect(line).toContain(`draft p/m: vllm 0.14.2, speculation off; ${said}`);
  });

  test('without a running Weir nobody knows whether to trust it', async () => {
    await using engine = await pages(ENGINE);
    const line = await draftFinding(`dialect: vllm, baseUrl: "http://${engine.address}/v1"`);
    expect(line).toMatch(
      /^ok .*; whether its log-probabilities may be trusted, a running Weir finds/,
    );
  });

  test.each([
    [
      'dialect: openai',
      'tells nothing of itself; its log-probabilities are judged answer by answer',
    ],
    ['dialect: anthropic', 'gives no log-probabilities'],
    ['dialect: vllm', 'tells nothing of itself'],
  ])('and of %s that is not there, what can be said', async (dialect, said) => {
    const line = await draftFinding(`${dialect}, baseUrl: "http://127.0.0.1:1/v1"`);
    expect(line).toContain(`draft p/m: ${said}`);
  });
});
