import { FAULTS, type FaultKind } from '@weir/core';
import { FAULT_NAMES, type FaultName } from '@weir/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEvents, textOf } from './event-lines.ts';
import { refusalIn } from './refusal.ts';
import { asking, jsonOf, openScene, type Scene, type ServedCall } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

const TEXT = 'All of it.';
const MAX_ATTEMPTS = 4;
const idOf = (answer: Response) => answer.headers.get('x-request-id') ?? '';

/** What came of a request, whatever it was; what is wrong with every such answer is checked here. */
interface Outcome {
  readonly id: string;
  readonly status: number;
  /** Absent where the answer did not end as a whole one. */
  readonly text: string | undefined;
  readonly finish: string | undefined;
  readonly code: string | null | undefined;
  readonly servedBy: string | null;
}

async function whole(body: object): Promise<Outcome> {
  const answer = await scene.post(body);
  const id = idOf(answer);
  const { status, headers } = answer;
  if (status !== 200) {
    const { code } = await refusalIn(answer, status);
    return { id, status, code, text: undefined, finish: undefined, servedBy: null };
  }
  const { choices, error } = await jsonOf(answer);
  expect(error).toBe(undefined);
  const [{ message, finish_reason: finish }] = choices;
  const servedBy = headers.get('x-weir-served-by');
  return { id, status, text: message.content, finish, code: undefined, servedBy };
}

async function asStream(body: object): Promise<Outcome> {
  const answer = await scene.post({ ...body, stream: true });
  const id = idOf(answer);
  const { status } = answer;
  if (status !== 200) {
    const { code } = await refusalIn(answer, status);
    return { id, status, code, text: undefined, finish: undefined, servedBy: null };
  }
  const { chunks, done } = readEvents(await answer.text());
  const finish = chunks.at(-1)?.choices?.[0]?.finish_reason ?? undefined;
  const { error } = chunks.at(-1) ?? {};
  // A whole answer has a reason to end and a terminator; a broken one has an error and neither of them.
  expect([finish !== undefined, done]).toEqual(error ? [false, false] : [true, true]);
  const content = error ? undefined : textOf(chunks);
  return { id, status, text: content, finish, code: error?.code, servedBy: null };
}

const TIMED_OUT: readonly FaultName[] = ['hang', 'firsthang'];
/** What no draft with it may be served for, whole or streamed. */
const BREAKS_DRAFT: readonly FaultName[] = [
  ...TIMED_OUT,
  ...['e400', 'e401', 'e404', 'e429', 'equota', 'e500', 'e503', 'e529', 'econtext'],
  ...['html200', 'cut200', 'nochoices', 'err200', 'reset', 'truncrst'],
  ...['empty', 'garble', 'refusal', 'zerofill'],
] as const as readonly FaultName[];
/** What only shows in a stream. */
const BREAKS_STREAM: readonly FaultName[] = ['trunceof', 'stall', 'errmid', 'junkmid'];
/** Whole answers that are not worth serving: the attempt succeeds, and is paid for. */
const COMPLETED: readonly FaultName[] = ['empty', 'garble', 'refusal', 'zerofill'];

describe.each(['cascade', 'stream-draft'])('on the route %s', (route) => {
  test.each(FAULT_NAMES)('a draft with the fault %s costs no caller its answer', async (fault) => {
    const streams = route === 'stream-draft';
    const breaks = BREAKS_DRAFT.includes(fault) || (streams && BREAKS_STREAM.includes(fault));
    const hasty = TIMED_OUT.includes(fault) || (streams && fault === 'stall');
    const model = hasty ? `hasty-${streams ? 'stream-' : ''}draft` : route;
    const words = fault === 'drip' ? 'Whole.' : TEXT;
    const body = asking(`[[draft:${fault}]] [[say:${words}]]`, { model });
    const outcomes = await Promise.all([whole(body), asStream(body)]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 200, text: words, finish: 'stop' });
      const { request, attempts } = await scene.ledger.request(outcome.id);
      expect(request).toMatchObject({
        outcome: 'REQUEST_OUTCOME_SERVED',
        servedBy: breaks ? 'primary' : 'draft',
        decision: breaks ? 'DECISION_ESCALATE' : 'DECISION_ACCEPT',
      });
      const failed = breaks && !COMPLETED.includes(fault);
      const [draft, ...rest] = attempts;
      expect(draft?.outcome === 'ATTEMPT_OUTCOME_COMPLETED').toBe(!failed);
      expect(rest.map(({ outcome: how }) => how)).toEqual(
        breaks ? ['ATTEMPT_OUTCOME_COMPLETED'] : [],
      );
    }
    expect(outcomes[0]?.servedBy).toBe(breaks ? 'primary' : 'draft');
  });
});

