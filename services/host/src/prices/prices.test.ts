import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../command.ts';
import { pricesCommand } from './index.ts';

let folder = '';
let printed: string[] = [];
let noted: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-prices-'));
  printed = [];
  noted = [];
  const into = (lines: string[]) => (text: string | Uint8Array) => {
    lines.push(String(text).trimEnd());
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(into(printed));
  vi.spyOn(process.stderr, 'write').mockImplementation(into(noted));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const path = (name: string) => join(folder, name);

function put(name: string, content: unknown): string {
  writeFileSync(path(name), typeof content === 'string' ? content : JSON.stringify(content));
  return path(name);
}

const litellm = (input = 0.0000025) => ({
  'gpt-x': {
    litellm_provider: 'openai',
    mode: 'chat',
    input_cost_per_token: input,
    output_cost_per_token: 0.00001,
  },
});
const genai = [
  {
    id: 'openai',
    models: [
      { id: 'gpt-x', match: { equals: 'gpt-x' }, prices: { input_mtok: 2.5, output_mtok: 10 } },
    ],
  },
];
const modelsDev = {
  openai: { models: { 'gpt-x': { id: 'gpt-x', cost: { input: 2.5, output: 10 } } } },
};
const pinnedRow = {
  source: 'https://example.com/pricing',
  checkedOn: '2026-11-22',
  inputUsdPerMTok: '5',
  outputUsdPerMTok: '30',
};
const overlay = (inputUsdPerMTok = '5', changes: object[] = []) => ({
  version: 1,
  pinned: ['openai/gpt-pinned'],
  free: [],
  changes,
  feesUsd: {},
  models: [
    { provider: 'openai', model: 'gpt-pinned', prices: [{ ...pinnedRow, inputUsdPerMTok }] },
  ],
});

function sync(
  files: { litellm?: string; genai?: string; overlay?: unknown } = {},
  ...more: string[]
): Promise<number> {
  return pricesCommand([
    'sync',
    ...['--litellm', files.litellm ?? put('litellm.2026-08-01.json', litellm())],
    ...['--genai', files.genai ?? put('genai.2026-08-21.json', genai)],
    ...['--models-dev', put('models.2026-07-02.json', modelsDev)],
    ...['--overlay', put('overlay.json', files.overlay ?? overlay())],
    ...['--out', path('book.json')],
    ...more,
  ]);
}

function check(...against: string[]): Promise<number> {
  const places = against.flatMap((place) => ['--against', place]);
  const files = ['--book', path('book.json'), '--overlay', path('overlay.json')];
  return pricesCommand(['check', ...files, ...places]);
}

function show(...args: string[]): Promise<number> {
  return pricesCommand(['show', ...args, '--book', path('book.json')]);
}

const book = () => readFileSync(path('book.json'), 'utf8');

describe('sync', () => {
  test('writes a book of the catalogs and what is kept by hand, with the day of each', async () => {
    expect(await sync()).toBe(0);
    const { models } = JSON.parse(book());
    expect(models.map((model: { model: string }) => model.model)).toEqual(['gpt-pinned', 'gpt-x']);
    expect(models[1].prices[0]).toMatchObject({ inputUsdPerMTok: '2.5', checkedOn: '2026-08-01' });
    expect(models[1].prices[0].source).toMatch(/^https:\/\/raw\.githubusercontent\.com\/BerriAI/);
    expect(printed.join('\n')).toMatch(/wrote .*: 2 models of 1 providers/);
    expect(noted.join('\n')).toMatch(/reading .*litellm/);
  });

  test('says what changed since', async () => {
    await sync();
    printed.length = 0;
    const dearer = put('litellm.2026-08-02.json', litellm(0.000003));
    expect(await sync({ litellm: dearer })).toBe(0);
    expect(printed.join('\n')).toMatch(/changed openai\/gpt-x\n +inputUsdPerMTok 2.5 → 3/);
  });

  test('prints one JSON object where that is asked for', async () => {
    await sync({}, '--json');
    expect(printed).toHaveLength(1);
    expect(JSON.parse(printed[0] ?? '')).toMatchObject({
      written: true,
      models: 2,
      providers: { openai: 2 },
      rejected: 0,
    });
  });

  test.each([
    ['no JSON', 'litellm', '{"gpt-x":', /is no JSON/],
    ['not the catalog', 'litellm', '{"a":{"b":1}}', /has no model of litellm/],
    ['empty', 'genai', '[]', /has no model of genai-prices/],
  ])('leaves the old book as it is when a catalog is %s', async (_what, which, text, message) => {
    await sync();
    const before = book();
    noted.length = 0;
    expect(await sync({ [which]: put('bad.json', text) })).toBe(1);
    expect(book()).toBe(before);
    expect(noted.join('\n')).toMatch(message);
  });

  test('leaves it when a file is missing, and leaves no drafts about', async () => {
    await sync();
    expect(await sync({ litellm: path('nowhere.json') })).toBe(1);
    expect(readdirSync(folder).filter((name) => name.endsWith('.draft'))).toEqual([]);
  });

  test('leaves it when the overlay is wrong, and says where', async () => {
    await sync();
    const before = book();
    expect(await sync({ overlay: { ...overlay(), colour: 'red' } })).toBe(1);
    expect(book()).toBe(before);
    expect(noted.join('\n')).toMatch(/colour: is not known here/);
  });

  test('leaves it when a fifth of the models would be gone, unless it is forced', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`gpt-${index}`, litellm()['gpt-x']]),
    );
    await sync({ litellm: put('many.json', many) });
    expect(await sync()).toBe(1);
    expect(noted.join('\n')).toMatch(/9 models would be gone/);
    expect(await sync({}, '--force')).toBe(0);
    expect(JSON.parse(book()).models).toHaveLength(2);
  });

  test('refuses to change a pinned model without a reason, and does with one', async () => {
    await sync();
    const before = book();
    expect(await sync({ overlay: overlay('4') })).toBe(1);
    expect(book()).toBe(before);
    expect(noted.join('\n')).toMatch(/pinned models would change.*openai\/gpt-pinned/);
    const reason = { model: 'openai/gpt-pinned', from: '2026-08-21', why: 'the vendor cut it' };
    expect(await sync({ overlay: overlay('4', [reason]) })).toBe(0);
    expect(JSON.parse(book()).models[0].prices[0].inputUsdPerMTok).toBe('4');
  });

  test('takes an unusable book for none', async () => {
    put('book.json', '{"version":1}');
    expect(await sync()).toBe(0);
    expect(noted.join('\n')).toMatch(/It is taken for none/);
  });

  test('reads a catalog from a URL, and cites it', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/prices.json') response.end(JSON.stringify(litellm()));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect(await sync({ litellm: `${url}/prices.json` })).toBe(0);
      expect(JSON.parse(book()).models[1].prices[0].source).toBe(`${url}/prices.json`);
      expect(await sync({ litellm: `${url}/nowhere` })).toBe(1);
      expect(noted.join('\n')).toMatch(/answers with 404/);
    } finally {
      server.close();
    }
    expect(await sync({ litellm: `${url}/prices.json` })).toBe(1);
    expect(noted.join('\n')).toMatch(/cannot be fetched/);
  });
});

