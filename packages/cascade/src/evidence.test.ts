import type { ChatReply, ChatRequest, TokenLogprob, TopLogprob } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freeTokens, logprobEvidence } from './evidence.ts';

/** As an honest engine lists it: itself, and others below it. */
function token(text: string, logprob: number | undefined, top?: TopLogprob[]): TokenLogprob {
  const own = { token: text, logprob: logprob ?? -1 };
  const other = (rank: number) => ({
    token: `${text}${rank}`,
    logprob: own.logprob - 8 - rank - text.length / 100,
  });
  return { token: text, logprob, top: top ?? [own, other(1), other(2)] };
}

function replyOf(tokens: readonly TokenLogprob[] | undefined, text?: string): ChatReply {
  const spelled = text ?? (tokens ?? []).map((entry) => entry.token).join('');
  return { text: spelled, toolCalls: [], finish: 'stop', tokens };
}

function chatOf(topLogprobs: number, rest: Partial<ChatRequest> = {}): ChatRequest {
  return { messages: [{ role: 'user', content: 'Q' }], topLogprobs, ...rest };
}

function reasonFor(
  tokens: readonly TokenLogprob[] | undefined,
  topLogprobs = 5,
  text?: string,
  rest: Partial<ChatRequest> = {},
) {
  const evidence = logprobEvidence(chatOf(topLogprobs, rest), replyOf(tokens, text));
  return evidence.kind === 'missing' ? evidence.reason : 'evidence';
}

/** The texts of the tokens that count. */
function countingIn(chat: ChatRequest, reply: ChatReply): readonly string[] | string {
  const evidence = logprobEvidence(chat, reply);
  if (evidence.kind === 'missing') return evidence.reason;
  return freeTokens(evidence).map((entry) => entry.token);
}

const HONEST = [token('The', -0.1), token(' sum', -0.4), token(' is', -0.01), token(' 42', -1.2)];
const JSON_ASKED = { responseFormat: { type: 'json_object' } } as const;

test('log-probabilities of every token, with alternatives, are evidence', () => {
  const evidence = logprobEvidence(chatOf(5), replyOf(HONEST));
  expect(evidence).toEqual({ kind: 'logprobs', tokens: HONEST, forced: new Set() });
});

