import {
  type Mind,
  type MindAnswer,
  type MindEnd,
  MindRefusal,
  type MindRequest,
  type MindToken,
} from '../mind.ts';
import { stoppedBy } from '../stop.ts';
import { Tokenizer } from './tokenizer.ts';
import { Transformer } from './transformer.ts';
import { readWeights, type Weights } from './weights.ts';

/** A real, tiny language model: true log-probabilities, real mistakes. */
export class TinyMind implements Mind {
  readonly #weights: Weights;
  readonly #tokenizer: Tokenizer;
  readonly #transformer: Transformer;

  private constructor(weights: Weights) {
    this.#weights = weights;
    this.#tokenizer = new Tokenizer(weights.tokens, weights.merges);
    this.#transformer = new Transformer(weights);
  }

  static async read(path: string): Promise<TinyMind> {
    return new TinyMind(await readWeights(path));
  }

  answer(request: MindRequest): MindAnswer {
    const prompt = this.#tokenizer.encode(chatMl(request.messages));
    const { contextLength } = this.#weights;
    if (prompt.length >= contextLength) {
      throw new MindRefusal({
        kind: 'context_overflow',
        promptTokens: prompt.length,
        contextTokens: contextLength,
      });
    }
    const length = Math.min(request.maxTokens, contextLength - prompt.length);
    return { promptTokens: prompt.length, tokens: this.#generate(prompt, length, request) };
  }

  *#generate(
    prompt: number[],
    length: number,
    request: MindRequest,
  ): Generator<MindToken, MindEnd> {
    const sequence = this.#transformer.sequence(prompt.length + length);
    const random = seeded(request.seed);
    const decoder = new TextDecoder();
    let logits: Float32Array | undefined;
    for (const [at, token] of prompt.entries()) {
      logits = this.#transformer.read(sequence, token, at === prompt.length - 1);
    }
    let text = '';
    for (let made = 1; made <= length && logits; made++) {
      const logprobs = logSoftmax(logits);
      const token = choose(logprobs, request.temperature, random);
      if (this.#weights.endTokens.has(token)) return { finish: 'stop', completionTokens: made };
      const piece = decoder.decode(this.#tokenizer.bytesOf(token), { stream: true });
      text += piece;
      const stopped = stoppedBy(text, piece, request.stop);
      if (stopped) {
        const { word, visible } = stopped;
        if (visible !== '') yield this.#token(token, visible, logprobs, request.topLogprobs);
        return { finish: 'stop', completionTokens: made, stopWord: word };
      }
      yield this.#token(token, piece, logprobs, request.topLogprobs);
      logits = made < length ? this.#transformer.read(sequence, token, true) : undefined;
    }
    return { finish: 'length', completionTokens: length };
  }

  #token(token: number, text: string, logprobs: Float64Array, wanted: number): MindToken {
    if (wanted < 0) return { text, top: [] };
    const top = highest(logprobs, wanted).map((id) => ({
      token: this.#textOf(id),
      logprob: logprobs[id] as number,
    }));
    return { text, logprob: logprobs[token], top };
  }

  #textOf(id: number): string {
    return Buffer.from(this.#tokenizer.bytesOf(id)).toString();
  }
}

/** The conversation as these models were trained on it. */
function chatMl(messages: MindRequest['messages']): string {
  const turns = messages.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`);
  return `${turns.join('')}<|im_start|>assistant\n`;
}

function logSoftmax(logits: Float32Array): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > largest) largest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  const shift = largest + Math.log(sum);
  return Float64Array.from(logits, (logit) => logit - shift);
}

function choose(logprobs: Float64Array, temperature: number, random: () => number): number {
  if (temperature <= 0) return highest(logprobs, 1)[0] ?? 0;
  let total = 0;
  const weights = logprobs.map((logprob) => Math.exp(logprob / temperature));
  for (const weight of weights) total += weight;
  let rest = random() * total;
  for (const [id, weight] of weights.entries()) {
    rest -= weight;
    if (rest <= 0) return id;
  }
  return 0;
}

/** The ids of the `count` highest values, in falling order. */
function highest(values: Float64Array, count: number): number[] {
  const best: number[] = [];
  for (let id = 0; id < values.length; id++) {
    const value = values[id] as number;
    if (best.length === count && value <= (values[best.at(-1) ?? 0] as number)) continue;
    let at = best.length;
    while (at > 0 && value > (values[best[at - 1] as number] as number)) at--;
    best.splice(at, 0, id);
    if (best.length > count) best.pop();
  }
  return best;
}

/** Mulberry32: small, and the same everywhere for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
