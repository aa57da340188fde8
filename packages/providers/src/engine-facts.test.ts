import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EngineFacts, type EngineName, engineByOwner, engineLookups } from './engine-facts.ts';

/** What an engine is taken for that answers these pages, and nothing else. */
function factsOf(
  engine: EngineName | undefined,
  model: string,
  pages: Readonly<Record<string, unknown>>,
): EngineFacts {
  const facts: Record<string, unknown> = {};
  for (const { paths, read } of engineLookups(engine, model)) {
    const path = paths.find((one) => one in pages);
    if (path === undefined) continue;
    const page = pages[path];
    const told = read(typeof page === 'string' ? page : JSON.stringify(page));
    for (const [name, fact] of Object.entries(told)) if (fact !== undefined) facts[name] ??= fact;
  }
  return facts;
}

const PROPS = {
  build_info: 'b1-abc1234',
  model_path: '/models/small-q4.gguf',
  model_ftype: 'Q4_K - Medium',
  chat_template: '{{ messages }}',
  // Another in every process.
  media_marker: '<__media_x__>',
  // A request's default, whatever the server does.
  default_generation_settings: { n_ctx: 4096, params: { 'speculative.types': 'none' } },
};

test('llama.cpp tells its build, its file and how that is quantised; whether it guesses, its slots do', () => {
  const slots = (speculative: boolean) => [{ id: 0, n_ctx: 4096, speculative, prompt: 'secret' }];
  const facts = {
    version: 'b1-abc1234',
    model: 'small-q4.gguf',
    quantisation: 'Q4_K - Medium',
    template: '{{ messages }}',
  };
  const pages = { '/props': PROPS };
  expect(factsOf('llama.cpp', 'm', pages)).toEqual(facts);
  expect(factsOf('llama.cpp', 'm', { ...pages, '/slots': slots(false) })).toEqual({
    ...facts,
    speculation: 'off',
  });
  expect(factsOf('llama.cpp', 'm', { ...pages, '/slots': slots(true) })).toEqual({
    ...facts,
    speculation: 'on',
  });
});

const VLLM_MODELS = {
  object: 'list',
  data: [
    { id: 'other', owned_by: 'vllm', root: 'acme/other', parent: null },
    { id: 'small', owned_by: 'vllm', root: 'acme/small-fp8', parent: null, max_model_len: 8192 },
  ],
};

test('vLLM guesses ahead where it counts its guesses, and tells what keeps its cache', () => {
  const quiet = '# HELP x y\nvllm:num_requests_running{engine="0"} 0.0\n';
  const counting = `${quiet}vllm:spec_decode_num_drafts_total{engine="0"} 0.0\n`;
  const cache = (kind: string) =>
    `vllm:cache_config_info{block_size="16",cache_dtype="${kind}",engine="0"} 1.0\n`;
  const pages = { '/version': { version: '0.14.2' }, '/models': VLLM_MODELS };
  const facts = { version: '0.14.2', engine: 'vllm', model: 'acme/small-fp8' };
  expect(factsOf('vllm', 'small', pages)).toEqual(facts);
  expect(factsOf('vllm', 'small', { ...pages, '/metrics': quiet + cache('auto') })).toEqual({
    ...facts,
    speculation: 'off',
  });
  expect(factsOf('vllm', 'small', { ...pages, '/metrics': counting + cache('fp8') })).toEqual({
    ...facts,
    speculation: 'on',
    quantisation: 'kv:fp8',
  });
});

test('SGLang tells all its settings, of which the secrets stay where they are', () => {
  const info = {
    version: '0.6.1',
    model_path: 'acme/small',
    revision: null,
    dtype: 'bfloat16',
    quantization: 'fp8',
    kv_cache_dtype: 'fp8_e5m2',
    chat_template: null,
    speculative_algorithm: 'EAGLE3',
    api_key: 'k-secret',
    internal_states: [{ last_gen_throughput: 12.5 }],
  };
  const facts = {
    version: '0.6.1',
    model: 'acme/small',
    quantisation: 'fp8 bfloat16 kv:fp8_e5m2',
    speculation: 'EAGLE3',
  };
  expect(factsOf('sglang', 'small', { '/server_info': info })).toEqual(facts);
  // Its older name.
  const old = { '/get_server_info': { ...info, speculative_algorithm: null } };
  expect(factsOf('sglang', 'small', old)).toEqual({ ...facts, speculation: 'off' });
  expect(factsOf('sglang', 'small', { '/server_info': { version: '1' } })).toEqual({
    version: '1',
  });
});

