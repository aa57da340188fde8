import { LiveScorerModel } from '@weir/cascade';
import type { Judgement, LedgerEvent, RequestCompleted } from '@weir/core';
import { type ScorerFile, SIGNAL_SET } from '@weir/scorer';
import { describe, expect, test } from 'vitest';
import { type Explanation, explanationOf, type Surroundings } from './explanation.ts';
import { explanationLines } from './explanation-text.ts';
import { learnedFile, valuesWith } from './learned.fixture.ts';
import { attempt, completed, judgementOf, labelled } from './ledger-events.fixture.ts';

const file = learnedFile();
const VALUES = valuesWith({ mean_logprob: 3, worst_window: 2.5, hedging: 0, answer_length: 2.5 });
const NGRAMS = [3, 102];

/** What the model of `file` says of one draft, as the ledger has it. */
function judgedBy(
  judge: ScorerFile,
  overrides: Partial<Judgement> = {},
): Partial<RequestCompleted> {
  const draft = { group: 'support', signals: VALUES, ngrams: NGRAMS };
  const opinion = new LiveScorerModel(judge.model).judge(draft);
  const judgement = judgementOf({
    model: judge.version,
    benefit: opinion.benefit,
    relativeCost: opinion.relativeCost,
    shadowPrice: judge.shadowPrice,
    certificate: judge.certificate,
    signals: { set: SIGNAL_SET, values: VALUES },
    ...overrides,
  });
  const isCheap = opinion.priority <= (judge.shadowPrice ?? Number.NEGATIVE_INFINITY);
  return { confidence: opinion.confidence, decision: isCheap ? 'accept' : 'escalate', judgement };
}

function explained(
  changes: Partial<RequestCompleted>,
  more: { events?: readonly LedgerEvent[]; around?: Partial<Surroundings> } = {},
): Explanation {
  const request = completed({ requestId: 'req_1', ...changes });
  const found = explanationOf([request, ...(more.events ?? [])], {
    version: (_route, version) =>
      version === file.version ? { file } : { missing: 'is not kept on this machine' },
    thresholdWords: () => undefined,
    ...more.around,
  });
  if (!found) throw new Error('there are events to explain');
  return found;
}

const textOf = (explanation: Explanation) => explanationLines(explanation).join('\n');

describe('a draft that a scorer model accepted', () => {
  const shadow = labelled({
    requestId: 'req_1',
    example: {
      endpoint: 'endpoint-1',
      signals: { set: SIGNAL_SET, values: VALUES },
      ngrams: NGRAMS,
      relativeCost: null,
    },
  });
  const explanation = explained(judgedBy(file), {
    events: [
      attempt({ requestId: 'req_1', role: 'draft', tier: 'draft' }),
      attempt({ requestId: 'req_1', role: 'shadow', provenance: 'estimated' }),
      shadow,
    ],
  });

  test('is told with the benefit, the price, the certificate and the model', () => {
    expect(file.certificate).not.toBeNull();
    expect(explanation.decision).toBe('accept');
    expect(explanation.why).toEqual([
      expect.stringMatching(/^Escalating was expected to gain .*, not above the shadow price of /),
    ]);
    const text = textOf(explanation);
    expect(text).toContain(`Scorer model ${file.version}, fitted 2026-11-20`);
    expect(text).toContain(`Certificate ${file.certificate?.id}: with 90 % confidence at most 5 %`);
  });

  test('shows every signal, the heaviest first, and those that abstained as such', () => {
    const { signals = [], weights } = explanation.judgement ?? {};
    expect(signals.map(({ name }) => name).toSorted()).toEqual([...file.signals].toSorted());
    const heavy = signals.flatMap(({ weight }) => (weight === null ? [] : [Math.abs(weight)]));
    expect(heavy).toEqual(heavy.toSorted((left, right) => right - left));
    expect(signals.find(({ name }) => name === 'cut_off')).toMatchObject({
      value: null,
      said: 'abstains',
      weight: null,
    });
    expect(weights?.probability).toBeCloseTo(explanation.confidence ?? Number.NaN, 9);
    expect(textOf(explanation)).toMatch(/mean_logprob +0\.95\d* +\+[\d.]+ +geometric mean/);
  });

  test('shows what each attempt cost, and what was found out later', () => {
    expect(explanation.attempts.map(({ role }) => role)).toEqual(['draft', 'shadow']);
    expect(explanation.spentIsInexact).toBe(true);
    expect(explanation.labels).toEqual([
      expect.objectContaining({ source: 'shadow', draftRight: 1, frontierRight: 1, sampled: true }),
    ]);
    expect(textOf(explanation)).toContain('not all of it exact');
  });

  test('as JSON has no number that JSON does not know', () => {
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
  });
});

