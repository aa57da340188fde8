import {
  type AttemptSettled,
  type ChatDelta,
  type ChatReply,
  type ChatRequest,
  FailedCall,
  type Fault,
  type FaultKind,
  type Journal,
  type ProviderEvent,
  type Served,
} from '@weir/core';
import { Metrics, systemClock } from '@weir/runtime';
import { type FaultName, type ServedTokens, startSimulator } from '@weir/simulator';
import { makeModelCall, silentLog } from '@weir/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PriceBook, timeless } from '../../packages/pricing/src/index.ts';
import { gemini, JsonArrayParser } from '../../packages/providers/src/index.ts';
import {
  AttemptFailed,
  type Deployment,
  Ladder,
  Upstream,
} from '../../packages/upstream/src/index.ts';
import { ALL, protocolOf, type Spoken } from './spoken.ts';

/** Picodollars per token; prime, so that no sum of tokens can be mistaken for another. */
const INPUT = 3_000_017n;
const OUTPUT = 15_000_017n;
const PRICES = new PriceBook(
  new Map([['simulated/strong', timeless({ inputPicoUsd: INPUT, outputPicoUsd: OUTPUT })]]),
  'book',
);
const FORGETFUL: Journal = { open: async () => {}, settle: () => {}, record: () => {} };
const PATIENT = { connectMs: 5000, firstTokenMs: 30_000, idleMs: 30_000, totalMs: 60_000 };
const HASTY = { ...PATIENT, firstTokenMs: 300, idleMs: 300 };
const MAX_EVENT_CHARACTERS = 1_000_000;

let origin: string;
let upstream: Upstream;
let close: () => Promise<void>;
beforeAll(async () => {
  await using open = new AsyncDisposableStack();
  const settings = { firstTokenMs: 0, tokenMs: 0, maxLogEntries: 10_000 };
  const { simulator, port } = await startSimulator({ host: '127.0.0.1', port: 0, ...settings });
  open.use(simulator);
  origin = `http://127.0.0.1:${port}`;
  await fetch(`${origin}/__recordings`, { method: 'POST', body: JSON.stringify(RECORDED) });
  upstream = open.use(
    new Upstream({
      journal: FORGETFUL,
      prices: PRICES,
      clock: systemClock,
      metrics: new Metrics('test'),
      log: silentLog,
      maxEventCharacters: MAX_EVENT_CHARACTERS,
      drains: { maxMs: 1000, maxCalls: 8 },
    }),
  );
  const whole = open.move();
  close = () => whole.disposeAsync();
});
afterAll(() => close());

function deploymentOf(spoken: Spoken, timeouts = PATIENT): Deployment {
  const { dialect, base } = protocolOf(spoken);
  return {
    name: `${spoken}/${timeouts.idleMs}`,
    provider: 'simulated',
    model: 'strong',
    dialect,
    baseUrl: `${origin}/frontier/${base}`,
    headers: dialect.adapter.headers('key', dialect),
    timeouts,
    breaker: { failurePercentage: 100, minCalls: 1_000_000, windowMs: 10_000, resetAfterMs: 1000 },
    maxConnections: 8,
    maxReplyBytes: 1_000_000,
    maxOutputTokens: 1000,
    unsupportedParameters: 'refuse',
    onCancel: 'abort',
  };
}

interface Outcome {
  readonly attempt: AttemptSettled;
  readonly reply?: ChatReply;
  readonly fault?: Fault;
  readonly deltas: readonly ChatDelta[];
}

type Way = (deployment: Deployment, chat: Partial<ChatRequest>) => Promise<Outcome>;

function attemptOf(error: unknown): Pick<Outcome, 'attempt' | 'fault'> {
  if (!(error instanceof AttemptFailed) || !error.attempt) throw error;
  return { attempt: error.attempt, fault: error.fault };
}

const whole: Way = async (deployment, asked) => {
  const { context, chat } = makeModelCall({}, asked);
  const place = { context, role: 'escalation', tier: 'primary', number: 1 } as const;
  try {
    const answered = await upstream.call(deployment, chat, place, new AbortController().signal);
    return { ...answered, deltas: [] };
  } catch (error) {
    return { ...attemptOf(error), deltas: [] };
  }
};

