import type { ChatReply, CompareCall, Expectations, ScoreCall } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { LearnedRoute, type LearnedSettings } from './learned-route.ts';
import { seededRandom } from './learning/seeded-random.ts';
import { GOOD_DRAFT, simulatedExchange } from './learning/simulated-exchange.fixture.ts';
import { fitScorer } from './models/fit.ts';
import { fitCall } from './models/learning-rows.fixture.ts';
import type { ScorerFile } from './models/scorer-file.ts';
import { ScorerService } from './scorer-service.ts';

function sure(text: string): ChatReply {
  return {
    text,
    toolCalls: [],
    finish: 'stop',
    tokens: [{ token: text, logprob: -0.01, top: [{ token: text, logprob: -0.01 }] }],
  };
}

function scorerWith(owner: Expectations): ScorerService {
  const policy = { signal: 'mean', threshold: 0.9, withoutEvidence: 'escalate' } as const;
  return new ScorerService(new Map([['support', { policy, expect: owner }]]), () => 0.5);
}

function callOf(reply: ChatReply, rest: Partial<ScoreCall> = {}): ScoreCall {
  const chat = { messages: [], topLogprobs: 1 };
  return { requestId: 'r', route: 'support', chat, reply, ...rest };
}

test('a sure and sound draft is accepted', async () => {
  const verdict = await scorerWith({}).score(callOf(sure('Paris.')));
  expect(verdict).toMatchObject({ decision: 'accept', evidence: 'logprobs' });
});

test('what the route expects and what the caller expects are both vetoes, however sure the draft', async () => {
  const scorer = scorerWith({ keywords: ['Lyon'] });
  const verdict = await scorer.score(callOf(sure('Paris.'), { expect: { minCharacters: 100 } }));
  expect(verdict.decision).toBe('escalate');
  expect(verdict.reasons).toEqual(['veto:missing_keyword', 'veto:too_short']);
});

test('a caller who expects less than the route does not lower the bar', async () => {
  const scorer = scorerWith({ minCharacters: 100 });
  const verdict = await scorer.score(callOf(sure('Paris.'), { expect: { minCharacters: 1 } }));
  expect(verdict.reasons).toEqual(['veto:too_short']);
});

test('a route that the scorer does not have is no reason to accept', async () => {
  await expect(scorerWith({}).score(callOf(sure('x'), { route: 'other' }))).rejects.toMatchObject({
    kind: 'model_not_found',
  });
});

const SETTINGS: LearnedSettings = {
  target: { kind: 'quality', alpha: 0.05, delta: 0.1 },
  greyShare: 0.1,
  shadowFirst: 100,
  shadowShare: 0.02,
  skipDraft: true,
  labelsKept: 1000,
  retrainAfterLabels: 50,
  draftCostShare: 0.06,
  buyCostShare: 0.06,
};
const ENDPOINT = { fingerprint: 'endpoint-1', logprobsTrusted: true };

/** A route that a scorer model judges, as soon as there is one. */
class Scene {
  readonly learned: LearnedRoute;
  readonly scorer: ScorerService;
  readonly #random = seededRandom('traffic');

  constructor(settings: Partial<LearnedSettings> = {}, expect: Expectations = {}) {
    const drift = { requests: 20_000, falseAlarm: 0.05, oddsRatio: 2 };
    this.learned = new LearnedRoute({ ...SETTINGS, ...settings }, drift);
    const policy = { signal: 'mean', threshold: 0, withoutEvidence: 'accept' } as const;
    const route = { policy, expect, learned: this.learned };
    this.scorer = new ScorerService(new Map([['support', route]]), () => 0.5);
  }

