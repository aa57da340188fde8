import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signalOf } from '@weir/cascade';
import type { UsageReport } from '@weir/core';
import { describe, expect, test } from 'vitest';
import { DIALECTS, ollama } from '../../packages/providers/src/index.ts';
import { llamaTimingsReport, usageReport } from '../../packages/providers/src/usage/index.ts';
import { engineAt } from '../../services/host/src/discover.ts';
import { MEANINGS } from './capture-meanings.ts';
import {
  type Answer,
  answerAt,
  capturePaths,
  fileAt,
  hasCaptures,
  meaningOf,
  type Tokens,
  tokensIn,
} from './captures.ts';

/** Of completions and of llama.cpp's own protocol, which Weir does not speak, the normalisers know what was used. */
const USED: Readonly<Record<string, Tokens>> = {
  'llama-server/completions-echo.json': [1, 17, 8],
  'llama-server/completions-logprobs3.json': [10, 8, 11],
  'llama-server/completions-stream-logprobs.json': [1, 17, 11],
  'llama-server/native-completion-nprobs.json': [12, 3, 7],
  'llama-server/native-completion-post-sampling-probs.json': [1, 14, 7],
  'llama-server/ctxshift-native-completion.json': [32, 0, 600],
  'llama-server/spec-none-native.json': [12, 3, 7],
  'llama-server/spec-draft-simple-native.json': [12, 3, 7],
  'llama-server/spec-ngram-simple-native.json': [12, 3, 7],
  'llama-server/spec-synth-native.json': [12, 3, 7],
};

/** By a list of models like these an engine is recognised, on whatever port. */
const LISTS: Readonly<Record<string, object>> = {
  'vllm/models.json': { dialect: 'vllm', model: 'draft' },
  'trtllm/models.json': { dialect: 'tensorrt-llm', model: 'draft' },
  'llama-server/v1-models.json': { dialect: 'llama.cpp', model: 'tiny-target' },
};

/** What tells how a server fares: nobody here reads it, and an adapter must not take it for an answer. */
const NO_ANSWERS: readonly string[] = [
  'llama-server/apply-template.json',
  'llama-server/chat-input-tokens.json',
  'llama-server/health-ok.json',
  'llama-server/health-with-api-key-set.json',
  'llama-server/metrics-no-spec.json',
  'llama-server/props.json',
  'llama-server/slots-default.json',
  'llama-server/slots.json',
  'llama-server/tokenize.json',
  ...['none', 'draft-simple', 'ngram-simple', 'synth'].flatMap((kind) =>
    ['metrics', 'props', 'slots'].map((what) => `llama-server/spec-${kind}-${what}.json`),
  ),
  'sglang/metrics-spec.json',
  'trtllm/metrics-iteration-stats-json.json',
  'trtllm/prometheus-spec.json',
  'vllm/metrics-spec-decode.json',
  'vllm/orca-header.json',
];

const MODELS_MEASURED = ['draft-f32', 'draft-q8_0', 'target-f32', 'target-snap-undertrained'];
const CALIBRATIONS = MODELS_MEASURED.map(
  (model) => `llama-server/calibration-additions-${model}.json`,
);

/** With the last that came before the server died. */
const CUT_OFF: Readonly<Record<string, string>> = {
  'llama-server/killed-mid-stream.json': ' film',
  'llama-server/sigterm-mid-stream.json': 'ilm',
};

const COMPARISON = 'llama-server/spec-logprobs-comparison.json';
const DISCONNECT = 'llama-server/disconnect-stream.json';
const QUEUEING = 'llama-server/queueing-np1-4-concurrent.json';

/** In tests of their own: {anthropic,gemini,responses}-captures. */
const ELSEWHERE: readonly string[] = [
  'llama-server/error-context-exceeded-anthropic.json',
  'llama-server/v1-messages-anthropic-stream.json',
  'llama-server/v1-messages-anthropic.json',
  'llama-server/v1-responses.json',
];