describe('without the model', () => {
  test('values are told without weights, and why', () => {
    const other = {
      ...judgedBy(file),
      judgement: judgementOf({
        model: '0123456789ab',
        signals: { set: SIGNAL_SET, values: VALUES },
      }),
    };
    const explanation = explained(other);
    expect(explanation.judgement?.weights).toBeNull();
    expect(explanation.judgement?.signals[0]).toMatchObject({ weight: null });
    expect(textOf(explanation)).toContain(
      'Values without weights: the file of scorer model 0123456789ab is not kept on this machine.',
    );
    expect(textOf(explanation)).toMatch(/worst_window +0\.92\d* +mean chance in the worst run/);
  });

  test('signals of another version of Weir are numbers without a name', () => {
    const signals = { set: 'another', values: [0.5] };
    const explanation = explained({ judgement: judgementOf({ model: '', signals }) });
    expect(explanation.judgement?.signals).toEqual([
      {
        name: 'signal 0',
        value: 0.5,
        said: '0.5',
        meaning: 'of another version of Weir',
        weight: null,
      },
    ]);
  });
});

describe('why a draft escalated', () => {
  const why = (request: Partial<RequestCompleted>, events: readonly LedgerEvent[] = []) =>
    explained({ decision: 'escalate', ...request }, { events }).why.join(' ');

  test.each<[string, Partial<Judgement>, RegExp]>([
    ['no model was there', { reasons: ['not_calibrated'] }, /There was no scorer model/],
    [
      'it was worth it',
      { benefit: 0.4, relativeCost: 2, shadowPrice: 0.1, reasons: ['worth_escalating'] },
      /worth more than it cost.*: 0\.2, above the shadow price of 0\.1\./,
    ],
    [
      'nothing is certified',
      { shadowPrice: null, reasons: ['nothing_certified'] },
      /Nothing is certified/,
    ],
    [
      'the model had no opinion',
      { benefit: null, reasons: ['no_evidence'] },
      /The model had no opinion/,
    ],
    [
      'a hard check failed',
      { reasons: ['veto:json_schema', 'veto:truncated'] },
      /A hard check failed.*: json_schema\. .*: truncated\./,
    ],
    ['the route was in safe mode', { reasons: ['safe_mode:overconfident'] }, /: overconfident\./],
    ['evidence was missing', { reasons: ['missing_evidence'] }, /weir doctor/],
    ['the endpoint was another', { reasons: ['endpoint_changed'] }, /was not fitted to/],
    ['a word of a newer version is told as it is', { reasons: ['new_word'] }, /new_word\./],
  ])('is said: %s', (_what, judgement, words) => {
    expect(why({ judgement: judgementOf(judgement) })).toMatch(words);
  });

  test('what would do harm is the worse the more it costs', () => {
    const judgement = judgementOf({ benefit: -0.1, relativeCost: 2, shadowPrice: -0.15 });
    expect(why({ judgement })).toContain(': -0.2, not above the shadow price of -0.15.');
  });
});

describe('without a scorer model', () => {
  test('a fixed threshold is told as far as it is known', () => {
    const around = { thresholdWords: () => 'Its worst token gave 0.93.' };
    expect(explained({}, { around }).why).toEqual(['Its worst token gave 0.93.']);
    expect(explained({}).why[0]).toContain(
      'a fixed threshold that the configuration here does not',
    );
  });

  test.each([
    ['direct', 'It was asked for by the name of its model'],
    ['draft', 'There was no draft to judge: it failed.'],
    ['escalation', 'No draft was made.'],
  ] as const)(
    'a request of which the first attempt was %s says why nothing was judged',
    (role, words) => {
      const request = { decision: 'none', confidence: null } as const;
      const events = [attempt({ requestId: 'req_1', role })];
      expect(explained(request, { events }).why[0]).toContain(words);
    },
  );

  test('a request that is not over shows its attempts', () => {
    const found = explanationOf([attempt({ requestId: 'req_2' })], {
      version: () => ({ missing: '' }),
      thresholdWords: () => undefined,
    });
    expect(found?.why[0]).toContain('not over');
    expect(found?.attempts).toHaveLength(1);
  });

  test('of a request without events there is nothing to say', () => {
    const around = { version: () => ({ missing: '' }), thresholdWords: () => undefined };
    expect(explanationOf([], around)).toBeUndefined();
  });
});
