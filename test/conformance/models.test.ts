import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Client, Metadata, ServiceError } from '@grpc/grpc-js';
import { Status } from '@weir/contracts';
import { startSimulatorProcess, startWeir, type WeirProcess } from '@weir/testkit';
import { failureFrom } from '@weir/wire';
import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientOf, keyed } from './ledger-feed.ts';
import { jsonOf } from './scene.ts';

/** What is told of models, and what becomes of those that end, by the calendar of the machine. */

const KEY = 'key-of-the-models';
const NARROW_KEY = 'key-for-some-models';
const DAY_MS = 86_400_000;
const day = (fromToday: number) =>
  new Date(Date.now() + fromToday * DAY_MS).toISOString().slice(0, 10);
const SOON = day(10);
const SUNSET = new Date(`${SOON}T00:00:00Z`).toUTCString();

const open = new AsyncDisposableStack();
let weir: WeirProcess;
let openai: OpenAI;
beforeAll(async () => {
  const simulator = open.use(await startSimulatorProcess());
  weir = open.use(await startWeir({ config: configFor(simulator.url) }));
  openai = new OpenAI({ baseURL: `${weir.httpUrl}/v1`, apiKey: KEY });
});
afterAll(() => open.disposeAsync());

function configFor(url: string): object {
  const price = { inputUsdPerMTok: '1.5', outputUsdPerMTok: '6', cacheReadUsdPerMTok: '0.15' };
  const provider = (backend: string, model: string, more: object = {}) => ({
    baseUrl: `${url}/${backend}/v1`,
    models: { [model]: { price, ...more } },
  });
  const successor = 'frontier/strong';
  const scorer = { signal: 'worst_token', threshold: 0.8 };
  const cascade = (draft: string, ...tiers: string[]) => ({
    draft,
    scorer,
    escalate: tiers.map((model) => ({ model })),
  });
  return {
    log: { level: 'warn' },
    providers: {
      draft: provider('draft', 'weak'),
      'gone-draft': provider('draft', 'weak', { retiresAt: day(0) }),
      frontier: provider('frontier', 'strong', {
        contextWindow: 32_768,
        inputModalities: ['text', 'image'],
        outputModalities: ['text'],
        maxOutputTokens: 2048,
      }),
      soon: provider('frontier', 'strong', { retiresAt: SOON, successor }),
      later: provider('frontier', 'strong', { retiresAt: day(40), successor }),
      gone: provider('frontier', 'strong', { retiresAt: day(0), successor }),
    },
    routes: {
      cascade: cascade('draft/weak', 'frontier/strong'),
      'without-draft': cascade('gone-draft/weak', 'frontier/strong'),
      'without-primary': cascade('draft/weak', 'gone/strong', 'frontier/strong'),
      'without-tiers': cascade('draft/weak', 'gone/strong'),
      ended: { escalate: [{ model: 'gone/strong' }] },
    },
    tenants: {
      tests: {
        keys: [
          { id: 'all', sha256: sha256(KEY) },
          { id: 'some', sha256: sha256(NARROW_KEY), models: ['cascade', 'soon/*', 'gone/*'] },
        ],
      },
    },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function get(path: string, key = KEY): Promise<Response> {
  return fetch(`${weir.httpUrl}${path}`, { headers: { authorization: `Bearer ${key}` } });
}

function ask(model: string, stream = false) {
  const messages = [{ role: 'user' as const, content: UNSURE }];
  return fetch(`${weir.httpUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages, stream }),
  });
}

const SURE = '[[say:It is on its way.]]';
const UNSURE = '[[say:It is on its way.]] [[script: logprob=-3]]';

describe('the catalogue', () => {
  test('tells the client of each model what OpenAI tells, and the rest beside', async () => {
    const model = await openai.models.retrieve('frontier/strong');
    expect(model).toEqual({
      id: 'frontier/strong',
      object: 'model',
      created: 0,
      owned_by: 'weir',
      shutdown_date: null,
      weir: {
        kind: 'model',
        context_window: 32_768,
        max_output_tokens: 2048,
        modalities: { input: ['text', 'image'], output: ['text'] },
        prices: {
          input_usd_per_mtok: '1.5',
          output_usd_per_mtok: '6',
          cache_read_usd_per_mtok: '0.15',
        },
        deprecation_date: null,
        retirement_date: null,
        retired: false,
        successor: null,
      },
    });
  });

  test('lists what would get an answer, with the day on which each ends', async () => {
    const { data } = await openai.models.list();
    const days = data.map((model) => [
      model.id,
      (model as { shutdown_date?: string }).shutdown_date,
    ]);
    expect(days).toEqual([
      ['cascade', null],
      ['without-draft', null],
      ['without-primary', null],
      ['without-tiers', null],
      ['draft/weak', null],
      ['frontier/strong', null],
      ['soon/strong', SOON],
      ['later/strong', day(40)],
    ]);
  });

  test('says of a route whom it asks, as far as the key may know, and leaves out who is gone', async () => {
    const partsFor = async (route: string, key = KEY) => {
      const { weir: told } = await jsonOf(await get(`/v1/models/${route}`, key));
      return told.parts;
    };
    expect(await partsFor('without-primary')).toEqual([
      { tier: 'draft', model: 'draft/weak' },
      { tier: 'secondary', model: 'frontier/strong' },
    ]);
    expect(await partsFor('cascade', NARROW_KEY)).toEqual([
      { tier: 'draft', model: null },
      { tier: 'primary', model: null },
    ]);
  });

  test('shows a key only what it may use', async () => {
    const { data } = await jsonOf(await get('/v1/models', NARROW_KEY));
    expect(data.map(({ id }: { id: string }) => id)).toEqual(['cascade', 'soon/strong']);
    expect((await get('/v1/models/later/strong', NARROW_KEY)).status).toBe(404);
  });

  test.each(['soon/strong', 'soon%2Fstrong', 'soon%2fstrong'])(
    'finds a model under /v1/models/%s',
    async (path) => {
      const answer = await get(`/v1/models/${path}`);
      expect(await jsonOf(answer)).toMatchObject({
        id: 'soon/strong',
        weir: { retirement_date: SOON, successor: 'frontier/strong' },
      });
    },
  );

  test('says of a model that is gone that it is gone', async () => {
    const answer = await get('/v1/models/gone/strong');
    expect(answer.status).toBe(410);
    expect((await jsonOf(answer)).error.code).toBe('model_retired');
  });
});

describe('a model that retires within 30 days', () => {
  test.each([
    ['whole', false],
    ['as a stream', true],
  ])('answers, and says when it ends and what takes its place: %s', async (_how, stream) => {
    const answer = await ask('soon/strong', stream);
    expect(answer.status, await answer.text()).toBe(200);
    expect(answer.headers.get('sunset')).toBe(SUNSET);
    expect(answer.headers.get('deprecation')).toMatch(/^@\d+$/);
    expect(answer.headers.get('x-weir-successor')).toBe('frontier/strong');
  });

  test.each(['later/strong', 'frontier/strong', 'cascade'])('not so %s', async (model) => {
    const answer = await ask(model);
    expect(answer.status, await answer.text()).toBe(200);
    for (const name of ['sunset', 'deprecation', 'x-weir-successor']) {
      expect(answer.headers.get(name), name).toBeNull();
    }
  });

  test('is in the metrics and in the log', async () => {
    const text = await (await fetch(`${weir.httpUrl}/metrics`)).text();
    expect(text).toMatch(/^weir_model_days_left\{model="soon\/strong",[^}]*\} 9$/m);
    expect(text).toMatch(/^weir_model_days_left\{model="gone\/strong",[^}]*\} -1$/m);
    expect(text).not.toContain('weir_model_days_left{model="frontier/strong"');
    const lines = weir.stderr.split('\n').filter((line) => line.includes('soon/strong'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { model: 'soon/strong', retiresOn: SOON, message: 'a model retires soon' },
    ]);
  });
});

describe('a model that is retired', () => {
  test.each(['gone/strong', 'ended'])('is refused: %s', async (model) => {
    const messages = [{ role: 'user' as const, content: SURE }];
    const error = await openai.chat.completions
      .create({ model, messages })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({
      status: 410,
      code: 'model_retired',
      param: 'model',
      type: 'invalid_request_error',
    });
    expect((error as APIError).message).toContain(`"${model}" was retired on ${day(0)}`);
  });

  test('is refused with what takes its place, also as a stream and in the headers', async () => {
    for (const stream of [false, true]) {
      const answer = await ask('gone/strong', stream);
      expect(answer.status).toBe(410);
      expect(answer.headers.get('x-weir-successor')).toBe('frontier/strong');
      expect(answer.headers.get('sunset')).not.toBeNull();
      expect((await jsonOf(answer)).error.message).toContain('Use "frontier/strong"');
    }
  });

  test.each([
    ['without-draft', SURE, 'primary'],
    ['without-primary', UNSURE, 'secondary'],
    ['without-tiers', SURE, 'draft'],
  ])('is passed over by %s', async (model, content, tier) => {
    const { data, response } = await openai.chat.completions
      .create({ model, messages: [{ role: 'user', content }] })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe('It is on its way.');
    expect(response.headers.get('x-weir-served-by')).toBe(tier);
  });

  test('leaves a route that has nobody to escalate to with what it was retired for', async () => {
    const error = await openai.chat.completions
      .create({ model: 'without-tiers', messages: [{ role: 'user', content: UNSURE }] })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 410, code: 'model_retired' });
  });

  test('is in the log at the start, with its routes, and counted when it is passed over', async () => {
    await ask('without-primary');
    const lines = weir.stderr.split('\n').filter((line) => line.includes('"model":"gone/strong"'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 40, routes: ['without-primary', 'without-tiers', 'ended'] },
    ]);
    expect(weir.stderr).toContain('every tier of a route is retired');
    const text = await (await fetch(`${weir.httpUrl}/metrics`)).text();
    expect(text).toMatch(
      /^weir_retired_model_skips_total\{deployment="gone\/strong"[^}]*\} [1-9]/m,
    );
  });
});

describe('over gRPC', () => {
  let inference: Client & Record<string, (...values: never[]) => unknown>;
  beforeAll(() => {
    inference = clientOf('Inference', weir.grpcPort) as typeof inference;
  });
  afterAll(() => inference.close());

  function complete(model: string) {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const chat = { messages: [{ role: 'ROLE_USER', text: SURE }] };
    const method = inference['complete'] as (...values: unknown[]) => NodeJS.EventEmitter;
    const call = method.call(
      inference,
      { model, chat },
      keyed(KEY),
      {},
      (error: ServiceError | null, reply: unknown) => (error ? reject(error) : resolve(reply)),
    );
    const head = once(call, 'metadata').then(([metadata]) => (metadata as Metadata).getMap());
    return { promise, head };
  }

  test('a model that retires soon says so in metadata', async () => {
    const { promise, head } = complete('soon/strong');
    expect(await head).toMatchObject({ sunset: SUNSET, 'x-weir-successor': 'frontier/strong' });
    expect(await promise).toMatchObject({ end: { servedBy: 'direct' } });
  });

  test('a model that is retired is NOT_FOUND, and its own kind of fault', async () => {
    const { promise, head } = complete('gone/strong');
    const error = (await promise.catch((thrown: unknown) => thrown)) as ServiceError;
    expect(error.code).toBe(5);
    expect(error.details).toContain('Use "frontier/strong"');
    const status = Status.decode(error.metadata.get('grpc-status-details-bin')[0] as Buffer);
    expect(failureFrom(status).fault).toMatchObject({ kind: 'model_retired', param: 'model' });
    expect(await head).toHaveProperty('sunset');
  });
});