describe('check', () => {
  test('is content with a book that nobody contradicts', async () => {
    await sync();
    expect(await check(path('litellm.2026-08-01.json'), path('genai.2026-08-21.json'))).toBe(0);
    expect(printed.at(-1)).toMatch(/is usable: 2 models of 1 providers/);
  });

  test('names what is wrong with the book, and its path', async () => {
    await sync();
    const wrong = JSON.parse(book());
    wrong.models[0].prices[0].inputUsdPerMTok = 2.5;
    put('book.json', wrong);
    printed.length = 0;
    expect(await check()).toBe(1);
    expect(printed.join('\n')).toMatch(/models\[0\]\.prices\[0\]\.inputUsdPerMTok/);
  });

  test('lists who disagrees on a model that is not pinned, and is content', async () => {
    await sync();
    expect(await check(put('other.2026-09-01.json', litellm(0.000003)))).toBe(0);
    expect(printed).toContain('openai/gpt-x input: book 2.5, litellm 3');
  });

  const pinnedElsewhere = () =>
    put('other.2026-09-01.json', { 'gpt-pinned': litellm(0.000004)['gpt-x'] });

  test('fails where a catalog disagrees on a pinned model and nobody says why', async () => {
    await sync();
    expect(await check(pinnedElsewhere())).toBe(1);
    expect(printed.join('\n')).toMatch(/openai\/gpt-pinned is pinned and differs/);
  });

  test('is content with a reason that was one by the day of the catalog', async () => {
    const reason = { model: 'openai/gpt-pinned', from: '2026-09-01', why: 'the vendor cut it' };
    await sync({ overlay: overlay('5', [reason]) });
    expect(await check(pinnedElsewhere())).toBe(0);
    await sync({ overlay: overlay('5', [{ ...reason, from: '2026-09-02' }]) });
    expect(await check(pinnedElsewhere())).toBe(1);
  });

  test('compares with an older book', async () => {
    await sync();
    const older = put(
      'older.json',
      book().replace('"inputUsdPerMTok":"5"', '"inputUsdPerMTok":"6"'),
    );
    expect(await check(older)).toBe(1);
    expect(printed.join('\n')).toMatch(/changed openai\/gpt-pinned\n +inputUsdPerMTok 6 → 5/);
  });

  test('only warns of an old book', async () => {
    await sync();
    put('book.json', book().replace(/"builtOn":"[^"]*"/, '"builtOn":"2026-01-01"'));
    expect(await check()).toBe(0);
    expect(noted.join('\n')).toMatch(/days old/);
  });

  test('takes no document for a catalog that is none', async () => {
    await sync();
    expect(await check(put('what.json', { a: 1 }))).toBe(1);
    expect(noted.join('\n')).toMatch(/neither a catalog nor a price book/);
  });
});

describe('show', () => {
  beforeEach(async () => {
    await sync({
      overlay: {
        ...overlay(),
        models: [
          {
            provider: 'openai',
            model: 'gpt-pinned',
            aliases: ['gpt-p'],
            prices: [
              { ...pinnedRow, until: '2026-08-21T00:00:00Z' },
              {
                ...pinnedRow,
                inputUsdPerMTok: '4',
                from: '2026-08-21T00:00:00Z',
                contextTiers: [
                  {
                    ...{ thresholdTokens: 272_000, operator: 'gt' },
                    inputUsdPerMTok: '8',
                    outputUsdPerMTok: '45',
                  },
                ],
                multipliers: [{ when: { speed: 'fast' }, factor: '2' }],
                feesUsd: { web_search: '0.01' },
              },
            ],
          },
        ],
      },
    });
    printed.length = 0;
  });

  test('prints the row that is valid now, with its tiers, its source and its date', async () => {
    expect(await show('openai/gpt-pinned')).toBe(0);
    expect(printed.join('\n')).toBe(
      [
        'openai/gpt-pinned: also gpt-p',
        'from 2026-08-21, by https://example.com/pricing, checked 2026-11-22',
        '  standard: input 4, output 30',
        '  standard, prompt > 272000: input 8, output 45',
        '  times 2 for speed fast',
        '  web_search 0.01 apiece',
      ].join('\n'),
    );
  });

  test('prints the row of another day, and finds a model by an alias', async () => {
    expect(await show('gpt-p', '--at', '2026-08-20', '--json')).toBe(0);
    expect(JSON.parse(printed[0] ?? '')).toMatchObject({
      provider: 'openai',
      model: 'gpt-pinned',
      at: '2026-08-20T00:00:00.000Z',
      price: { inputUsdPerMTok: '5', until: '2026-08-21T00:00:00Z' },
    });
  });

  test('suggests what is near a name that the book does not know', async () => {
    expect(await show('openai/gpt-pined')).toBe(1);
    expect(printed.join('\n')).toMatch(/no model "openai\/gpt-pined"; near it: openai\/gpt-pinned/);
  });

  test('takes no day that is none', async () => {
    await expect(show('gpt-p', '--at', 'yesterday')).rejects.toThrow(UsageError);
    await expect(show('gpt-p', '--at', '2026-13-01')).rejects.toThrow(UsageError);
    await expect(show()).rejects.toThrow(UsageError);
  });
});

test('says what it can do, and what it cannot', async () => {
  expect(await pricesCommand([])).toBe(2);
  expect(await pricesCommand(['--help'])).toBe(0);
  expect(printed.join('\n')).toMatch(/prices sync[\s\S]*prices check[\s\S]*prices show/);
  expect(await pricesCommand(['sync', '--help'])).toBe(0);
  expect(printed.join('\n')).toMatch(/weir prices sync \[options\][\s\S]*--litellm FILE\|URL/);
  await expect(pricesCommand(['fetch'])).rejects.toThrow(UsageError);
});