  calls(count: number): CompareCall[] {
    return Array.from({ length: count }, () => {
      const { chat, reply, frontier } = simulatedExchange(GOOD_DRAFT, this.#random);
      const more = { endpoint: ENDPOINT, frontier, frontierCostPicoUsd: 1000n };
      return { requestId: 'r', route: 'support', chat, reply, ...more };
    });
  }

  /** Fits a model to what the scorer itself says of drafts. */
  async learn(): Promise<ScorerFile> {
    const comparisons = await Promise.all(this.calls(800).map((call) => this.scorer.compare(call)));
    const rows = comparisons.flatMap((compared, at) => {
      if (compared?.draftRight === null || !compared) return [];
      const { example, draftRight, frontierRight } = compared;
      const { signals, ngrams } = example;
      const weights = { weight: 1, propensity: 1, draftCost: null, frontierCost: null };
      const times = { atMs: 1000 + at, sampled: true, group: 'support' };
      const row = { signals: signals.values, ngrams, draftRight, frontierRight };
      return [{ ...row, ...weights, ...times }];
    });
    const file = fitScorer(fitCall({ rows })) as ScorerFile;
    this.learned.use(file, undefined);
    this.learned.labels = rows.length;
    return file;
  }
}

describe('where a scorer model judges', () => {
  test('everything escalates and is learned from until there is one, however sure the draft', async () => {
    const { scorer } = new Scene();
    const verdict = await scorer.score(callOf(sure('Paris.'), { endpoint: ENDPOINT }));
    expect(verdict).toMatchObject({
      decision: 'escalate',
      reasons: ['not_calibrated'],
      evidence: 'none',
      confidence: null,
      shadowChance: 1,
      judgement: { model: '', benefit: null, certificate: null },
    });
  });

  test('sure drafts are accepted and others are not, each with its certificate and signals', async () => {
    const scene = new Scene();
    const file = await scene.learn();
    const calls = scene.calls(300);
    const verdicts = await Promise.all(calls.map((call) => scene.scorer.score(call)));
    const accepted = verdicts.filter(({ decision }) => decision === 'accept');
    expect(accepted.length).toBeGreaterThan(100);
    expect(accepted.length).toBeLessThan(290);
    for (const verdict of verdicts) {
      const priority =
        (verdict.judgement?.benefit ?? Number.NaN) / (verdict.judgement?.relativeCost ?? 1);
      expect(verdict).toMatchObject({
        decision: priority <= (file.shadowPrice ?? 0) ? 'accept' : 'escalate',
        evidence: 'logprobs',
        shadowChance: 0.02,
        judgement: { model: file.version, certificate: file.certificate },
      });
      expect(verdict.judgement?.signals.values).toHaveLength(file.signals.length);
    }
  });

  test('a veto is a veto, another endpoint has no opinion, and lacking evidence escalates', async () => {
    const scene = new Scene({}, { maxCharacters: 30 });
    await scene.learn();
    const [call] = scene.calls(1) as [CompareCall];
    const long = { ...call.reply, text: `${call.reply.text} That is what I found, I think.` };
    const { tokens: _, ...blind } = call.reply;
    const [vetoed, foreign, missing, untrusted] = await Promise.all([
      scene.scorer.score({ ...call, reply: long }),
      scene.scorer.score({ ...call, endpoint: { fingerprint: 'endpoint-2' } }),
      scene.scorer.score({ ...call, reply: blind }),
      scene.scorer.score({ ...call, endpoint: { ...ENDPOINT, logprobsTrusted: false } }),
    ]);
    expect(vetoed.decision).toBe('escalate');
    expect(vetoed.reasons).toContain('veto:too_long');
    expect(foreign).toMatchObject({ decision: 'escalate', reasons: ['endpoint_changed'] });
    expect(foreign).toMatchObject({ confidence: null, evidence: 'none' });
    expect(missing).toMatchObject({ decision: 'escalate', reasons: ['missing_evidence'] });
    expect(untrusted).toMatchObject({ decision: 'escalate', reasons: ['missing_evidence'] });
  });

  test('evidence is bought for the grey ones alone, and what was bought is not bought again', async () => {
    const scene = new Scene({ buy: 'second_draft', greyShare: 0.2 });
    await scene.learn();
    const calls = scene.calls(300);
    const verdicts = await Promise.all(calls.map((call) => scene.scorer.score(call)));
    const grey = verdicts.flatMap(({ buy }, at) => (buy ? [{ buy, call: calls[at] }] : []));
    expect(grey.length).toBeGreaterThan(20);
    expect(grey.length).toBeLessThan(120);
    const [first] = grey;
    expect(first?.buy.kind).toBe('second_draft');
    if (!first?.call) throw new Error('there is a grey one');
    const bought = { kind: 'second_draft', reply: first.call.reply } as const;
    expect((await scene.scorer.score({ ...first.call, bought })).buy).toBeUndefined();
  });

  test('a draft counts once, and what was bought for it as well', async () => {
    const target = { kind: 'budget', share: 0.5 } as const;
    const scene = new Scene({ target });
    const file = await scene.learn();
    scene.learned.use({ ...file, version: 'another', shadowPrice: 0 }, undefined);
    const [call] = scene.calls(1) as [CompareCall];
    await scene.scorer.score(call);
    const price = scene.learned.shadowPrice;
    const bought = { kind: 'second_draft', reply: null } as const;
    await scene.scorer.score({ ...call, bought });
    const paid = (scene.learned.shadowPrice ?? 0) - (price ?? 0);
    expect(paid).toBeCloseTo(0.002 * 0.06, 9);
    await scene.scorer.score(call);
    expect(scene.learned.shadowPrice).not.toBe(price);
  });

  test('drafts that fail a check say nothing of drift, and nothing is learned from them', async () => {
    const scene = new Scene({}, { maxCharacters: 10 });
    await scene.learn();
    for (const call of scene.calls(250)) {
      const { reasons, shadowChance } = await scene.scorer.score(call);
      expect(reasons).toContain('veto:too_long');
      expect(shadowChance).toBeUndefined();
    }
    expect(scene.learned.watch?.stability ?? null).toBeNull();
  });
});

describe('a draft is compared with the frontier', () => {
  test('and is right when they agree, with everything that a model needs to know of it', async () => {
    const { scorer, ...scene } = new Scene();
    const [call] = new Scene().calls(1) as [CompareCall];
    const same = await scorer.compare({ ...call, frontier: call.reply });
    expect(same).toMatchObject({ draftRight: 1, frontierRight: 1 });
    expect(same?.example).toMatchObject({ endpoint: 'endpoint-1', relativeCost: 1 });
    expect(same?.example.ngrams.length).toBeGreaterThan(3);
    const other = { ...call.reply, text: 'The number is 7.' };
    expect(await scorer.compare({ ...call, frontier: other })).toMatchObject({ draftRight: 0 });
    expect(scene.learned.file).toBeUndefined();
  });

  test('is wrong where it fails a check, and nothing is said where the frontier does', async () => {
    const { scorer } = new Scene({}, { maxCharacters: 40 });
    const [call] = new Scene().calls(1) as [CompareCall];
    const long = { ...call.reply, text: 'x'.repeat(50) };
    expect(await scorer.compare({ ...call, reply: long })).toMatchObject({ draftRight: 0 });
    expect(await scorer.compare({ ...call, frontier: long })).toBeNull();
  });
});

test.each([
  ["I don't know.", 0],
  ['Ich weiß es nicht.', 0],
  ['', 0],
])('a draft that gives no answer where there was one is wrong: %j', async (text, draftRight) => {
  const { scorer } = new Scene();
  const [call] = new Scene().calls(1) as [CompareCall];
  const silent = { ...call.reply, text, tokens: undefined };
  const said = await scorer.compare({ ...call, reply: silent, frontier: call.reply });
  expect(said).toMatchObject({ draftRight, frontierRight: 1 });
  // And a frontier that declines makes no draft wrong.
  if (text !== '') expect(await scorer.compare({ ...call, frontier: silent })).toBeNull();
});

describe('before there is a draft', () => {
  test('one is made where nothing is known', async () => {
    const { scorer } = new Scene();
    const plan = await scorer.plan(callOf(sure('x')));
    expect(plan).toEqual({ draft: true, escalationChance: null });
    expect(await scorerWith({}).plan(callOf(sure('x')))).toEqual(plan);
  });

  test('what is skipped costs a budget the frontier alone', async () => {
    const target = { kind: 'budget', share: 0.5 } as const;
    const scene = new Scene({ target });
    const file = await scene.learn();
    // Whatever the question, it escalates.
    const plan = { intercept: 6, dense: [], ngrams: [] };
    scene.learned.use({ ...file, version: 'another', shadowPrice: 0, plan }, undefined);
    expect(await scene.scorer.plan(callOf(sure('x')))).toMatchObject({ draft: false });
    expect(scene.learned.shadowPrice).not.toBe(file.shadowPrice);
  });
});
