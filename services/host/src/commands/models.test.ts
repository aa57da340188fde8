import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCommand, UsageError } from '../command.ts';
import { models } from './models.ts';

let folder = '';
let printed: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-models-'));
  printed = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.push(String(text).trimEnd());
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const CONFIG = `
providers:
  gpu:
    dialect: vllm
    baseUrl: http://10.0.0.5:8000/v1
    models:
      qwen:
        price: { inputUsdPerMTok: "0.06", outputUsdPerMTok: "0.12" }
        contextWindow: 32768
        inputModalities: [text]
        retiresAt: 2027-02-01
        successor: openai/gpt-6-luna
  openai:
    dialect: openai
    baseUrl: https://api.openai.com/v1
    models: { gpt-4.1: {}, gpt-6-luna: {} }
routes:
  support: { draft: gpu/qwen, escalate: [{ model: openai/gpt-6-luna }] }
`;

async function run(...args: string[]): Promise<string> {
  const file = join(folder, 'weir.yaml');
  writeFileSync(file, CONFIG);
  const status = await runCommand(models, ['--config', file, ...args]);
  expect(status).toBe(0);
  return printed.join('\n');
}

async function ids(...args: string[]): Promise<string[]> {
  const { data } = JSON.parse(await run('--json', ...args)) as { data: { id: string }[] };
  return data.map(({ id }) => id);
}

test('lists what the configuration and the shipped book say, a line each', async () => {
  const lines = (await run('--at', '2026-11-22')).split('\n');
  const columns = lines.map((line) => line.trim().split(/ {2,}/));
  expect(columns[0]).toContain('window');
  expect(columns).toContainEqual(
    expect.arrayContaining([
      'gpu/qwen',
      '32768',
      '0.06',
      '0.12',
      '2027-02-01',
      'openai/gpt-6-luna',
    ]),
  );
  expect(columns).toContainEqual(
    expect.arrayContaining(['openai/gpt-4.1', '1047576', '2', '8', '2026-10-14', '2027-01-14']),
  );
  expect(columns).toContainEqual(
    expect.arrayContaining(['support', 'draft gpu/qwen, primary openai/gpt-6-luna']),
  );
});

test('as JSON it is what the server lists', async () => {
  const { object, data } = JSON.parse(await run('--json', '--at', '2026-11-22', 'qwen'));
  expect(object).toBe('list');
  expect(data[1]).toMatchObject({
    id: 'gpu/qwen',
    object: 'model',
    shutdown_date: '2027-02-01',
    weir: {
      context_window: 32_768,
      prices: { input_usd_per_mtok: '0.06', output_usd_per_mtok: '0.12' },
      retired: false,
      successor: 'openai/gpt-6-luna',
    },
  });
});

test.each([
  ['a provider', ['openai'], ['support', 'openai/gpt-4.1', 'openai/gpt-6-luna']],
  ['a part of a name, in any case', ['GPT-4'], ['openai/gpt-4.1']],
  ['a route', ['support'], ['support']],
  ['several words', ['openai', 'luna'], ['support', 'openai/gpt-6-luna']],
  ['something else', ['claude'], []],
])('of %s it lists what there is', async (_what, words, found) => {
  expect(await ids(...words)).toEqual(found);
});

test.each([
  ['2026-12-14', []],
  ['2026-12-15', ['openai/gpt-4.1']],
  ['2027-01-02', ['gpu/qwen', 'openai/gpt-4.1']],
  ['2027-03-01', ['gpu/qwen', 'openai/gpt-4.1']],
])('on %s it lists what retires within 30 days or has', async (day, found) => {
  expect(await ids('--retiring', '--at', day)).toEqual(found);
});

test('where nothing is to be listed it says so', async () => {
  expect(await run('claude')).toBe('None.');
});

test('a day that is none is a mistake', async () => {
  await expect(run('--at', 'soon')).rejects.toThrow(UsageError);
});