const streamed: Way = async (deployment, asked) => {
  const { context, chat } = makeModelCall({}, asked);
  const place = { context, role: 'escalation', tier: 'primary', number: 1 } as const;
  const deltas: ChatDelta[] = [];
  try {
    const stream = upstream.stream(deployment, chat, place, new AbortController().signal);
    for (let step = await stream.next(); ; step = await stream.next()) {
      if (step.done) return { ...step.value, deltas };
      deltas.push(step.value);
    }
  } catch (error) {
    return { ...attemptOf(error), deltas };
  }
};

const WAYS = { whole, streamed } as const;
/** Every protocol, in both ways of answering. */
const EVERY_WAY = ALL.flatMap((spoken) =>
  (Object.keys(WAYS) as (keyof typeof WAYS)[]).map((way) => [spoken, way] as const),
);

function asking(question: string, more: Partial<ChatRequest> = {}): Partial<ChatRequest> {
  return { messages: [{ role: 'user', content: question }], ...more };
}

async function servedFor({ attemptId }: AttemptSettled): Promise<ServedTokens> {
  const log = await (await fetch(`${origin}/__log`)).text();
  const entries = log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ServedTokens);
  const served = entries.find(({ id }) => id === attemptId);
  if (!served) throw new Error(`nothing was served for ${attemptId}`);
  return served;
}

function textIn(deltas: readonly ChatDelta[]): string {
  return deltas.map((delta) => (delta.type === 'text-delta' ? delta.text : '')).join('');
}

const RECORDED = {
  prompt: 'Where is the Loreley?',
  weak_text: 'In Spain.',
  strong_text: 'On the right bank of the Rhine, at Sankt Goarshausen.',
};

/** Two for a tiny model, a script, one that is cut short, one that a stop word ends, and a recording. */
const QUESTIONS: readonly Partial<ChatRequest>[] = [
  asking('What is 13 + 19?', { topLogprobs: 3 }),
  {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Repeat: Pam Bob Cara' },
      { role: 'assistant', content: 'Pam Bob Cara' },
      { role: 'user', content: 'What is 20 + 21?' },
    ],
    topLogprobs: 0,
  },
  asking('[[script: tokens=40 logprob=-0.5]]'),
  asking('[[script: tokens=40]]', { maxOutputTokens: 17 }),
  asking('[[say:One two three four. Größe: 🏞️]]', { stop: ['four'], topLogprobs: 1 }),
  asking(RECORDED.prompt, { topLogprobs: 2 }),
];

const stops = (spoken: Spoken) => !protocolOf(spoken).lacksStops;

describe.each(ALL)('a simulated provider that speaks %s', (spoken) => {
  const { untold = [] } = protocolOf(spoken);

  test.each(QUESTIONS.filter(({ stop }) => !stop || stops(spoken)))(
    'gives one answer and one bill, whole and streamed, which its log agrees with',
    async (question) => {
      const deployment = deploymentOf(spoken);
      const answers = [await whole(deployment, question), await streamed(deployment, question)];
      const [first, second] = answers;
      expect(first?.reply?.text).not.toBe('');
      expect(second?.reply).toEqual(first?.reply);
      expect(textIn(second?.deltas ?? [])).toBe(first?.reply?.text);
      for (const { attempt } of answers) {
        const served = await servedFor(attempt);
        expect(served).toMatchObject({ backend: 'frontier', model: 'strong', whole: true });
        const { promptTokens, completionTokens } = served;
        expect(attempt).toMatchObject({
          outcome: 'completed',
          provenance: 'reported',
          servedModel: untold.includes('model') ? '' : 'strong',
          upstreamId: expect.stringMatching(untold.includes('id') ? /^$/ : /^sim-\d+$/),
          usage: { inputTokens: promptTokens, outputTokens: completionTokens, cacheReadTokens: 0 },
          costPicoUsd: BigInt(promptTokens) * INPUT + BigInt(completionTokens) * OUTPUT,
        });
      }
    },
  );

  test('says why it stopped', async () => {
    for (const ask of [whole, streamed]) {
      const limited = asking('[[script: tokens=20]]', { maxOutputTokens: 16 });
      const { reply } = await ask(deploymentOf(spoken), limited);
      expect(reply).toMatchObject({ text: expect.stringMatching(/the low$/), finish: 'length' });
      if (!stops(spoken)) continue;
      const stopping = asking('[[say:One two three]]', { stop: ['two'] });
      const stopped = await ask(deploymentOf(spoken), stopping);
      expect(stopped.reply).toMatchObject({ text: 'One ', finish: 'stop' });
    }
  });
});