describe('missing evidence is never confidence (invariant I10)', () => {
  test('what an endpoint says that is not trusted is no evidence, however honest it looks', () => {
    const [chat, reply] = [chatOf(5), replyOf(HONEST)];
    expect(logprobEvidence(chat, reply, false)).toEqual({
      kind: 'missing',
      reason: 'endpoint_not_trusted',
    });
    expect(logprobEvidence(chat, reply, true).kind).toBe('logprobs');
  });

  test('a reply without log-probabilities has no evidence', () => {
    expect(reasonFor(undefined)).toBe('no_logprobs');
  });

  test('an empty list of tokens is no evidence', () => {
    expect(reasonFor([], 5, 'text all the same')).toBe('no_content_tokens');
  });

  test('a zero without the alternatives that were asked for was filled in by speculative decoding', () => {
    const filled = [token('The', -0.1), token(' sum', 0, []), token(' is', 0, [])];
    expect(reasonFor(filled)).toBe('zero_filled');
  });

  test('one filled-in token among many spoils the whole', () => {
    expect(reasonFor([...HONEST, ...HONEST, token('.', 0, [])])).toBe('zero_filled');
    expect(reasonFor([...HONEST, token('.', -0, [])])).toBe('zero_filled');
  });

  test('a zero whose only alternative is itself was filled in where others have more', () => {
    const alone = token('.', 0, [{ token: '.', logprob: 0 }]);
    expect(reasonFor([...HONEST, alone])).toBe('zero_filled');
  });

  test('a zero beside alternatives that were all cut away tells what was left and not how likely it was', () => {
    const cut = token('.', 0, [
      { token: '.', logprob: 0 },
      { token: '!', logprob: -9999 },
    ]);
    expect(reasonFor([...HONEST, cut])).toBe('zero_filled');
  });

  test('zeros throughout are filled in, also where no alternatives were asked for', () => {
    expect(reasonFor([token('a', 0, []), token('b', 0, [])], 0)).toBe('zero_filled');
    const itself = (text: string) => token(text, 0, [{ token: text, logprob: 0 }]);
    expect(reasonFor([itself('a'), itself('b')], 1)).toBe('zero_filled');
  });

  test('a token without a log-probability leaves the answer without evidence', () => {
    expect(reasonFor([...HONEST, token('.', undefined, [])])).toBe('missing_on_some_tokens');
  });

  test('a token without alternatives where others have them was made in another way', () => {
    expect(reasonFor([...HONEST, token('.', -0.3, [])])).toBe('missing_on_some_tokens');
  });

  test('an engine that never gives alternatives may be believed where it is not certain', () => {
    expect(reasonFor([token('a', -0.2, []), token('b', -0.3, [])])).toBe('evidence');
  });

  test.each([-9999, -9999.0001, -1e9, Number.NEGATIVE_INFINITY])(
    '%d stands for "not kept" and not for very unlikely',
    (logprob) => {
      expect(reasonFor([...HONEST, token('.', logprob)])).toBe('missing_on_some_tokens');
    },
  );

  test.each([0.5, 1, 1e-3, Number.POSITIVE_INFINITY, Number.NaN])(
    'a log-probability of %d cannot be, so none of them is believed',
    (logprob) => {
      expect(reasonFor([...HONEST, token('.', logprob)])).toBe('impossible_logprob');
      const beside = token('.', -0.5, [
        { token: '.', logprob: -0.5 },
        { token: '!', logprob },
      ]);
      expect(reasonFor([...HONEST, beside])).toBe('impossible_logprob');
    },
  );

  test('alternatives that come to more than certainty are not believed', () => {
    const top = ['.', '!', '?'].map((text) => ({ token: text, logprob: -0.5 }));
    expect(reasonFor([...HONEST, token('.', -0.5, top)])).toBe('impossible_logprob');
  });

  test('a token that is likelier than one of its alternatives and not among them belongs elsewhere', () => {
    const top = [
      { token: 'x', logprob: -2 },
      { token: 'y', logprob: -3 },
    ];
    expect(reasonFor([...HONEST, token('.', -0.5, top)])).toBe('contradictory_alternatives');
    // Chance chose what is not among the likeliest.
    expect(reasonFor([...HONEST, token('.', -5, top)])).toBe('evidence');
  });

  test('greedy decoding does not pass over what is much likelier', () => {
    const top = [
      { token: '!', logprob: -0.1 },
      { token: '.', logprob: -4 },
    ];
    const tokens = [...HONEST, token('.', -4, top)];
    expect(reasonFor(tokens, 5, undefined, { temperature: 0 })).toBe('contradictory_alternatives');
    expect(reasonFor(tokens, 5, undefined, { temperature: 1 })).toBe('evidence');
    expect(reasonFor(tokens, 5, undefined, { temperature: 0, presencePenalty: 1 })).toBe(
      'evidence',
    );
  });

  test('a list of alternatives that is given again and again belongs to one token at most', () => {
    const top = [
      { token: 'a', logprob: -0.7 },
      { token: 'b', logprob: -0.9 },
    ];
    const same = ['a', 'b', 'a', 'b'].map((text) => token(text, text === 'a' ? -0.7 : -0.9, top));
    expect(reasonFor([...same.slice(1), ...HONEST])).toBe('evidence');
    expect(reasonFor([...same, ...HONEST])).toBe('repeated_alternatives');
  });

  test('tokens that spell only part of the text are not the evidence for all of it', () => {
    const spelled = HONEST.map((entry) => entry.token).join('');
    expect(reasonFor(HONEST, 5, `${spelled} and so on, at length`)).toBe(
      'tokens_do_not_cover_text',
    );
    // One token's worth is enough to be missed.
    expect(reasonFor(HONEST, 5, `${spelled}.`)).toBe('tokens_do_not_cover_text');
    expect(reasonFor(HONEST.slice(1), 5, spelled)).toBe('tokens_do_not_cover_text');
  });

  test('tokens that spell something else of the same length are not the text’s', () => {
    expect(reasonFor([token('Lyon.', -0.1)], 5, 'Paris')).toBe('tokens_do_not_cover_text');
  });

  test('how sure the words before a tool call were says nothing of the call', () => {
    const toolCalls = [{ id: 'c', name: 'look', arguments: '{}' }];
    const evidence = logprobEvidence(chatOf(5), { ...replyOf(HONEST), toolCalls });
    expect(evidence).toEqual({ kind: 'missing', reason: 'tool_calls_not_covered' });
  });

  test('under a grammar, punctuation alone says nothing', () => {
    const tokens = [token('{', -0.1), token('}', -0.1)];
    expect(reasonFor(tokens, 5, undefined, JSON_ASKED)).toBe('no_content_tokens');
  });
});

