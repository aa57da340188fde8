import * as contracts from '@weir/contracts';
import { expect, test } from 'vitest';
import { modelCallFromWire, servedEventFromWire } from './calls.ts';
import { chatFromWire, deltaFromWire, replyFromWire, tokensFromWire } from './chat.ts';
import { decodeEvent, encodeEvent, eventFromWire, eventToWire } from './events.ts';
import { compareCallFromWire, planFromWire } from './scoring.ts';
import { verdictFromWire } from './verdict.ts';
import { Words } from './words.ts';

/** Peers of another version: what they add is passed over, what they leave out is refused, nothing is made up. */

test('an event, a delta or a ledger event of a kind that is not known here is passed over', () => {
  expect(servedEventFromWire(contracts.ServedEvent.create({}))).toBeUndefined();
  expect(deltaFromWire(contracts.ChatDelta.create({}))).toBeUndefined();
  expect(eventFromWire(contracts.LedgerEvent.create({}))).toBeUndefined();
  expect(decodeEvent(contracts.LedgerEvent.encode({ event: undefined }).finish())).toBeUndefined();
});

test.each([
  ['chat', () => chatFromWire(undefined)],
  ['reply', () => replyFromWire(undefined)],
  ['context', () => modelCallFromWire(undefined, 0)],
  ['draft', () => compareCallFromWire(contracts.CompareRequest.create({}))],
])('a call without its %s is the mistake of whoever sent it', (_what, read) => {
  expect(read).toThrow(expect.objectContaining({ kind: 'invalid_request' }));
});

test.each([
  ['verdict', () => verdictFromWire(undefined)],
  ['plan', () => planFromWire(undefined)],
])('an answer without a %s is none', (_what, read) => {
  expect(read).toThrow(expect.objectContaining({ kind: 'internal' }));
});

test('a call for somebody else’s role is booked as whoever is called sees fit', () => {
  for (const role of [contracts.AttemptRole.PROBE, contracts.AttemptRole.DIRECT, 99]) {
    const context = contracts.CallContext.create({ role: role as contracts.AttemptRole });
    const call = { context, chat: contracts.ChatRequest.create({}) };
    expect(modelCallFromWire(call, 0).context.role).toBeUndefined();
  }
});

test('a label that leaves things out, or says them in words not known here, is the weakest there is', () => {
  const source = 99 as contracts.LabelSource;
  const value = contracts.DraftLabelled.create({ labelId: 'r.label.x', source, draftRight: 2 });
  const label = eventFromWire({ event: { $case: 'draftLabelled', value } });
  expect(label).toMatchObject({
    source: 'feedback',
    decision: 'escalate',
    draftRight: null,
    frontierRight: null,
    confidence: null,
    example: { endpoint: '', signals: { set: '', values: [] }, ngrams: [], relativeCost: null },
  });
  expect(label && decodeEvent(encodeEvent(label))).toEqual(label);
});

test('a message with a role that is not known here is refused, and not taken for a user’s', () => {
  const message = contracts.ChatMessage.create({ role: 42 as contracts.Role, text: 'hi' });
  const chat = contracts.ChatRequest.create({ messages: [message] });
  expect(() => chatFromWire(chat)).toThrow(expect.objectContaining({ kind: 'invalid_request' }));
});

test.each(['{', '[]', '"text"', 'null', '7'])(
  'a field of JSON that holds %s and no object is refused',
  (passthroughJson) => {
    const chat = contracts.ChatRequest.create({ passthroughJson });
    expect(() => chatFromWire(chat)).toThrow(expect.objectContaining({ kind: 'invalid_request' }));
  },
);

test('columns of log-probabilities that do not match leave tokens without evidence, never with a zero', () => {
  const short = contracts.TokenLogprobs.create({ tokens: ['a', 'b'], logprobs: [-1] });
  expect(tokensFromWire(short)).toEqual([
    { token: 'a', logprob: -1, top: [] },
    { token: 'b', logprob: undefined, top: [] },
  ]);
});

test('a fault of a kind that is not known here is still a fault', () => {
  const known = contracts.RequestCompleted.create({ requestId: 'r', fault: 'invented_tomorrow' });
  const event = eventFromWire({ event: { $case: 'requestCompleted', value: known } });
  expect(event).toMatchObject({ fault: 'internal', judgement: null });
});

test('an event without usage has used nothing that is known, and is not lost', () => {
  const bare = contracts.AttemptSettled.create({ attemptId: 'r.draft.1' });
  const event = eventFromWire({ event: { $case: 'attemptSettled', value: bare } });
  expect(event).toMatchObject({
    attemptId: 'r.draft.1',
    outcome: 'failed',
    provenance: 'unknown',
    costPicoUsd: null,
  });
  expect(event && decodeEvent(encodeEvent(event))).toEqual(event);
  expect(event && eventToWire(event).event?.$case).toBe('attemptSettled');
});

test('a number that no word has is the fallback', () => {
  const words = new Words<'on' | 'off'>({ on: 1, off: 2 }, 'off');
  expect([0, 1, 2, 3].map((number) => words.fromWire(number))).toEqual(['off', 'on', 'off', 'off']);
});