test('the same mind says the same for the same tokens in every protocol', async () => {
  for (const question of QUESTIONS) {
    const able = ALL.filter((spoken) => !question.stop || stops(spoken));
    const outcomes = await Promise.all(able.map((spoken) => whole(deploymentOf(spoken), question)));
    const [first, ...others] = outcomes;
    for (const { reply, attempt } of others) {
      expect(reply?.text).toBe(first?.reply?.text);
      expect(attempt.usage).toEqual(first?.attempt.usage);
    }
  }
});

test('log-probabilities are the same wherever there are any', async () => {
  const question = asking('What is 13 + 19?', { topLogprobs: 3 });
  for (const ask of [whole, streamed]) {
    const { reply } = await ask(deploymentOf('openai'), question);
    const known = reply?.tokens ?? [];
    expect(known.length).toBeGreaterThan(5);
    for (const { logprob, top } of known) {
      expect(logprob).toBeLessThanOrEqual(0);
      expect(top).toHaveLength(3);
    }
    const expected = {
      all: known,
      chosen: known.map((token) => ({ ...token, top: [] })),
      none: undefined,
    };
    for (const spoken of ALL) {
      const outcome = await ask(deploymentOf(spoken), question);
      expect(outcome.reply?.tokens, spoken).toEqual(expected[protocolOf(spoken).logprobs]);
    }
  }
});

describe('a stream that is cut in its middle', () => {
  const CUTS: readonly (readonly [FaultName, FaultKind])[] = [
    ['trunceof', 'upstream_invalid'],
    ['junkmid', 'upstream_invalid'],
    ['errmid', 'upstream_unavailable'],
    ['stall', 'deadline_exceeded'],
  ];

  test.each(ALL.flatMap((spoken) => CUTS.map(([fault, kind]) => [spoken, fault, kind] as const)))(
    'in the protocol %s by %s is %s, and costs at least what was seen',
    async (spoken, fault, kind) => {
      const chat = asking(`[[frontier:${fault}]] [[say:${'ab '.repeat(20)}]]`);
      const outcome = await streamed(deploymentOf(spoken, HASTY), chat);
      const { attempt } = outcome;
      expect(textIn(outcome.deltas)).toBe('ab '.repeat(10));
      expect([outcome.fault?.kind, attempt.fault]).toEqual([kind, kind]);
      expect(attempt.provenance).toBe('lower_bound');
      const served = await servedFor(attempt);
      expect(served).toMatchObject({ completionTokens: 10, whole: false });
      const { inputTokens, outputTokens } = attempt.usage;
      // Whoever tells the prompt's tokens at the start is billed for exactly those.
      const { counts } = protocolOf(spoken);
      if (counts) expect(inputTokens).toBe(served.promptTokens);
      // Of whoever does not count as it goes: from thirty characters eight tokens can be told.
      expect(outputTokens).toBe(counts === 'as it goes' ? 10 : 8);
      const cost = BigInt(inputTokens) * INPUT + BigInt(outputTokens) * OUTPUT;
      expect(attempt.costPicoUsd).toBe(cost);
    },
  );

  test.each(ALL)('by a reset, %s, is a failed connection', async (spoken) => {
    const chat = asking('[[frontier:truncrst]] [[script: tokens=20]]');
    const { fault, attempt } = await streamed(deploymentOf(spoken), chat);
    expect(fault?.kind).toBe('upstream_unavailable');
    expect(attempt).toMatchObject({ outcome: 'failed', provenance: 'lower_bound' });
  });
});