describe('of what was said, only the answer counts', () => {
  test('the end-of-text entry is dropped, however unlikely a grammar made it', () => {
    const evidence = logprobEvidence(chatOf(5), replyOf([...HONEST, token('', -21.5, [])]));
    expect(evidence).toMatchObject({ kind: 'logprobs', tokens: HONEST });
  });

  test.each(['<|im_end|>', '</s>', '<|eot_id|>', '\n\nUser:'])(
    'so is an end that is printed as %j',
    (end) => {
      const spelled = HONEST.map((entry) => entry.token).join('');
      const reply = replyOf([...HONEST, token(end, -9999, [])], spelled);
      expect(countingIn(chatOf(5), reply)).toEqual(HONEST.map((entry) => entry.token));
    },
  );

  test('an end-of-text entry alone is not an answer with evidence', () => {
    expect(reasonFor([token('', -0.001)])).toBe('no_content_tokens');
  });

  test('thoughts are not the answer, but where they were filled in the answer may have been', () => {
    const thought = [token('<think>', -0.1), token('Hm 42?', -0.9), token('</think>\n', -0.2)];
    const spelled = HONEST.map((entry) => entry.token).join('');
    const thinking = (tokens: readonly TokenLogprob[]): ChatReply => ({
      ...replyOf([...tokens, ...HONEST, token('', -0.1)], spelled),
      reasoning: 'Hm 42?',
    });
    expect(countingIn(chatOf(5), thinking(thought))).toEqual(HONEST.map((entry) => entry.token));
    const filled = [...thought, token('\n', 0, [])];
    expect(countingIn(chatOf(5), thinking(filled))).toBe('zero_filled');
  });

  test('blanks that an engine trims off an answer are no gap', () => {
    const tokens = [token('\n\n', -0.1), token(' Yes', -0.4), token('.\n', -0.3)];
    expect(countingIn(chatOf(5), replyOf(tokens, 'Yes.'))).toEqual([' Yes', '.\n']);
    expect(countingIn(chatOf(5), replyOf(tokens, '\n\n Yes.\n'))).toEqual(['\n\n', ' Yes', '.\n']);
  });

  test('tokens that are decoded without the blanks between them still spell the text', () => {
    const tokens = [token('The', -0.1), token('sum', -0.1), token('is', -0.1)];
    expect(reasonFor(tokens, 5, 'The sum is')).toBe('evidence');
    expect(reasonFor(tokens, 5, 'The sum is it')).toBe('tokens_do_not_cover_text');
  });

  test.each([
    ['replacement characters', ['a ', '\u{fffd}', '\u{fffd}', '!']],
    ['escaped bytes', ['a ', 'bytes:\\xe8\\xaa', '\\x9e', '!']],
    ['byte tokens', ['a', ' ', '<0xE8>', '<0xAA>', '<0x9E>', '!']],
    ['nothing until it is whole', ['a ', '', '', '語', '!']],
    ['a blank and a piece', ['a', ' \u{fffd}', '\u{fffd}!']],
  ])('pieces of one character that print as %s still cover it', (_how, pieces) => {
    const tokens = pieces.map((piece) => token(piece, -0.3));
    expect(countingIn(chatOf(5), replyOf(tokens, 'a 語!'))).toEqual(pieces);
    expect(countingIn(chatOf(5), replyOf([...tokens, token('', -9)], 'a 語!'))).toEqual(pieces);
  });

  test('pieces at the end of the text cover it too, and the end comes after them', () => {
    const pieces = [token('a ', -0.3), token('\u{fffd}', -0.3), token('\u{fffd}', -0.3)];
    const reply = replyOf([...pieces, token('<|im_end|>', -0.1)], 'a 語');
    expect(countingIn(chatOf(5), reply)).toEqual(['a ', '\u{fffd}', '\u{fffd}']);
  });

  test('one piece of a character without the others is a gap', () => {
    const tokens = [token('a ', -0.3), token('\u{fffd}', -0.3), token('!', -0.3)];
    expect(reasonFor(tokens, 5, 'a 語!')).toBe('tokens_do_not_cover_text');
    expect(reasonFor([token('\u{fffd}', -0.3)], 5, '語')).toBe('tokens_do_not_cover_text');
    // Two pieces are one character, not two, and not a word.
    const two = [token('a ', -0.3), token('\u{fffd}', -0.3), token('\u{fffd}', -0.3)];
    expect(reasonFor([...two, token('!', -0.3)], 5, 'a 語語!')).toBe('tokens_do_not_cover_text');
    expect(reasonFor([...two, token('!', -0.3)], 5, 'a xy!')).toBe('tokens_do_not_cover_text');
  });
});

