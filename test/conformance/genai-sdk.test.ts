import { ApiError, FinishReason, type GenerateContentParameters, GoogleGenAI } from '@google/genai';
import { startSimulator } from '@weir/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The official client against the simulated Gemini API, so that what Weir is tested with is what Google speaks. */

let genai: GoogleGenAI;
let close: () => Promise<void>;
beforeAll(async () => {
  const settings = { firstTokenMs: 0, tokenMs: 0, maxLogEntries: 1000 };
  const { simulator, port } = await startSimulator({ host: '127.0.0.1', port: 0, ...settings });
  close = () => simulator[Symbol.asyncDispose]();
  const baseUrl = `http://127.0.0.1:${port}/frontier`;
  genai = new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl } });
});
afterAll(() => close());

const TEXT = 'Größe: one two. 🏞️';

function asking(contents: string, config: object = {}): GenerateContentParameters {
  return { model: 'strong', contents, config };
}

const QUESTION = asking(`[[say:${TEXT}]]`);

/** What the client made of it, when that was an error. */
async function errorOf(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('the call succeeded');
}

async function streamed(question: GenerateContentParameters) {
  const replies = [];
  for await (const reply of await genai.models.generateContentStream(question)) replies.push(reply);
  return replies;
}

describe('the client reads a reply', () => {
  test('whole, with its usage', async () => {
    const reply = await genai.models.generateContent(QUESTION);
    expect(reply.text).toBe(TEXT);
    expect(reply.candidates?.[0]).toMatchObject({ finishReason: FinishReason.STOP, index: 0 });
    expect(reply.modelVersion).toBe('strong');
    expect(reply.responseId).toMatch(/^sim-/);
    const {
      promptTokenCount = 0,
      candidatesTokenCount,
      totalTokenCount,
    } = reply.usageMetadata ?? {};
    expect(candidatesTokenCount).toBe(5);
    expect(totalTokenCount).toBe(promptTokenCount + 5);
  });

  test('as a stream of replies, each with the usage so far', async () => {
    const replies = await streamed(QUESTION);
    expect(replies.map(({ text }) => text ?? '').join('')).toBe(TEXT);
    expect(replies.map(({ usageMetadata }) => usageMetadata?.candidatesTokenCount)).toEqual([
      1, 2, 3, 4, 5,
    ]);
    const finishes = replies.flatMap(({ candidates }) => candidates?.[0]?.finishReason ?? []);
    expect(finishes).toEqual([FinishReason.STOP]);
  });

  test('that was cut short, or that a stop sequence ended', async () => {
    const cut = asking('[[script: tokens=40]]', { maxOutputTokens: 7 });
    const whole = await genai.models.generateContent(cut);
    const last = (await streamed(cut)).at(-1);
    for (const reply of [whole, last]) {
      expect(reply?.candidates?.[0]?.finishReason).toBe(FinishReason.MAX_TOKENS);
      expect(reply?.usageMetadata?.candidatesTokenCount).toBe(7);
    }
    const stopped = asking(`[[say:${TEXT}]]`, { stopSequences: ['two'] });
    expect((await genai.models.generateContent(stopped)).text).toBe('Größe: one ');
  });

  test('with its log-probabilities where they are asked for', async () => {
    const reply = await genai.models.generateContent(
      asking(`[[say:${TEXT}]]`, { responseLogprobs: true, logprobs: 1 }),
    );
    const { avgLogprobs, logprobsResult } = reply.candidates?.[0] ?? {};
    expect(avgLogprobs).toBeCloseTo(-0.01);
    expect(logprobsResult?.chosenCandidates?.map(({ token }) => token).join('')).toBe(TEXT);
    expect(logprobsResult?.topCandidates).toHaveLength(4);
  });

  test('to a conversation with instructions, tools and their results', async () => {
    const reply = await genai.models.generateContent({
      model: 'strong',
      contents: [
        { role: 'user', parts: [{ text: 'Weather?' }] },
        { role: 'model', parts: [{ functionCall: { name: 'weather', args: {} } }] },
        {
          role: 'user',
          parts: [{ functionResponse: { name: 'weather', response: { output: 'rain' } } }],
        },
        { role: 'user', parts: [{ text: '[[say:It rains.]]' }] },
      ],
      config: {
        systemInstruction: 'Be brief.',
        tools: [{ functionDeclarations: [{ name: 'weather' }] }],
        temperature: 0,
      },
    });
    expect(reply.text).toBe('It rains.');
  });
});

describe('the client’s error', () => {
  test.each([
    ['e400', 400, 'INVALID_ARGUMENT'],
    ['econtext', 400, 'INVALID_ARGUMENT'],
    ['e401', 401, 'UNAUTHENTICATED'],
    ['e404', 404, 'NOT_FOUND'],
    ['e429', 429, 'RESOURCE_EXHAUSTED'],
    ['equota', 429, 'RESOURCE_EXHAUSTED'],
    ['e500', 500, 'INTERNAL'],
    ['e503', 503, 'UNAVAILABLE'],
  ])('for %s has its status, whole or streamed', async (fault, status, name) => {
    const question = asking(`[[any:${fault}]] [[say:x]]`);
    for (const call of [genai.models.generateContent(question), streamed(question)]) {
      const error = await errorOf(call);
      expect(error).toBeInstanceOf(ApiError);
      expect((error as ApiError).status).toBe(status);
      expect(JSON.parse((error as ApiError).message).error.status).toBe(name);
    }
  });

  test('within a stream is one', async () => {
    const error = await errorOf(streamed(asking('[[any:errmid]] [[script: tokens=20]]')));
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).status).toBe(500);
  });

  test('for a stream that was cut is none: what tells is that no reply says why it ended', async () => {
    const replies = await streamed(asking('[[any:trunceof]] [[script: tokens=20]]'));
    expect(replies).toHaveLength(10);
    expect(replies.every(({ candidates }) => !candidates?.[0]?.finishReason)).toBe(true);
  });
});