/** What was sent before a reset is lost with it, or not: the head may be out by then. */
const RESET: Ending = { broken: 'upstream_unavailable', status: expect.toBeOneOf([200, 503]) };

/** How a request ends when its every tier has this fault: with a fault of Weir's table, or whole in spite of it. */
const EVERYWHERE: Readonly<Record<FaultName, { whole: Ending; stream: Ending }>> = {
  e400: both('invalid_request'),
  e401: both('upstream_auth'),
  e404: both('upstream_rejected'),
  e429: both('upstream_rate_limited'),
  equota: both('upstream_rejected'),
  e500: both('upstream_unavailable'),
  e503: both('upstream_unavailable'),
  e529: both('upstream_unavailable'),
  econtext: both('context_overflow'),
  html200: { whole: 'upstream_invalid', stream: broken('upstream_invalid') },
  cut200: { whole: 'upstream_invalid', stream: broken('upstream_invalid') },
  nochoices: { whole: 'upstream_invalid', stream: broken('upstream_invalid') },
  err200: { whole: 'upstream_invalid', stream: broken('upstream_invalid') },
  hang: both('deadline_exceeded'),
  firsthang: both('deadline_exceeded'),
  reset: { whole: 'upstream_unavailable', stream: RESET },
  truncrst: { whole: 'upstream_unavailable', stream: RESET },
  trunceof: { whole: { text: TEXT }, stream: broken('upstream_invalid') },
  stall: { whole: { text: TEXT }, stream: broken('deadline_exceeded') },
  errmid: { whole: { text: TEXT }, stream: broken('upstream_unavailable') },
  junkmid: { whole: { text: TEXT }, stream: broken('upstream_invalid') },
  drip: both({ text: 'Whole.' }),
  empty: both({ text: '' }),
  garble: both({ text: ' the'.repeat(40) }),
  refusal: both({ text: "I'm sorry, but I can't help with that." }),
  nousage: both({ text: TEXT }),
  modelswap: both({ text: TEXT }),
  zerofill: both({ text: TEXT }),
  nodone: both({ text: TEXT }),
  crlf: both({ text: TEXT }),
  heartbeat: both({ text: TEXT }),
};

type Ending =
  | FaultKind
  | { readonly text: string }
  | { readonly broken: FaultKind; readonly status?: unknown };

function both(ending: Ending): { whole: Ending; stream: Ending } {
  return { whole: ending, stream: ending };
}

/** After its first byte: an error event in a stream with status 200. */
function broken(kind: FaultKind): Ending {
  return { broken: kind };
}

function expectedOf(ending: Ending): object {
  if (typeof ending === 'string') {
    return { status: FAULTS[ending].http, code: FAULTS[ending].code, text: undefined };
  }
  if ('text' in ending) return { status: 200, code: undefined, text: ending.text, finish: 'stop' };
  return { status: ending.status ?? 200, code: FAULTS[ending.broken].code, text: undefined };
}

