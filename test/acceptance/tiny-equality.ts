import { fileURLToPath } from 'node:url';
import { type MindToken, TinyMind } from '@weir/simulator';

interface RecordedRow {
  readonly prompt: string;
  readonly weak_text: string;
  readonly strong_text: string;
  readonly weak_usage: { readonly prompt: number; readonly completion: number };
  readonly weak_tokens: readonly { readonly t: string; readonly l: number }[];
}

export interface Equality {
  readonly rows: number;
  readonly sameWeakText: number;
  readonly sameStrongText: number;
  readonly sameUsage: number;
  readonly comparedTokens: number;
  readonly worstLogprobDifference: number;
}

/** The tiny models evaluated here against what llama-server gave for the same files and questions. */
export async function compareWithLlamaServer(rows: readonly RecordedRow[]): Promise<Equality> {
  const model = (name: string) =>
    TinyMind.read(
      fileURLToPath(new URL(`../../packages/simulator/models/${name}.gguf`, import.meta.url)),
    );
  const weak = await model('draft-weak');
  const strong = await model('strong');
  let sameWeakText = 0;
  let sameStrongText = 0;
  let sameUsage = 0;
  let comparedTokens = 0;
  let worst = 0;
  for (const row of rows) {
    const draft = answer(weak, row.prompt);
    if (answer(strong, row.prompt).text === row.strong_text) sameStrongText++;
    const { prompt, completion } = row.weak_usage;
    if (draft.promptTokens === prompt && draft.completionTokens === completion) sameUsage++;
    if (draft.text !== row.weak_text) continue;
    sameWeakText++;
    for (const [index, token] of draft.tokens.entries()) {
      const recorded = row.weak_tokens[index]?.l ?? Number.NaN;
      worst = Math.max(worst, Math.abs((token.logprob ?? Number.NaN) - recorded));
      comparedTokens++;
    }
  }
  return {
    rows: rows.length,
    sameWeakText,
    sameStrongText,
    sameUsage,
    comparedTokens,
    worstLogprobDifference: worst,
  };
}

function answer(mind: TinyMind, prompt: string) {
  const { promptTokens, tokens: source } = mind.answer({
    model: '',
    messages: [{ role: 'user', content: prompt }],
    maxTokens: 256,
    temperature: 0,
    seed: 0,
    stop: [],
    topLogprobs: 5,
  });
  const tokens: MindToken[] = [];
  let step = source.next();
  while (!step.done) {
    tokens.push(step.value);
    step = source.next();
  }
  const text = tokens.map((token) => token.text).join('');
  return { text, tokens, promptTokens, completionTokens: step.value.completionTokens };
}
