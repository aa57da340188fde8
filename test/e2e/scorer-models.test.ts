import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startWeir, temporaryDirectory, type WeirProcess } from '@weir/testkit';
import { describe, expect, test } from 'vitest';
import { writeQuestions } from './questions.ts';

const WEIR = fileURLToPath(new URL('../../services/host/bin/weir.mjs', import.meta.url));
const LABELS = 300;

/** A cascade of the tiny models that a scorer model is to judge, which calibrates by itself only after very many labels. */
async function learningConfig(): Promise<object> {
  const listen = `127.0.0.1:${await freePort()}`;
  const provider = (backend: string, model: string, usd: string) => ({
    baseUrl: `http://${listen}/${backend}/v1`,
    models: { [model]: { price: { inputUsdPerMTok: usd, outputUsdPerMTok: usd } } },
  });
  return {
    log: { level: 'warn' },
    simulator: { listen },
    providers: {
      'tiny-draft': provider('draft', 'weak', '0.06'),
      'tiny-frontier': provider('frontier', 'strong', '1'),
    },
    routes: {
      'support-chat': {
        draft: 'tiny-draft/weak',
        scorer: {
          target: { quality: 0.9, confidence: 0.9 },
          learning: { retrainAfterLabels: 1_000_000, lookEveryMs: 200 },
        },
        escalate: [{ name: 'primary', model: 'tiny-frontier/strong' }],
      },
    },
  };
}

/** `weir WORDS --json` beside the server: its exit status and what it printed. */
function command(
  dataDir: string,
  words: readonly string[],
): Promise<{ status: number; said: Said }> {
  const env = { ...process.env, WEIR_DATA_DIR: dataDir };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [WEIR, ...words, '--json'], { env }, (error, stdout, stderr) => {
      const status = typeof error?.code === 'number' ? error.code : 0;
      try {
        resolve({ status, said: JSON.parse(stdout) as Said });
      } catch {
        reject(new Error(`weir ${words.join(' ')} ended with ${status}: ${stderr}`));
      }
    });
  });
}

/** What the two commands say, as far as it is looked at here. */
interface Said {
  readonly error?: string;
  readonly version?: string;
  readonly outcome?: string;
  readonly decision?: string;
  readonly certificate?: { readonly alpha: number } | null;
  readonly rows?: { readonly own: number };
  readonly why?: readonly string[];
  readonly attempts?: readonly { readonly role: string }[];
  readonly labels?: readonly { readonly source: string }[];
  readonly judgement?: {
    readonly model: string;
    readonly weights: { readonly start: number; readonly probability: number } | null;
    readonly noWeights: string | null;
    readonly signals: readonly { readonly name: string; readonly weight: number | null }[];
  };
}

async function ask({ httpUrl }: WeirProcess, content: string): Promise<string> {
  const response = await fetch(`${httpUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer weir-dev' },
    body: JSON.stringify({ model: 'support-chat', messages: [{ role: 'user', content }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
  return response.headers.get('x-request-id') ?? '';
}

describe('scorer models beside a server that runs', () => {
  test('labels become a version, which the server takes, and every verdict can be explained', async () => {
    await using directory = await temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    const config = await learningConfig();
    await using weir = await startWeir({ config, dataDir });
    const file = join(directory.path, 'weir.json');
    writeFileSync(file, JSON.stringify(config));
    const explain = (id: string) =>
      command(dataDir, ['explain', id, '--config', file, '--grpc', `127.0.0.1:${weir.grpcPort}`]);
    const calibrate = () =>
      command(dataDir, ['calibrate', '--route', 'support-chat', '--config', file]);

    expect(await calibrate()).toMatchObject({ status: 1, said: { error: /no labels/ } });

    const questions = readFileSync(writeQuestions(directory.path, LABELS), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => String((JSON.parse(line) as { prompt: string }).prompt));
    const ids: string[] = [];
    for (const question of questions) ids.push(await ask(weir, question));
    const [first = ''] = ids;
    await expect
      .poll(async () => (await explain(first)).said, { timeout: 20_000, interval: 500 })
      .toMatchObject({
        outcome: 'served',
        decision: 'escalate',
        why: [expect.stringContaining('no scorer model')],
        attempts: [{ role: 'draft' }, { role: 'escalation' }],
        labels: [{ source: 'escalation' }],
        judgement: { model: '', weights: null },
      });

    await expect
      .poll(async () => (await calibrate()).said.rows?.own ?? 0, { timeout: 30_000, interval: 500 })
      .toBeGreaterThan(LABELS * 0.8);
    const { said: report } = await calibrate();
    expect(report.certificate).toMatchObject({ alpha: 0.1 });

    await expect
      .poll(
        async () => {
          const id = await ask(weir, 'Ann is 33 and lives in Cairo. Who is 33?');
          await expect.poll(async () => (await explain(id)).status).toBe(0);
          return (await explain(id)).said.judgement;
        },
        { timeout: 30_000, interval: 500 },
      )
      .toMatchObject({
        model: report.version,
        noWeights: null,
        weights: { start: expect.any(Number), probability: expect.any(Number) },
      });
  });

  test('a request that nobody knows is told with who was asked', async () => {
    await using directory = await temporaryDirectory();
    await using weir = await startWeir({ dataDir: directory.path });
    const words = ['explain', 'req_none', '--grpc', `127.0.0.1:${weir.grpcPort}`];
    await expect(command(directory.path, words)).rejects.toThrow(
      `127.0.0.1:${weir.grpcPort} knows no request "req_none" of tenant dev (key weir-dev)`,
    );
  });
});