test('TensorRT-LLM tells its configuration among its measurements, where they are switched on', () => {
  const model =
    'trtllm_model_config_info{engine_type="trtllm",model="acme/small",dtype="bfloat16",quantization="FP8"} 1.0\n';
  const guessing =
    'trtllm_speculative_config_info{spec_enabled="true",spec_method="Eagle3",spec_num_tokens="3"} 1.0\n';
  const pages = { '/version': { version: '1.2.0' } };
  expect(factsOf('tensorrt-llm', 'm', pages)).toEqual({ version: '1.2.0' });
  const facts = { version: '1.2.0', model: 'acme/small', quantisation: 'FP8 bfloat16' };
  expect(factsOf('tensorrt-llm', 'm', { ...pages, '/prometheus/metrics': model })).toEqual({
    ...facts,
    speculation: 'off',
  });
  expect(
    factsOf('tensorrt-llm', 'm', { ...pages, '/prometheus/metrics': model + guessing }),
  ).toEqual({ ...facts, speculation: 'Eagle3' });
});

test('the measurements of TensorRT-LLM that are gone once they are read are left to their owner', () => {
  const paths = engineLookups('tensorrt-llm', 'm').flatMap(({ paths: own }) => own);
  expect(paths).not.toContain('/metrics');
});

test('TGI, Ollama and TabbyAPI tell of themselves on pages of their own', () => {
  const info = {
    model_id: 'acme/small',
    model_sha: 'f00d',
    model_dtype: 'float16',
    version: '3.3',
  };
  expect(factsOf('tgi', 'acme/small', { '/info': { ...info, sha: null } })).toEqual({
    version: '3.3',
    model: 'acme/small f00d',
    quantisation: 'float16',
  });
  const tags = { models: [{ name: 'small:latest', model: 'small:latest', digest: 'd1g357' }] };
  const show = { details: { quantization_level: 'Q4_K_M' }, template: '{{ .Prompt }}' };
  const ollama = { '/api/version': { version: '0.14' }, '/api/show': show, '/api/tags': tags };
  expect(factsOf('ollama', 'small', ollama)).toEqual({
    version: '0.14',
    model: 'd1g357',
    quantisation: 'Q4_K_M',
    template: '{{ .Prompt }}',
  });
  const parameters = { cache_mode: 'Q8', prompt_template: 'chatml', draft: { id: 'tiny-exl3' } };
  expect(factsOf('tabbyapi', 'm', { '/model': { id: 'small-exl3', parameters } })).toEqual({
    model: 'small-exl3',
    quantisation: 'kv:Q8',
    template: 'chatml',
    speculation: 'tiny-exl3',
  });
});

test('only Ollama is asked by a body, since it has several models', () => {
  const engines = ['vllm', 'sglang', 'tensorrt-llm', 'llama.cpp', 'tabbyapi', 'tgi'] as const;
  for (const engine of engines) {
    expect(engineLookups(engine, 'm').filter(({ body }) => body !== undefined)).toEqual([]);
  }
  expect(engineLookups('ollama', 'a "b"').flatMap(({ body }) => body ?? [])).toEqual([
    '{"model":"a \\"b\\""}',
  ]);
});

test('an unknown engine may tell by its list of models what it is', () => {
  expect(factsOf(undefined, 'small', { '/models': VLLM_MODELS })).toEqual({
    engine: 'vllm',
    model: 'acme/small-fp8',
  });
  // One model under a name of ours is the one that is meant; of several nobody knows.
  const one = { data: [{ id: 'x.gguf', owned_by: 'llamacpp' }] };
  expect(factsOf(undefined, 'small', { '/models': one })).toEqual({ engine: 'llama.cpp' });
  expect(factsOf(undefined, 'none', { '/models': VLLM_MODELS })).toEqual({});
});

test.each([
  ['llamacpp', 'm', 'llama.cpp'],
  ['acme/small', 'acme/small', 'tgi'],
  ['openai', 'gpt', undefined],
  [undefined, undefined, undefined],
  ['constructor', 'm', undefined],
])('a model of %s called %s is %s’s', (owner, model, engine) => {
  expect(engineByOwner(owner, model)).toBe(engine);
});

describe('whatever a server says', () => {
  const engines: (EngineName | undefined)[] = [
    'vllm',
    'sglang',
    'tensorrt-llm',
    'llama.cpp',
    'tabbyapi',
    'tgi',
    'ollama',
    undefined,
  ];
  const page = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({
        version: fc.anything(),
        data: fc.anything(),
        models: fc.anything(),
        details: fc.anything(),
        parameters: fc.anything(),
        build_info: fc.anything(),
        speculative_algorithm: fc.anything(),
      })
      .map((value) => {
        try {
          return JSON.stringify(value) ?? '';
        } catch {
          return '{}';
        }
      }),
    fc.string().map((labels) => `vllm:cache_config_info{cache_dtype="${labels}`),
  );

  test('reading it does not throw, and what is told is text or nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...engines), fc.string(), page, (engine, model, body) => {
        for (const lookup of engineLookups(engine, model)) {
          for (const fact of Object.values(lookup.read(body))) {
            expect(['string', 'undefined']).toContain(typeof fact);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
