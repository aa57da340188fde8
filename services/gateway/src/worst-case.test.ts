import { timeless } from '@weir/pricing';
import { expect, test } from 'vitest';
import { CALL, ROUTE } from './neighbours.fixture.ts';
import { worstCaseOfRequest } from './worst-case.ts';

const each = (picoUsd: bigint) => timeless({ inputPicoUsd: picoUsd, outputPicoUsd: picoUsd });
const CHAT = { ...CALL.chat, maxOutputTokens: 10 };
/** Our own count of the prompt. */
const PROMPT = 9n;

test('a judge is held for at its own price: it reads the request, the whole draft and its task', () => {
  const judge = { prices: each(7n), maxOutputTokens: 20 };
  const held = (learns: boolean, prices = [each(0n)]) =>
    worstCaseOfRequest({ ...ROUTE, prices, learns, judge }, CHAT, 0, 60_000).amountPicoUsd;
  expect(held(true)).toBe((PROMPT + 10n + 1024n + 20n) * 7n);
  expect(held(false)).toBe(0n);
  // Two drafts and an escalation, or two drafts and a shadow call.
  expect(held(true, [each(1n), each(3n), each(1n)]) - held(true)).toBe((PROMPT + 10n) * 5n);
});

test('what is asked behind the caller’s back may cost what the frontier costs by then', () => {
  const early = { fromMs: 0, untilMs: 6000, price: { inputPicoUsd: 1n, outputPicoUsd: 1n } };
  const late = { ...early, fromMs: 6000, untilMs: 1e9, price: { inputPicoUsd: 5n } };
  const chat = { ...CALL.chat, maxOutputTokens: 1 };
  const held = (learns: boolean) =>
    worstCaseOfRequest({ ...ROUTE, prices: [[early, late]], learns }, chat, 0, 60_000);
  expect(held(false)).toEqual({ amountPicoUsd: PROMPT + 1n, withinMs: 5000 });
  expect(held(true)).toEqual({ amountPicoUsd: PROMPT * 5n, withinMs: 65_000 });
});

test('hardware that is paid for by its time is held for as long as a shadow call may take', () => {
  const gpu = { gpu: { picoUsdPerGpuHour: 3_600_000n, gpus: 1 } };
  const held = (learns: boolean, shadowTimeoutMs: number) =>
    worstCaseOfRequest({ ...ROUTE, prices: [timeless(gpu)], learns }, CHAT, 0, shadowTimeoutMs)
      .amountPicoUsd;
  expect(held(false, 60_000)).toBe(held(true, 1));
  expect(held(true, 10_000)).toBe(2n * held(false, 0) - 1n);
});