describe('of what a grammar left no choice nothing counts', () => {
  test('under a grammar only the tokens that hold words or numbers count', () => {
    const tokens = [token('{"', -8), token('age', -0.2), token('":', -7), token('31', -0.3)];
    const evidence = logprobEvidence(
      chatOf(5, {
        responseFormat: { type: 'json_schema', name: 'person', schema: { type: 'object' } },
      }),
      replyOf(tokens),
    );
    expect(evidence).toMatchObject({ tokens, forced: new Set([0, 2]) });
    expect(evidence.kind === 'logprobs' && freeTokens(evidence)).toEqual([tokens[1], tokens[3]]);
  });

  test('JSON that nobody asked for was not forced', () => {
    const tokens = [token('{"', -8), token('age', -0.2), token('":', -7), token('31', -0.3)];
    expect(countingIn(chatOf(5), replyOf(tokens))).toEqual(['{"', 'age', '":', '31']);
  });

  test('what the model would not have said by itself was forced', () => {
    const forced = token('positive', -12, [
      { token: 'The', logprob: -0.2 },
      { token: 'positive', logprob: -12 },
    ]);
    const tokens = [forced, token(' 7', -0.5)];
    expect(countingIn(chatOf(5, JSON_ASKED), replyOf(tokens))).toEqual([' 7']);
    const grammar = { passthrough: { grammar: 'root ::= "positive 7"' } };
    expect(countingIn(chatOf(5, grammar), replyOf(tokens))).toEqual([' 7']);
    // Where the likeliest is always taken, less is enough to tell.
    const mild = token('Paris', -1, [
      { token: 'Lyon', logprob: -0.6 },
      { token: 'Paris', logprob: -1 },
    ]);
    const greedy = { ...JSON_ASKED, temperature: 0 };
    expect(countingIn(chatOf(5, JSON_ASKED), replyOf([mild]))).toEqual(['Paris']);
    expect(countingIn(chatOf(5, greedy), replyOf([mild]))).toBe('no_content_tokens');
  });

  test('what had all its alternatives masked was forced', () => {
    const masked = token('name', 0, [
      { token: 'name', logprob: 0 },
      { token: 'title', logprob: -9999 },
    ]);
    const reply = replyOf([masked, token('Ann', -0.5)]);
    expect(countingIn(chatOf(5, JSON_ASKED), reply)).toEqual(['Ann']);
  });

  test('a filled-in token is not taken for a forced one', () => {
    const tokens = [token('{"', -0.1), token('age', 0, []), token('":', -0.1), token('31', -0.3)];
    expect(reasonFor(tokens, 5, undefined, JSON_ASKED)).toBe('zero_filled');
  });
});

test('a rounding error above zero is certainty, not an impossibility', () => {
  const evidence = logprobEvidence(chatOf(5), replyOf([token('Paris', 1e-9), ...HONEST]));
  expect(evidence).toMatchObject({ kind: 'logprobs', tokens: [{ logprob: 0 }, ...HONEST] });
});

