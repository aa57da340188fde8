import type { UsableLogprobs } from '@weir/cascade';
import type { ChatReply, ChatRequest, ScoreCall, TokenLogprob, Verdict } from '@weir/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LearnedRoute } from './learned-route.ts';
import { seededRandom } from './learning/seeded-random.ts';
import { fitScorer } from './models/fit.ts';
import type { LearningRow } from './models/learning-row.ts';
import { type ScorerFile, scorerFile } from './models/scorer-file.ts';
import { ScorerService } from './scorer-service.ts';
import { readSignals } from './signals/index.ts';
import { ngramsOf } from './signals/ngrams.ts';
import { Reading } from './signals/reading.ts';

const ROUTE = 'support';
const CHAT: ChatRequest = {
  messages: [{ role: 'user', content: 'What is the capital of Italy?' }],
  topLogprobs: 2,
};

function soundToken(token: string, chance: number): TokenLogprob {
  const top = [
    { token, logprob: Math.log(chance) },
    { token: `${token}?`, logprob: Math.log((1 - chance) / 2) },
  ];
  return { token, logprob: Math.log(chance), top };
}

function soundReply(random: () => number): ChatReply {
  const words = [
    'The',
    ' capital',
    ' of',
    ' Italy',
    ' is',
    random() < 0.5 ? ' Rome' : ' Milan',
    '.',
  ];
  const tokens = words.map((word) => soundToken(word, 0.5 + 0.49 * random()));
  return { text: words.join(''), toolCalls: [], finish: 'stop', tokens };
}

/** A model that would accept whatever it has any opinion of: only distrust and vetoes are left to refuse. */
function credulous(): ScorerFile {
  const random = seededRandom('credulous');
  const rows = Array.from({ length: 400 }, (_, at): LearningRow => {
    const reply = soundReply(random);
    const logprobs: UsableLogprobs = {
      kind: 'logprobs',
      tokens: reply.tokens ?? [],
      forced: new Set<number>(),
    };
    const reading = new Reading(CHAT, reply, { logprobs });
    return {
      group: ROUTE,
      signals: readSignals(reading),
      ngrams: ngramsOf(reading),
      draftRight: random() < 0.9 ? 1 : 0,
      frontierRight: 1,
      weight: 1,
      propensity: 1,
      draftCost: null,
      frontierCost: null,
      atMs: at,
      sampled: true,
    };
  });
  const file = fitScorer({
    route: ROUTE,
    endpoint: '',
    rows,
    target: { kind: 'quality', alpha: 0.2, delta: 0.1 },
    draftCostShare: 0.06,
    certifyFromMs: 0,
    nowMs: 0,
    random,
  });
  if (!file) throw new TypeError('four hundred rows are enough');
  const { version: _version, format: _format, ...content } = file;
  return scorerFile({ ...content, shadowPrice: 1e9 });
}

const learned = new LearnedRoute(
  {
    target: { kind: 'quality', alpha: 0.2, delta: 0.1 },
    greyShare: 0,
    shadowFirst: 0,
    shadowShare: 0.02,
    skipDraft: false,
    labelsKept: 100,
    retrainAfterLabels: 100,
    draftCostShare: 0.06,
    buyCostShare: 0.06,
  },
  { requests: 1e9, falseAlarm: 1e-9, oddsRatio: 1000 },
);
learned.use(credulous(), undefined);
const POLICY = { signal: 'mean', threshold: 0, withoutEvidence: 'escalate' } as const;
const SCORERS = {
  'a scorer model': new ScorerService(
    new Map([[ROUTE, { policy: POLICY, expect: {}, learned }]]),
    Math.random,
  ),
  'a threshold of zero': new ScorerService(
    new Map([[ROUTE, { policy: POLICY, expect: {} }]]),
    Math.random,
  ),
};

function score(scorer: ScorerService, reply: ChatReply, chat = CHAT): Promise<Verdict> {
  const call: ScoreCall = { requestId: 'r', route: ROUTE, chat, reply };
  return scorer.score(call);
}

const spoiltNumber = fc.constantFrom(
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0.5,
  5,
  -9999,
  -1e308,
  undefined,
);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 200 }),
  fc.constantFrom('', '\u0000', '\ud800', '{"a":', '1 + 1 = 3', 'a'.repeat(50_000)),
);
const anyToken: fc.Arbitrary<TokenLogprob> = fc.record({
  token: text,
  logprob: fc.oneof(spoiltNumber, fc.double()),
  top: fc.array(
    fc.record({ token: text, logprob: fc.oneof(fc.double(), fc.constant(Number.NaN)) }),
    { maxLength: 6 },
  ),
});

test.each(Object.entries(SCORERS))('%s accepts what is sound', async (_name, scorer) => {
  const random = seededRandom('sound');
  expect(await score(scorer, soundReply(random))).toMatchObject({ decision: 'accept' });
});

test.each(Object.entries(SCORERS))(
  '%s never accepts a draft one of whose log-probabilities is none',
  async (_name, scorer) => {
    const random = seededRandom('spoilt');
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 6 }), spoiltNumber, async (at, logprob) => {
        const reply = soundReply(random);
        const tokens = reply.tokens?.map((token, place) =>
          place === at ? { ...token, logprob } : token,
        );
        const verdict = await score(scorer, { ...reply, tokens });
        expect(verdict.decision).toBe('escalate');
        expect(verdict.evidence).toBe('none');
      }),
    );
  },
);

test.each(Object.entries(SCORERS))(
  '%s gives every draft a verdict, whatever is in it, and no confidence that is none',
  async (_name, scorer) => {
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.option(fc.array(anyToken, { maxLength: 8 }), { nil: undefined }),
        text,
        async (said, tokens, asked) => {
          const chat: ChatRequest = { ...CHAT, messages: [{ role: 'user', content: asked }] };
          const reply: ChatReply = { text: said, toolCalls: [], finish: 'stop', tokens };
          const { decision, confidence, evidence } = await score(scorer, reply, chat);
          if (confidence !== null) {
            expect(confidence).toBeGreaterThanOrEqual(0);
            expect(confidence).toBeLessThanOrEqual(1);
          }
          if (decision === 'accept') expect(evidence).toBe('logprobs');
        },
      ),
      { numRuns: 300 },
    );
  },
);