const ANSWERS = Object.entries(MEANINGS).flatMap(([folder, [dialect, meanings]]) =>
  Object.entries(meanings).map(
    ([name, meaning]) => [`${folder}/${name}.json`, dialect, meaning] as const,
  ),
);

describe.skipIf(!hasCaptures)('of all that was captured or written down of the wires', () => {
  test('there is none that nobody looks at', () => {
    const known = [
      ...ANSWERS.map(([path]) => path),
      ...[USED, LISTS].flatMap(Object.keys),
      ...[NO_ANSWERS, CALIBRATIONS, Object.keys(CUT_OFF), ELSEWHERE].flat(),
      ...[COMPARISON, DISCONNECT, QUEUEING, 'README.md'],
    ];
    // These two folders are listed by their own tests.
    const found = capturePaths().filter((path) => !/^(?:anthropic|gemini)\//.test(path));
    expect(found).toEqual(known.toSorted());
  });

  test.each(ANSWERS)('%s means to the dialect %s what it is said to mean', (...answer) => {
    const [path, dialect, meaning] = answer;
    expect(meaningOf(DIALECTS[dialect].adapter, answerAt(path))).toEqual(meaning);
  });

  test('Ollama’s overload is the same to its own protocol', () => {
    const overloaded = answerAt('ollama/error-overloaded.json');
    expect(meaningOf(ollama, overloaded)).toEqual({ fails: 'upstream_unavailable' });
  });

  test.each(Object.entries(USED))('%s has used %j', (path, used) => {
    expect(tokensIn(reportOf(answerAt(path)))).toEqual(used);
  });

  test.each(NO_ANSWERS)('%s is no answer to a question', (path) => {
    const folder = path.split('/')[0] ?? '';
    const [dialect = 'openai'] = MEANINGS[folder] ?? [];
    const { says = '', ends, ...rest } = meaningOf(DIALECTS[dialect].adapter, answerAt(path));
    expect([says, ends]).toEqual(['', undefined]);
    expect([{ fails: 'upstream_invalid' }, { breaksOff: true }]).toContainEqual(rest);
  });

  test.each(Object.entries(LISTS))('%s is a list by which its engine is known', async (...list) => {
    const [path, engine] = list;
    const { json } = answerAt(path);
    const server = createServer((_, response) => response.end(JSON.stringify(json)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await engineAt('tabbyapi', `http://127.0.0.1:${port}`)).toMatchObject(engine);
    await new Promise((resolve) => server.close(resolve));
  });

  test.each(Object.entries(CUT_OFF))('%s ends without an end', (path, says) => {
    const { tail } = fileAt(path) as { tail: readonly string[] };
    const answer = { sse_lines: tail.map((line) => ({ line })) };
    expect(meaningOf(DIALECTS['llama.cpp'].adapter, answer)).toEqual({ says, breaksOff: true });
  });
});

describe.skipIf(!hasCaptures)('of what was measured on llama.cpp', () => {
  test('a call that nobody waits for frees its slot if it streams, and only then', () => {
    const { result } = fileAt(DISCONNECT) as {
      result: Record<'stream' | 'non_stream', { freed_after_ms: number | null }>;
    };
    expect([result.stream, result.non_stream].map((it) => it.freed_after_ms)).toEqual([1, null]);
    expect(DIALECTS['llama.cpp'].freesSlotOnlyOnStreams).toBe(true);
  });

  test('calls beyond its slots wait and are not refused', () => {
    const { results } = fileAt(QUEUEING) as { results: readonly { status: number }[] };
    expect(results.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  test('log-probabilities count only where nothing was guessed, and what was guessed is told', () => {
    const { cases } = fileAt(COMPARISON) as { cases: readonly Comparison[] };
    const meanings = cases.map(({ no_spec, draft_simple, draft_timings, ngram, ngram_timings }) =>
      [
        answerOf(no_spec),
        answerOf(draft_simple, draft_timings),
        answerOf(ngram, ngram_timings),
      ].map((answer) => meaningOf(DIALECTS['llama.cpp'].adapter, answer)),
    );
    const sum = { says: 'The sum is 41.', ends: 'stop', tokens: 8 };
    const film = { says: 'film book song song song', ends: 'stop', tokens: 7 };
    const [ofSum, ofFilm] = [
      { ...sum, used: [18, 0, 8] },
      { ...film, used: [12, 3, 7] },
    ];
    expect(meanings).toEqual([
      [
        { ...sum, evidence: 'good' },
        { ...ofSum, evidence: 'zero_filled', guessed: [8, 8] },
        { ...ofSum, evidence: 'zero_filled', guessed: [6, 0] },
      ],
      [
        { ...film, evidence: 'good' },
        { ...ofFilm, evidence: 'zero_filled', guessed: [16, 6] },
        // It had nothing to guess by.
        { ...ofFilm, evidence: 'good' },
      ],
    ]);
  });

  test.each(CALIBRATIONS)('%s tells right from wrong as well by our signal as it says', (path) => {
    const { rows, accuracy, mean_p, auroc } = fileAt(path) as Calibration;
    const scored = rows.map(({ correct, logprobs }) => {
      const tokens = logprobs.map((logprob) => ({ token: 'x', logprob, top: [] }));
      return { correct, score: signalOf('mean', tokens) ** tokens.length };
    });
    const right = scored.filter(({ correct }) => correct).map(({ score }) => score);
    const wrong = scored.filter(({ correct }) => !correct).map(({ score }) => score);
    expect(right.length / rows.length).toBeCloseTo(accuracy, 12);
    expect(scored.reduce((sum, { score }) => sum + score, 0) / rows.length).toBeCloseTo(mean_p, 9);
    const pairs = right.flatMap((better) => wrong.map((worse) => Number(better > worse)));
    const share = pairs.reduce((sum, pair) => sum + pair, 0) / pairs.length;
    if (auroc === null) expect(wrong).toEqual([]);
    else expect(share).toBeCloseTo(auroc, 3);
  });
});

type Token = readonly [token: string, logprob: number, alternatives: number];

interface Comparison {
  readonly no_spec: readonly Token[];
  readonly draft_simple: readonly Token[];
  readonly draft_timings: object;
  readonly ngram: readonly Token[];
  readonly ngram_timings: object;
}

interface Calibration {
  readonly rows: readonly { readonly correct: boolean; readonly logprobs: readonly number[] }[];
  readonly accuracy: number;
  readonly mean_p: number;
  /** Null where all are right. */
  readonly auroc: number | null;
}

/** The whole answer of which only the tokens were written down. */
function answerOf(tokens: readonly Token[], timings?: object) {
  const content = tokens.map(([token, logprob, alternatives]) => ({
    token,
    logprob,
    // Of the others no more is known than how many there were.
    top_logprobs: Array.from({ length: alternatives }, (_, rank) =>
      rank === 0 ? { token, logprob } : { token: `other ${rank}`, logprob: -20 - rank },
    ),
  }));
  const text = tokens.map(([token]) => token).join('');
  const message = { role: 'assistant', content: text };
  const choices = [{ index: 0, finish_reason: 'stop', message, logprobs: { content } }];
  return { json: { id: 'x', model: 'x', choices, timings } };
}

function reportOf({ json, sse_lines = [] }: Answer): UsageReport {
  if (json === undefined) {
    const data = sse_lines.flatMap(({ line }) => /^data: (\{.*)/.exec(line)?.[1] ?? []);
    const chunks = data.map((chunk) => JSON.parse(chunk));
    return usageReport('llama.cpp', 'completions.stream', { chunks });
  }
  const { usage, timings } = json as { usage?: unknown; timings?: unknown };
  return usage ? usageReport('llama.cpp', 'completions', json) : llamaTimingsReport(timings);
}