describe.each(EVERY_WAY)('an error of a provider that speaks %s, asked %s', (spoken, way) => {
  const { quota = 'upstream_rejected', waitMs, lacksOverload } = protocolOf(spoken);
  const KINDS: readonly (readonly [FaultName, FaultKind])[] = [
    ['e400', 'invalid_request'],
    ['econtext', 'context_overflow'],
    ['e401', 'upstream_auth'],
    ['e404', 'upstream_rejected'],
    ['e429', 'upstream_rate_limited'],
    ['equota', quota],
    ['e500', 'upstream_unavailable'],
    ['e503', 'upstream_unavailable'],
  ];

  test.each(KINDS)('%s is %s, and free', async (fault, kind) => {
    const outcome = await WAYS[way](deploymentOf(spoken), asking(`[[any:${fault}]] [[say:x]]`));
    expect(outcome.fault?.kind).toBe(kind);
    expect(outcome.attempt).toMatchObject({
      outcome: 'failed',
      fault: kind,
      provenance: 'computed',
      costPicoUsd: 0n,
    });
    expect(outcome.fault?.retryAfterMs).toBe(fault === 'e429' ? waitMs : undefined);
  });

  test('a prompt that a tiny model cannot hold is said as the protocol says it', async () => {
    const outcome = await WAYS[way](deploymentOf(spoken), asking('word '.repeat(2000)));
    expect(outcome.fault?.kind).toBe('context_overflow');
  });

  test('an overload is one where the protocol has it', async () => {
    const outcome = await WAYS[way](deploymentOf(spoken), asking('[[any:e529]] [[say:x]]'));
    expect(outcome.fault?.kind).toBe(lacksOverload ? 'invalid_request' : 'upstream_unavailable');
  });

  test('a silence runs out of time', async () => {
    for (const fault of ['hang', 'firsthang']) {
      const chat = asking(`[[any:${fault}]] [[say:x]]`);
      const outcome = await WAYS[way](deploymentOf(spoken, HASTY), chat);
      expect(outcome.fault?.kind, fault).toBe('deadline_exceeded');
    }
  });
});

test.each(ALL)('what comes with status 200 and is no answer is a fault of %s', async (spoken) => {
  for (const fault of ['html200', 'cut200', 'nochoices', 'err200', 'reset']) {
    const chat = asking(`[[any:${fault}]] [[say:One two three.]]`);
    const { attempt, fault: seen } = await whole(deploymentOf(spoken), chat);
    const kinds: FaultKind[] = ['upstream_invalid', 'upstream_unavailable'];
    expect(kinds, fault).toContain(seen?.kind);
    expect((await servedFor(attempt)).whole, fault).toBe(false);
    expect(attempt.provenance, fault).toBe('lower_bound');
  }
});

describe.each(EVERY_WAY)('an odd answer of a provider that speaks %s, asked %s', (spoken, way) => {
  const ask = (fault: FaultName) =>
    WAYS[way](deploymentOf(spoken), asking(`[[any:${fault}]] [[say:One two three.]]`));
  const text = 'One two three.';

  test('is whole in spite of what does not matter', async () => {
    expect((await ask('crlf')).reply).toMatchObject({ text, finish: 'stop' });
    const { untold = [], tellsOtherModel } = protocolOf(spoken);
    const isUntold = untold.includes('model') && !tellsOtherModel;
    const other = isUntold ? '' : 'some-other-model';
    expect((await ask('modelswap')).attempt.servedModel).toBe(other);
    expect((await ask('empty')).reply).toMatchObject({ text: '', finish: 'stop' });
    expect((await ask('garble')).reply?.text).toBe(' the'.repeat(40));
    expect((await ask('refusal')).reply?.text).toContain("I can't help");
  });

  test('that tells no usage is billed by estimate', async () => {
    const { attempt, reply } = await ask('nousage');
    expect(reply?.text).toBe(text);
    expect(attempt).toMatchObject({ outcome: 'completed', provenance: 'estimated' });
  });

  test('may lack a terminator or be kept alive where the protocol has the means', async () => {
    const { streamsLack = [] } = protocolOf(spoken);
    for (const fault of ['nodone', 'heartbeat'] as const) {
      const outcome = await ask(fault);
      if (way === 'streamed' && streamsLack.includes(fault)) {
        expect(outcome.fault?.kind).toBe('invalid_request');
      } else expect(outcome.reply).toMatchObject({ text, finish: 'stop' });
    }
  });
});