describe('when every tier fails', () => {
  test.each(FAULT_NAMES)(
    'with the fault %s, the answer is an honest error or whole, and the attempts are few',
    async (fault) => {
      const { whole: wholeEnding, stream: streamEnding } = EVERYWHERE[fault];
      const hasty = TIMED_OUT.includes(fault) ? 'hasty-tiers' : 'cascade';
      const words = fault === 'drip' ? 'Whole.' : TEXT;
      const body = asking(
        `[[frontier:${fault}]] [[spare:${fault}]] [[say:${words}]] [[script: logprob=-3]]`,
        { model: fault === 'stall' ? 'restless-tiers' : hasty },
      );
      const outcomes = await Promise.all([whole(body), asStream(body)]);
      for (const [at, ending] of [wholeEnding, streamEnding].entries()) {
        const outcome = outcomes[at] as Outcome;
        expect(outcome).toMatchObject(expectedOf(ending));
        const { request, attempts } = await scene.ledger.request(outcome.id);
        expect(attempts.length).toBeGreaterThan(1);
        expect(attempts.length).toBeLessThanOrEqual(MAX_ATTEMPTS);
        const fails = typeof ending === 'string' || 'broken' in ending;
        const kind = typeof ending === 'string' ? ending : 'broken' in ending && ending.broken;
        expect(request).toMatchObject(
          fails
            ? { outcome: 'REQUEST_OUTCOME_FAILED', fault: kind, servedBy: '' }
            : { outcome: 'REQUEST_OUTCOME_SERVED', servedBy: 'primary' },
        );
      }
    },
  );

  test('a request that is wrong is not repeated elsewhere', async () => {
    const { id } = await whole(asking('[[frontier:e400]] [[script: logprob=-3]]'));
    const { attempts } = await scene.ledger.request(id);
    expect(attempts.map(({ tier }) => tier)).toEqual(['draft', 'primary']);
  });

  test('a tier that fails is followed by the next one', async () => {
    for (const ask of [whole, asStream]) {
      const outcome = await ask(asking(`[[frontier:e503]] [[say:${TEXT}]] [[script: logprob=-3]]`));
      expect(outcome).toMatchObject({ status: 200, text: TEXT });
      const { attempts } = await scene.ledger.request(outcome.id);
      expect(attempts.map(({ tier }) => tier)).toEqual([
        'draft',
        'primary',
        'primary',
        'secondary',
      ]);
    }
  });

  test('the rejected draft is served, flagged, where its route says so', async () => {
    const flagged = (more: string) =>
      asking(`[[frontier:e500]] [[spare:e500]] ${more}`, { model: 'flagged' });
    const answer = await scene.post(flagged(`[[say:${TEXT}]] [[script: logprob=-3]]`));
    expect(answer.headers.get('x-weir-degraded')).toBe('true');
    expect((await jsonOf(answer)).choices[0].message.content).toBe(TEXT);
    const { request } = await scene.ledger.request(idOf(answer));
    expect(request).toMatchObject({ outcome: 'REQUEST_OUTCOME_DEGRADED', servedBy: 'draft' });
    const streamed = await asStream(flagged(`[[say:${TEXT}]] [[script: logprob=-3]]`));
    expect(streamed.text).toBe(TEXT);
    // A draft that is known to be broken is no answer.
    for (const ask of [whole, asStream]) {
      expect((await ask(flagged('[[draft:garble]] [[say:x]]'))).status).toBe(503);
    }
  });

  test('a flagged draft never completes what the frontier began', async () => {
    const body = asking('[[frontier:errmid]] [[script: tokens=9 logprob=-3]]', {
      model: 'flagged',
    });
    expect(await asStream(body)).toMatchObject({ status: 200, code: 'provider_unavailable' });
  });
});

describe('what was spent on a fault is booked', () => {
  test('as an estimate where the provider said nothing of it', async () => {
    for (const ask of [whole, asStream]) {
      const { id } = await ask(asking(`[[any:nousage]] [[say:${TEXT}]]`));
      const { attempts } = await scene.ledger.request(id);
      expect(attempts).toMatchObject([{ provenance: 'PROVENANCE_ESTIMATED' }]);
      expect(attempts[0]?.usage.outputTokens).toBeGreaterThan(0);
      expect(attempts[0]?.costPicoUsd).toBeGreaterThan(0);
    }
  });

  test('as nothing where the provider answered with an error', async () => {
    const { id } = await whole(asking('[[any:e500]]'));
    const { attempts } = await scene.ledger.request(id);
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ provenance: 'PROVENANCE_COMPUTED', costPicoUsd: 0 });
    }
  });

  test('as at least what was seen where the answer broke off', async () => {
    const { id } = await asStream(asking('[[frontier:trunceof]] [[script: tokens=20 logprob=-3]]'));
    const { attempts } = await scene.ledger.request(id);
    expect(attempts.at(-1)).toMatchObject({ provenance: 'PROVENANCE_LOWER_BOUND' });
    expect(attempts.at(-1)?.usage.outputTokens).toBeGreaterThan(0);
  });

  test('under the model that answered', async () => {
    const { id } = await whole(asking(`[[draft:modelswap]] [[say:${TEXT}]]`));
    const { attempts } = await scene.ledger.request(id);
    expect(attempts).toMatchObject([{ servedModel: 'some-other-model' }]);
  });

  test('exactly as the provider counts it, for every whole answer of this file', async () => {
    const log = await (await fetch(`${scene.simulator.url}/__log`)).text();
    const served = log
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ServedCall);
    expect(served.length).toBeGreaterThan(100);
    const booked = new Map(scene.ledger.attempts.map((attempt) => [attempt.attemptId, attempt]));
    for (const { id, promptTokens, completionTokens } of served) {
      const attempt = booked.get(id);
      expect(attempt, id).toBeDefined();
      if (attempt?.provenance !== 'PROVENANCE_REPORTED') continue;
      expect([attempt.usage.inputTokens, attempt.usage.outputTokens]).toEqual([
        promptTokens,
        completionTokens,
      ]);
    }
  });
});
