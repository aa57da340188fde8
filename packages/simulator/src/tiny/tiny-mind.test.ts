import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { MindRefusal, type MindRequest, type MindToken } from '../mind.ts';
import { TinyMind } from './tiny-mind.ts';

let weak: TinyMind;
let strong: TinyMind;
beforeAll(async () => {
  const read = (name: string) =>
    TinyMind.read(fileURLToPath(new URL(`../../models/${name}.gguf`, import.meta.url)));
  weak = await read('draft-weak');
  strong = await read('strong');
});

function ask(mind: TinyMind, prompt: string, options: Partial<MindRequest> = {}) {
  const { promptTokens, tokens: source } = mind.answer({
    model: '',
    messages: [{ role: 'user', content: prompt }],
    maxTokens: 64,
    temperature: 0,
    seed: 0,
    stop: [],
    topLogprobs: 5,
    ...options,
  });
  const tokens: MindToken[] = [];
  let step = source.next();
  while (!step.done) {
    tokens.push(step.value);
    step = source.next();
  }
  return { tokens, text: tokens.map(({ text }) => text).join(''), promptTokens, ...step.value };
}

/** What llama-server said with the same file: the draft's text and its log-probabilities, and the strong model's text. */
const RECORDED = [
  {
    prompt: 'What is 13 + 19?',
    weakText: 'The sum is 34.',
    strongText: 'The sum is 32.',
    promptTokens: 18,
    completionTokens: 8,
    logprobs: [-0.00014, 0, -1e-5, -6e-5, -0.08932, -1.5406, -1e-5],
  },
  {
    prompt: 'Repeat: Pam Bob Cara',
    weakText: 'Pam Bob Pam',
    strongText: 'Pam Bob Cara',
    promptTokens: 13,
    completionTokens: 4,
    logprobs: [-0.00128, -0.06648, -1.75912],
  },
];

describe('a tiny model', () => {
  test.each(RECORDED)('answers "$prompt" as llama-server does, token by token', (recorded) => {
    const draft = ask(weak, recorded.prompt);
    expect(draft.text).toBe(recorded.weakText);
    expect(ask(strong, recorded.prompt).text).toBe(recorded.strongText);
    expect(draft.promptTokens).toBe(recorded.promptTokens);
    expect(draft.completionTokens).toBe(recorded.completionTokens);
    for (const [index, token] of draft.tokens.entries()) {
      expect(
        Math.abs((token.logprob ?? Number.NaN) - (recorded.logprobs[index] ?? 0)),
      ).toBeLessThan(0.01);
    }
  });

  test('gives log-probabilities that are a distribution, the likeliest first', () => {
    for (const { logprob, top } of ask(weak, 'What is 12 + 30?', { topLogprobs: 512 }).tokens) {
      expect(top).toHaveLength(512);
      const sum = top.reduce((total, entry) => total + Math.exp(entry.logprob), 0);
      expect(sum).toBeCloseTo(1, 6);
      expect(top[0]?.logprob).toBe(logprob);
      expect(top.toSorted((a, b) => b.logprob - a.logprob)).toEqual(top);
    }
  });

  test('stops at the token limit, and says so', () => {
    const cut = ask(strong, 'Capital of Canada?', { maxTokens: 3 });
    expect(cut).toMatchObject({ finish: 'length', completionTokens: 3 });
    expect(cut.tokens).toHaveLength(3);
  });

  test('leaves out a stop word and all that would follow it', () => {
    const stopped = ask(strong, 'Capital of Canada?', { stop: [' is'] });
    expect(stopped.text).toBe('The capital of Canada');
    expect(stopped.finish).toBe('stop');
  });

  test('the same seed gives the same run, and another seed another one', () => {
    const runs = (seed: number) =>
      Array.from(
        { length: 20 },
        (_value, n) => ask(weak, `What is ${n} + 30?`, { temperature: 2, seed }).text,
      );
    expect(runs(7)).toEqual(runs(7));
    expect(runs(8)).not.toEqual(runs(7));
  });

  test('refuses a prompt that its context cannot hold, as engines do', () => {
    const long = () => ask(weak, 'word '.repeat(2000));
    expect(long).toThrow(MindRefusal);
    expect(long).toThrow(/tokens; the context holds 1024/);
  });
});
