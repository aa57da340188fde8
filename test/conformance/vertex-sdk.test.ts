import { type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import { startSimulator } from '@weir/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** Google's own client against the simulated Vertex AI: what it understands, Vertex could have said. */

let client: GoogleGenAI;
let close: () => Promise<void>;
beforeAll(async () => {
  const settings = { firstTokenMs: 0, tokenMs: 0, maxLogEntries: 1000 };
  const { simulator, port } = await startSimulator({ host: '127.0.0.1', port: 0, ...settings });
  close = () => simulator[Symbol.asyncDispose]();
  // With a key and no project: express mode, whose addresses begin at the publisher.
  client = new GoogleGenAI({
    vertexai: true,
    apiKey: 'key',
    httpOptions: { baseUrl: `http://127.0.0.1:${port}/frontier` },
  });
});
afterAll(() => close());

function asking(contents: string, config: object = {}) {
  return { model: 'strong', contents, config };
}

async function streamed(contents: string): Promise<GenerateContentResponse[]> {
  const pieces: GenerateContentResponse[] = [];
  for await (const piece of await client.models.generateContentStream(asking(contents))) {
    pieces.push(piece);
  }
  return pieces;
}

test('an answer is the same whole and streamed, with its counts and its reason', async () => {
  const whole = await client.models.generateContent(asking('[[say:One two three.]]'));
  expect(whole.text).toBe('One two three.');
  expect(whole.candidates?.[0]?.finishReason).toBe('STOP');
  expect(whole.usageMetadata).toMatchObject({ candidatesTokenCount: 4 });
  const pieces = await streamed('[[say:One two three.]]');
  expect(pieces.map(({ text = '' }) => text).join('')).toBe('One two three.');
  expect(pieces.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);
});

test('it is cut at its limit, and takes labels', async () => {
  const config = { maxOutputTokens: 4, labels: { team: 'search' } };
  const cut = await client.models.generateContent(asking('[[script: tokens=9]]', config));
  expect(cut.candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
});

describe('an error', () => {
  test.each([
    ['e400', 400],
    ['e401', 401],
    ['e404', 404],
    ['e429', 429],
    ['e503', 503],
  ])('%s is one with the status %d, asked whole and streamed', async (fault, status) => {
    const contents = `[[any:${fault}]] [[say:x]]`;
    const error = { name: 'ApiError', status };
    await expect(client.models.generateContent(asking(contents))).rejects.toMatchObject(error);
    await expect(streamed(contents)).rejects.toMatchObject(error);
  });
});
