import { describe, expect, test } from 'vitest';
import {
  type EngineFacts,
  type EngineName,
  engineLookups,
} from '../../packages/providers/src/index.ts';
import { answerAt, hasCaptures } from './captures.ts';

/** What an engine that was captured tells of itself, page by page. */
function told(
  engine: EngineName | undefined,
  pages: Readonly<Record<string, string>>,
): EngineFacts {
  const facts: Record<string, unknown> = {};
  for (const { paths, read } of engineLookups(engine, 'draft')) {
    const file = paths.map((path) => pages[path]).find((one) => one !== undefined);
    if (file === undefined) continue;
    const { json, text, sse } = answerAt(file);
    const body = text ?? (sse ? sse.join('\n') : JSON.stringify(json));
    for (const [name, fact] of Object.entries(read(body))) {
      if (fact !== undefined) facts[name] ??= fact;
    }
  }
  return facts;
}

describe.skipIf(!hasCaptures)('of engines that were captured', () => {
  const llama = (kind: string) =>
    told('llama.cpp', {
      '/props': `llama-server/spec-${kind}-props.json`,
      '/slots': `llama-server/spec-${kind}-slots.json`,
    });

  test('llama.cpp is the same in every process, but for whether it guesses ahead', () => {
    const still = llama('none');
    expect(still).toMatchObject({
      version: 'b1-de3ff81',
      model: 'target-f32.gguf',
      quantisation: 'all F32',
      speculation: 'off',
      template: expect.stringContaining('<|im_start|>'),
    });
    for (const kind of ['draft-simple', 'ngram-simple', 'synth']) {
      expect(llama(kind)).toEqual({ ...still, speculation: 'on' });
    }
    const before = told('llama.cpp', {
      '/props': 'llama-server/props.json',
      '/slots': 'llama-server/slots-default.json',
    });
    expect(before).toEqual(still);
  });

  test('an unknown server is llama.cpp or vLLM by its list of models', () => {
    const llamaList = { '/models': 'llama-server/v1-models.json' };
    expect(told(undefined, llamaList)).toEqual({ engine: 'llama.cpp' });
    expect(told(undefined, { '/models': 'vllm/models.json' })).toEqual({
      engine: 'vllm',
      model: 'org/draft',
    });
    expect(told(undefined, { '/models': 'trtllm/models.json' })).toEqual({
      engine: 'tensorrt-llm',
    });
  });

  test('measurements tell that vLLM and TensorRT-LLM guess ahead', () => {
    const vllm = told('vllm', { '/metrics': 'vllm/metrics-spec-decode.json' });
    expect(vllm).toEqual({ speculation: 'on' });
    const path = '/prometheus/metrics';
    const tensorRt = told('tensorrt-llm', { [path]: 'trtllm/prometheus-spec.json' });
    expect(tensorRt).toEqual({ speculation: 'EAGLE3' });
  });
});