test('a drip is slow and whole in every protocol', async () => {
  const chat = asking('[[any:drip]] [[say:One two.]]');
  const outcomes = await Promise.all(ALL.map((spoken) => streamed(deploymentOf(spoken), chat)));
  for (const { reply, deltas } of outcomes) {
    expect(reply?.text).toBe('One two.');
    expect(deltas.length).toBeGreaterThan(1);
  }
});

test('a fault that a protocol cannot have is refused by name', async () => {
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${origin}/frontier/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(400);
    return answer.json();
  };
  const messages = [{ role: 'user', content: '[[any:zerofill]] [[say:x]]' }];
  expect(await post('v1/messages', { model: 'strong', max_tokens: 9, messages })).toEqual({
    type: 'error',
    error: {
      type: 'invalid_request_error',
      message: 'There is no fault zerofill in the protocol of Anthropic.',
    },
  });
  const contents = [{ role: 'user', parts: [{ text: '[[any:e529]] [[say:x]]' }] }];
  expect(await post('v1beta/models/strong:generateContent', { contents })).toEqual({
    error: {
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: 'There is no fault e529 in the protocol of Gemini.',
    },
  });
});

test("without alt=sse Gemini's stream is one array, whose elements come as they are made", async () => {
  const answer = await fetch(`${origin}/frontier/v1beta/models/strong:streamGenerateContent`, {
    method: 'POST',
    body: JSON.stringify({ contents: [{ parts: [{ text: '[[say:One two three.]]' }] }] }),
  });
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  const body = new Uint8Array(await answer.arrayBuffer());
  expect(JSON.parse(new TextDecoder().decode(body))).toHaveLength(4);
  const parser = new JsonArrayParser(MAX_EVENT_CHARACTERS);
  const reader = gemini.reader();
  const events: ProviderEvent[] = [];
  for (const byte of body) {
    for (const text of parser.push(Uint8Array.of(byte))) events.push(...reader.read(text));
  }
  expect(parser.end()).toEqual([]);
  const said = events.map((event) => (event.type === 'text-delta' ? event.text : ''));
  expect(said.join('')).toBe('One two three.');
  expect(events.some((event) => event.type === 'finish' && event.reason === 'stop')).toBe(true);
});

describe('a parameter that a provider has no word for', () => {
  const asked = asking('[[say:Hello.]]', { seed: 7, passthrough: { user: 'u' } });

  function climb(...deployments: readonly Deployment[]): Promise<Served> {
    const random = () => 0;
    const metrics = new Metrics('test');
    const options = {
      upstream,
      clock: systemClock,
      metrics,
      random,
      retryBaseMs: 1,
      retryMaxMs: 1,
    };
    const rungs = deployments.map((deployment) => ({
      tier: deployment.name,
      deployment,
      maxAttempts: 1,
    }));
    const call = makeModelCall({}, asked);
    return new Ladder(options).generate(rungs, 'escalation', call, new AbortController().signal);
  }

  test('is refused by its name before anything is sent or can cost', async () => {
    const failed = await climb(deploymentOf('anthropic')).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(FailedCall);
    const { fault, attempts } = failed as FailedCall;
    expect(fault).toMatchObject({ kind: 'unsupported_parameter', param: 'seed' });
    expect(attempts).toEqual([]);
  });

  test('leaves the answer to the next model that has one', async () => {
    const served = await climb(deploymentOf('anthropic'), deploymentOf('openai'));
    expect(served).toMatchObject({ reply: { text: 'Hello.' }, dropped: [] });
    expect(served.attempts).toHaveLength(1);
  });

  test('is left out and told where the route allows it', async () => {
    const lenient = { ...deploymentOf('anthropic'), unsupportedParameters: 'drop' } as const;
    const served = await climb(lenient);
    expect(served).toMatchObject({ reply: { text: 'Hello.' }, dropped: ['seed'] });
  });
});
