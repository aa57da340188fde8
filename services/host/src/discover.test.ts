import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { engineAt } from './discover.ts';

/** Something that answers these paths with JSON, and others with nothing. */
async function listening(answers: Readonly<Record<string, unknown>>) {
  const server = createServer(({ url = '' }, response) => {
    const answer = answers[url];
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const models = (id: string, owned_by: string) => ({ '/v1/models': { data: [{ id, owned_by }] } });

describe('an engine with an OpenAI face', () => {
  test.each([
    ['vllm', 'llama', 'vllm', 'vllm'],
    ['vllm', 'llama', 'llamacpp', 'llama.cpp'],
    ['vllm', 'llama', 'tensorrt_llm', 'tensorrt-llm'],
    ['vllm', 'llama', 'sglang', 'sglang'],
    ['tabbyapi', 'llama', 'tabbyAPI', 'tabbyapi'],
    ['llama.cpp', 'meta/llama', 'meta/llama', 'tgi'],
    ['tgi', 'meta/llama', 'meta/llama', 'tgi'],
  ] as const)('on the port of %s, whose model %s is owned by %s, is %s', async (...row) => {
    const [usual, model, owner, dialect] = row;
    await using engine = await listening(models(model, owner));
    const baseUrl = `${engine.origin}/v1`;
    expect(await engineAt(usual, engine.origin)).toEqual({ dialect, baseUrl, model });
  });

  test('that is another Weir is none', async () => {
    await using weir = await listening(models('support-chat', 'weir'));
    expect(await engineAt('llama.cpp', weir.origin)).toBeUndefined();
  });
});

describe('Ollama', () => {
  const found = async (...list: object[]) => {
    await using server = await listening({ '/api/tags': { models: list } });
    const engine = await engineAt('ollama', server.origin);
    return engine && { ...engine, isNative: engine.baseUrl === server.origin };
  };

  test('is spoken to by its own protocol, with the first model that can chat here', async () => {
    const engine = await found(
      { model: 'nomic-embed-text:latest', details: { family: 'nomic-bert' } },
      { model: 'huge:cloud', remote_host: 'https://ollama.com:443', details: { family: '' } },
      { model: 'tiny:1b', details: { family: 'llama' } },
      { model: 'other', details: null },
    );
    expect(engine).toMatchObject({ dialect: 'ollama', model: 'tiny:1b', isNative: true });
  });

  test('without a model that can chat is no engine', async () => {
    expect(await found()).toBeUndefined();
    expect(await found({ model: 'minilm', details: { family: 'bert' } })).toBeUndefined();
  });
});

test('what answers something else, or nothing, is no engine', async () => {
  const odd = [{}, { data: [] }, { data: [null] }, { data: {} }, { models: [null] }, 'x', null, 7];
  for (const answer of odd) {
    await using server = await listening({ '/v1/models': answer, '/api/tags': answer });
    expect(await engineAt('vllm', server.origin)).toBeUndefined();
    expect(await engineAt('ollama', server.origin)).toBeUndefined();
  }
  await using silent = await listening({});
  expect(await engineAt('ollama', silent.origin)).toBeUndefined();
  expect(await engineAt('vllm', 'http://127.0.0.1:1')).toBeUndefined();
});