test('a certain token is believed where its alternatives are there', () => {
  expect(reasonFor([token('Paris', 0)])).toBe('evidence');
});

test('alternatives that were not kept are left out of what is', () => {
  const top = [
    { token: 'Paris', logprob: -0.2 },
    { token: 'Lyon', logprob: -9999 },
  ];
  const evidence = logprobEvidence(chatOf(5), replyOf([token('Paris', -0.2, top)]));
  expect(evidence).toMatchObject({ tokens: [{ top: [top[0]] }] });
});

describe('whatever a provider sends', () => {
  const number = fc.oneof(
    fc.double(),
    fc.double({ min: -12, max: 0, noNaN: true }),
    fc.constantFrom(0, -0, 5, -9999, 1e-9, Number.NaN, Number.POSITIVE_INFINITY),
  );
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', ' ', '\n', '{"', '\u{fffd}', '<0xE8>', '\\xe8', '語', 'the', '</s>'),
  );
  const entry: fc.Arbitrary<TokenLogprob> = fc.record({
    token: piece,
    logprob: fc.option(number, { nil: undefined }),
    top: fc.array(fc.record({ token: piece, logprob: number }), { maxLength: 6 }),
  });
  const believable: fc.Arbitrary<TokenLogprob> = fc
    .tuple(piece, fc.double({ min: -9, max: 1e-7, noNaN: true }))
    .map(([text, logprob]) => token(text, logprob));
  const tokens = fc.array(fc.oneof(believable, entry), { maxLength: 30 });
  const text = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });
  const chat: fc.Arbitrary<ChatRequest> = fc.record({
    messages: fc.constant([]),
    topLogprobs: fc.option(fc.nat(20), { nil: undefined }),
    temperature: fc.constantFrom(undefined, 0, 1),
    responseFormat: fc.constantFrom(undefined, JSON_ASKED.responseFormat, {
      type: 'text' as const,
    }),
  });

  function expectSound(asked: ChatRequest, reply: ChatReply): void {
    const evidence = logprobEvidence(asked, reply);
    if (evidence.kind === 'missing') return;
    expect(evidence.tokens.length).toBeGreaterThan(evidence.forced.size);
    const numbers = evidence.tokens.flatMap(({ logprob, top }) => [
      logprob ?? Number.NaN,
      ...top.map((other) => other.logprob),
    ]);
    expect(numbers.filter((value) => !(Number.isFinite(value) && value <= 0))).toEqual([]);
    for (const at of evidence.forced) expect(evidence.tokens[at]).toBeDefined();
  }

  test('it never throws, and what counts as evidence is made of numbers that can be', () => {
    fc.assert(
      fc.property(chat, tokens, text, (asked, sent, said) =>
        expectSound(asked, replyOf(sent, said)),
      ),
      { numRuns: 1000 },
    );
  });

  test('one token that is no evidence is enough, wherever it stands', () => {
    const spoilt = fc.constantFrom<TokenLogprob>(
      token('x', undefined, []),
      token('x', 0, []),
      token('x', Number.NaN),
      token('x', 5),
      token('x', -9999),
    );
    const honest = fc.array(
      fc.double({ min: -9, max: -0.001, noNaN: true }).map((logprob) => token('the ', logprob)),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(honest, spoilt, fc.nat(), (sent, one, place) => {
        const at = place % (sent.length + 1);
        const all = [...sent.slice(0, at), one, ...sent.slice(at)];
        expect(reasonFor(all)).not.toBe('evidence');
        expect(reasonFor(sent)).toBe('evidence');
      }),
    );
  });

  test('lists and texts of any length are looked through', () => {
    const many = Array.from({ length: 50_000 }, (_, at) =>
      token(['the ', '\u{fffd}', '語'][at % 3] ?? '', -0.1 - (at % 7) / 10),
    );
    expectSound(chatOf(5), replyOf(many));
    expectSound(chatOf(5), replyOf(many, '語'.repeat(100_000)));
    expectSound(chatOf(5), replyOf(many, `${' '.repeat(100_000)}x`));
    const wide = token('x', -0.1, Array.from({ length: 100_000 }, () => token('y', -12)) as never);
    expectSound(chatOf(5), replyOf([wide]));
  });
});
