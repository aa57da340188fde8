import type { Layer, Matrix, Weights } from './weights.ts';

/**
 * A llama-architecture transformer, one token at a time: RMS norm, rotary positions on neighbouring pairs, grouped
 * attention over a key-value cache, SwiGLU. Small enough to read, fast enough for models of a few hundred thousand
 * parameters, and equal to llama.cpp within rounding.
 */
export class Transformer {
  readonly #weights: Weights;
  readonly #width: number;
  readonly #headWidth: number;
  readonly #keyValueWidth: number;

  constructor(weights: Weights) {
    this.#weights = weights;
    this.#width = weights.embedding.columns;
    this.#headWidth = this.#width / weights.heads;
    this.#keyValueWidth = this.#headWidth * weights.keyValueHeads;
  }

  /** An empty sequence of at most `length` tokens. */
  sequence(length: number): Sequence {
    const size = length * this.#keyValueWidth;
    const cache = () => this.#weights.layers.map(() => new Float16Array(size));
    return { position: 0, keys: cache(), values: cache() };
  }

  /** Reads one token; returns the logits of the next when they are wanted, which cost as much as a small layer. */
  read(sequence: Sequence, token: number, wantLogits: boolean): Float32Array | undefined {
    const { embedding, layers, outputNorm, output, normEpsilon } = this.#weights;
    const x = embedding.values.slice(token * this.#width, (token + 1) * this.#width);
    for (const [index, layer] of layers.entries()) {
      add(x, this.#attention(layer, normed(x, layer.attentionNorm, normEpsilon), sequence, index));
      add(x, this.#feedForward(layer, normed(x, layer.feedForwardNorm, normEpsilon)));
    }
    sequence.position++;
    return wantLogits ? product(output, normed(x, outputNorm, normEpsilon)) : undefined;
  }

  #attention(layer: Layer, x: Float32Array, sequence: Sequence, index: number): Float32Array {
    const { position } = sequence;
    const keys = sequence.keys[index] as Float16Array;
    const values = sequence.values[index] as Float16Array;
    const query = product(layer.query, x);
    const key = product(layer.key, x);
    this.#rotate(query, position);
    this.#rotate(key, position);
    keys.set(key, position * this.#keyValueWidth);
    values.set(product(layer.value, x), position * this.#keyValueWidth);

    const mixed = new Float32Array(this.#width);
    const scores = new Float64Array(position + 1);
    const group = this.#weights.heads / this.#weights.keyValueHeads;
    for (let head = 0; head < this.#weights.heads; head++) {
      const from = head * this.#headWidth;
      const shared = Math.floor(head / group) * this.#headWidth;
      this.#score(scores, query, from, keys, shared);
      softmax(scores);
      for (let at = 0; at <= position; at++) {
        const weight = scores[at] as number;
        const base = at * this.#keyValueWidth + shared;
        for (let i = 0; i < this.#headWidth; i++) {
          mixed[from + i] = (mixed[from + i] as number) + weight * (values[base + i] as number);
        }
      }
    }
    return product(layer.output, mixed);
  }

  #score(
    scores: Float64Array,
    query: Float32Array,
    from: number,
    keys: Float16Array,
    shared: number,
  ): void {
    const scale = 1 / Math.sqrt(this.#headWidth);
    for (let at = 0; at < scores.length; at++) {
      const base = at * this.#keyValueWidth + shared;
      let sum = 0;
      for (let i = 0; i < this.#headWidth; i++) {
        sum += (query[from + i] as number) * (keys[base + i] as number);
      }
      scores[at] = sum * scale;
    }
  }

  /** Rotary position: each pair of neighbours turns by an angle that falls with its place in the head. */
  #rotate(vector: Float32Array, position: number): void {
    for (let start = 0; start < vector.length; start += this.#headWidth) {
      for (let i = 0; i < this.#headWidth; i += 2) {
        const angle = position * this.#weights.ropeBase ** (-i / this.#headWidth);
        const cos = Math.cos(angle);
        const sin = Math.sin(angle);
        const a = vector[start + i] as number;
        const b = vector[start + i + 1] as number;
        vector[start + i] = a * cos - b * sin;
        vector[start + i + 1] = a * sin + b * cos;
      }
    }
  }

  #feedForward(layer: Layer, x: Float32Array): Float32Array {
    const gate = product(layer.gate, x);
    const up = product(layer.up, x);
    for (let i = 0; i < gate.length; i++) {
      const g = gate[i] as number;
      gate[i] = (g / (1 + Math.exp(-g))) * (up[i] as number);
    }
    return product(layer.down, gate);
  }
}

/** What has been read so far: keys and values per layer, in half precision as llama.cpp keeps them. */
export interface Sequence {
  position: number;
  readonly keys: readonly Float16Array[];
  readonly values: readonly Float16Array[];
}

function product({ rows, columns, values }: Matrix, x: Float32Array): Float32Array {
  const result = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const base = row * columns;
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += (values[base + i] as number) * (x[i] as number);
    result[row] = sum;
  }
  return result;
}

function normed(x: Float32Array, weight: Float32Array, epsilon: number): Float32Array {
  let squares = 0;
  for (const value of x) squares += value * value;
  const scale = 1 / Math.sqrt(squares / x.length + epsilon);
  return x.map((value, i) => value * scale * (weight[i] as number));
}

function add(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + (y[i] as number);
}

/** In place; shifted by the largest so that nothing overflows. */
function softmax(scores: Float64Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (const score of scores) if (score > largest) largest = score;
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    const value = Math.exp((scores[i] as number) - largest);
    scores[i] = value;
    sum += value;
  }
  for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] as number) / sum;
}
