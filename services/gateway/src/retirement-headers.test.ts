import { expect, test } from 'vitest';
import { retirementHeaders } from './retirement-headers.ts';

const DAY_MS = 86_400_000;
const END = Date.parse('2027-01-14T00:00:00Z');
const ANNOUNCED = Date.parse('2026-10-14T00:00:00Z');
const SUNSET = 'Thu, 14 Jan 2027 00:00:00 GMT';
const NOTICE = `@${(END - 30 * DAY_MS) / 1000}`;

test.each([
  ['31 days before its end', END - 31 * DAY_MS, {}],
  ['in its last 30 days', END - 30 * DAY_MS, { deprecation: NOTICE, sunset: SUNSET }],
  ['once it is gone', END, { deprecation: NOTICE, sunset: SUNSET }],
])('of a model whose end is known, %s', (_when, nowMs, headers) => {
  expect(retirementHeaders({ retiresAtMs: END }, nowMs)).toEqual(headers);
});

test.each([
  ['before anybody announced it', ANNOUNCED - 1, {}],
  ['from that day on', ANNOUNCED, { deprecation: `@${ANNOUNCED / 1000}` }],
  ['in its last 30 days', END - DAY_MS, { deprecation: `@${ANNOUNCED / 1000}`, sunset: SUNSET }],
])('of a model whose end its vendor announced, %s', (_when, nowMs, headers) => {
  const retirement = { deprecatedAtMs: ANNOUNCED, retiresAtMs: END };
  expect(retirementHeaders(retirement, nowMs)).toEqual(headers);
});

test('what takes its place is told with it, in characters that a header takes', () => {
  const retirement = { retiresAtMs: END, successor: 'p/neu\r\nx: ü' };
  expect(retirementHeaders(retirement, END - DAY_MS)).toMatchObject({
    'x-weir-successor': 'p/neu??x: ?',
  });
  expect(retirementHeaders(retirement, END - 31 * DAY_MS)).toEqual({});
});

test('a model that nobody gives up has none', () => {
  expect(retirementHeaders(undefined, END)).toEqual({});
  expect(retirementHeaders({ successor: 'p/next' }, END)).toEqual({});
});
