import { readFile } from 'node:fs/promises';
import { gguf } from '@huggingface/gguf';

/** One matrix, row by row: `rows` outputs of `columns` inputs each. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

export interface Layer {
  readonly attentionNorm: Float32Array;
  readonly query: Matrix;
  readonly key: Matrix;
  readonly value: Matrix;
  readonly output: Matrix;
  readonly feedForwardNorm: Float32Array;
  readonly gate: Matrix;
  readonly up: Matrix;
  readonly down: Matrix;
}

export interface Weights {
  readonly name: string;
  readonly contextLength: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly normEpsilon: number;
  readonly ropeBase: number;
  readonly embedding: Matrix;
  readonly layers: readonly Layer[];
  readonly outputNorm: Float32Array;
  readonly output: Matrix;
  readonly tokens: readonly string[];
  readonly merges: readonly string[];
  readonly endTokens: ReadonlySet<number>;
}

const F32 = 0;

/** Reads a llama-architecture GGUF file with F32 weights; any other kind is refused by name. */
export async function readWeights(path: string): Promise<Weights> {
  const { metadata, tensorInfos, tensorDataOffset } = await gguf(path, { allowLocalFile: true });
  const meta = metadata as unknown as Readonly<Record<string, unknown>>;
  if (meta['general.architecture'] !== 'llama') {
    throw new Error(
      `${path}: the architecture is ${String(meta['general.architecture'])}, not llama`,
    );
  }
  const bytes = await readFile(path);
  const floats = (name: string): { values: Float32Array; shape: number[] } => {
    const info = tensorInfos.find((tensor) => tensor.name === name);
    if (!info) throw new Error(`${path}: there is no tensor ${name}`);
    if (info.dtype !== F32) throw new Error(`${path}: tensor ${name} is not F32`);
    const shape = info.shape.map(Number);
    const length = shape.reduce((product, size) => product * size, 1);
    const start = bytes.byteOffset + Number(tensorDataOffset + info.offset);
    // Copied, because a tensor need not start at a multiple of four.
    return { values: new Float32Array(bytes.buffer.slice(start, start + length * 4)), shape };
  };
  const matrix = (name: string): Matrix => {
    const { values, shape } = floats(name);
    return { columns: shape[0] ?? 0, rows: shape[1] ?? 0, values };
  };
  const number = (key: string) => Number(meta[key]);
  const layers = Array.from({ length: number('llama.block_count') }, (_value, index): Layer => {
    const at = (part: string) => `blk.${index}.${part}.weight`;
    return {
      attentionNorm: floats(at('attn_norm')).values,
      query: matrix(at('attn_q')),
      key: matrix(at('attn_k')),
      value: matrix(at('attn_v')),
      output: matrix(at('attn_output')),
      feedForwardNorm: floats(at('ffn_norm')).values,
      gate: matrix(at('ffn_gate')),
      up: matrix(at('ffn_up')),
      down: matrix(at('ffn_down')),
    };
  });
  return {
    name: String(meta['general.name']),
    contextLength: number('llama.context_length'),
    heads: number('llama.attention.head_count'),
    keyValueHeads: number('llama.attention.head_count_kv'),
    normEpsilon: number('llama.attention.layer_norm_rms_epsilon'),
    ropeBase: number('llama.rope.freq_base'),
    embedding: matrix('token_embd.weight'),
    layers,
    outputNorm: floats('output_norm.weight').values,
    output: matrix('output.weight'),
    tokens: meta['tokenizer.ggml.tokens'] as string[],
    merges: meta['tokenizer.ggml.merges'] as string[],
    endTokens: new Set([
      number('tokenizer.ggml.eos_token_id'),
      number('tokenizer.ggml.bos_token_id'),
    ]),
  };
}
