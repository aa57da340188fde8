import { type Log, Metrics, openLog } from '@weir/runtime';
import { beforeEach, expect, test } from 'vitest';
import { priceBook } from '../prices/price-book.ts';
import { modelEntries } from './catalogue.ts';
import { modelFacts } from './model-facts.ts';
import { RetirementWatch } from './retirement-watch.ts';
import { configWith, SHIPPED } from './shipped.fixture.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

let told: object[];
let nowMs: number;
let metrics: Metrics;
beforeEach(() => {
  told = [];
  metrics = new Metrics('test');
});

function watch(from: string, models: Parameters<typeof configWith>[0]): RetirementWatch {
  nowMs = Date.parse(from);
  const clock = { nowMs: () => nowMs, monotonicMs: () => 0 };
  const log = openLog({ level: 'silent', service: 'test' });
  const warn = (about: object, message: string) => void told.push({ ...about, message });
  log.warn = warn as Log['warn'];
  const config = configWith(models);
  const shipped = () => SHIPPED;
  const entries = modelEntries(config, modelFacts(config, shipped), priceBook(config, shipped));
  return new RetirementWatch({ models: entries, clock, log, metrics });
}

async function daysLeft(): Promise<(string | undefined)[]> {
  const { text } = await metrics.render();
  const lines = text.split('\n').filter((line) => line.startsWith('weir_model_days_left{'));
  return lines.map((line) => line.replace(/.*model="([^"]*)".*\} /, '$1 '));
}

const ROUTES = '{ support: { draft: gpu/small, escalate: [{ model: oai/old }] } }';

test('a model is told of once a day for its last 30 days, however often one looks', () => {
  const own = ['small: {}'];
  const it = watch('2026-12-14T23:00:00Z', { vendor: ['old: {}'], own, routes: ROUTES });
  it.look();
  expect(told).toEqual([]);
  nowMs += HOUR_MS;
  for (let hour = 0; hour < 48; hour++) {
    it.look();
    nowMs += HOUR_MS;
  }
  const about = { model: 'oai/old', retiresOn: '2027-01-14', routes: ['support'] };
  expect(told).toEqual([
    { ...about, daysLeft: 30, successor: 'openai/new-2026-01-01', message: 'a model retires soon' },
    { ...about, daysLeft: 29, successor: 'openai/new-2026-01-01', message: 'a model retires soon' },
  ]);
});

test('at its end it is told that the model is retired, and that a route has nobody left', () => {
  const own = ['small: {}'];
  const it = watch('2027-01-13T23:59:59Z', { vendor: ['old: {}'], own, routes: ROUTES });
  it.look();
  told.length = 0;
  nowMs += 1000;
  it.look();
  expect(told).toMatchObject([
    { route: 'support', draft: 'present', message: expect.stringContaining('every tier') },
    { model: 'oai/old', daysLeft: 0, message: expect.stringContaining('is retired') },
  ]);
});

test('what is retired already is told of at the start', () => {
  watch('2026-11-22T00:00:00Z', { vendor: ['gone: {}', 'new: {}'] }).look();
  expect(told).toMatchObject([{ model: 'oai/gone', retiresOn: '2026-01-01', routes: [] }]);
});

test('how many days each model has left can be read at any time', async () => {
  const own = ['small: { retiresAt: 2026-11-23 }'];
  const it = watch('2026-11-22T12:00:00Z', { vendor: ['old: {}', 'new: {}'], own });
  it.look();
  expect(await daysLeft()).toEqual(['oai/old 52', 'gpu/small 0']);
  nowMs += 2 * DAY_MS;
  it.look();
  expect(await daysLeft()).toEqual(['oai/old 50', 'gpu/small -2']);
});
