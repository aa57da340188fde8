import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DIALECTS, type DialectName, parserFor } from '../../packages/providers/src/index.ts';
import { FACES } from '../../packages/simulator/src/faces/index.ts';
import { FRAMINGS, type FramingName } from '../../packages/simulator/src/framing.ts';
import { completionRequest } from '../../services/gateway/src/http/chat-request.ts';
import { ChunkWriter } from '../../services/gateway/src/http/chat-stream.ts';

/**
 * What it costs to say in a provider's dialect what was asked in OpenAI's, and to say its stream in OpenAI's chunks,
 * beside parsing and writing the same JSON and nothing else. Ratios in one run: the two take turns.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: true },
    help: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

if (values.help) {
  console.log(
    'npm run bench:translation -- [--rounds 15] [--json] [--no-write]\n' +
      'Measures translation against JSON.parse and JSON.stringify of the same bytes; writes docs/translation.md.',
  );
  process.exit(0);
}

/** A dialect, the face of the simulator that speaks it, and how that face's streams are framed. */
const SPOKEN: readonly (readonly [DialectName, string, FramingName])[] = [
  ['openai', 'OpenAI', 'events'],
  ['anthropic', 'Anthropic', 'events'],
  ['gemini', 'Gemini', 'events'],
  ['openai-responses', 'OpenAI Responses', 'events'],
  ['bedrock', 'Bedrock', 'frames'],
  ['cohere', 'Cohere', 'events'],
  ['ollama', 'Ollama', 'lines'],
];

const LIMITS = { maxMessages: 4000, maxTools: 256, maxChoices: 8, maxTags: 16 };
/** Four characters a token: 100,000 tokens are this many words of eight characters. */
const WORDS = 50_000;
const CHUNKS = 1000;
const WARM_UP = 30;

function words(count: number): string {
  return Array.from(
    { length: count },
    (_, at) =>
      `w${String(at * 7919)
        .slice(-6)
        .padStart(6, '0')} `,
  ).join('');
}

const REQUESTS: Readonly<Record<string, object>> = {
  'one document': { messages: [{ role: 'user', content: words(WORDS) }] },
  '1,000 messages, 50 tools': {
    messages: Array.from({ length: 1000 }, (_, at) => ({
      role: at % 2 === 0 ? 'user' : 'assistant',
      content: words(WORDS / 1000),
    })),
    tools: Array.from({ length: 50 }, (_, at) => ({
      type: 'function',
      function: {
        name: `tool_${at}`,
        description: words(20),
        parameters: {
          type: 'object',
          properties: { at: { type: 'string' }, n: { type: 'integer' } },
        },
      },
    })),
  },
};

/** The bytes of a stream of so many tokens, as this face sends them, and the bytes of each event's JSON. */
function streamOf(faceName: string, framingName: FramingName) {
  const face = FACES.find(({ name }) => name === faceName);
  if (!face) throw new TypeError(`the simulator has no face called ${faceName}`);
  const framing = FRAMINGS[framingName]('\n');
  const identity = { id: 'reply-1', model: 'strong', createdS: 1_790_000_000 };
  const reply = { identity, promptTokens: 100, includeUsage: true, logprobs: false };
  const end = { finish: 'stop', completionTokens: CHUNKS } as const;
  const tokens = Array.from({ length: CHUNKS }, (_, at) => ({ text: `word${at} `, top: [] }));
  const pieces = [
    ...face.head(reply),
    ...tokens.map((token, at) => face.token(reply, token, at)),
    ...face.tail(reply, end, tokens),
    ...(face.terminator ? [face.terminator] : []),
  ];
  const framed = pieces.map((piece, at) => Buffer.from(framing.frame(piece, at === 0)));
  const payloads = pieces
    .filter(({ data }) => data.startsWith('{'))
    .map(({ data }) => Buffer.from(data));
  return { contentType: framing.contentType, framed, payloads };
}

interface Row {
  readonly what: string;
  readonly dialect: string;
  readonly translatedUs: number;
  readonly plainUs: number;
}

/** Medians of both, taking turns. */
function compared(
  translate: () => unknown,
  plain: () => unknown,
  rounds: number,
): [number, number] {
  for (let at = 0; at < WARM_UP; at++) {
    translate();
    plain();
  }
  const spent: [number[], number[]] = [[], []];
  for (let at = 0; at < rounds * 10; at++) {
    spent[0].push(timed(translate));
    spent[1].push(timed(plain));
  }
  return [median(spent[0]), median(spent[1])];
}

/** What is measured against: the same bytes parsed, and written again. */
function plainly(bytes: Buffer): string {
  return JSON.stringify(JSON.parse(bytes.toString()));
}

function timed(work: () => unknown): number {
  const begun = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - begun) / 1000;
}

function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

function requestRow(what: string, dialect: DialectName, asked: object, rounds: number): Row {
  const body = Buffer.from(JSON.stringify({ model: 'strong', ...asked }));
  const target = { model: 'strong', dialect: DIALECTS[dialect] };
  const translate = () => {
    const { chat } = completionRequest(JSON.parse(body.toString()), LIMITS);
    return target.dialect.adapter.toCall(chat, target, true).body;
  };
  const [translatedUs, plainUs] = compared(translate, () => plainly(body), rounds);
  return { what: `request, ${what}`, dialect, translatedUs, plainUs };
}

function streamRow([dialect, face, framing]: (typeof SPOKEN)[number], rounds: number): Row {
  const { contentType, framed, payloads } = streamOf(face, framing);
  const { adapter } = DIALECTS[dialect];
  const settings = {
    id: 'chatcmpl-1',
    createdS: 1_790_000_000,
    model: 'strong',
    includeUsage: false,
    wantsLogprobs: false,
    report: false,
  };
  const translate = () => {
    const parser = parserFor(contentType, 1_000_000);
    const reader = adapter.reader();
    const writer = new ChunkWriter(settings);
    let characters = 0;
    for (const chunk of framed) {
      for (const text of parser.push(chunk)) {
        for (const event of reader.read(text)) {
          if (event.type.endsWith('-delta')) {
            characters += writer.event(0, event as Parameters<typeof writer.event>[1]).length;
          }
        }
      }
    }
    if (characters < CHUNKS * 100) throw new Error(`${dialect}: the stream was not translated`);
    return characters;
  };
  const plain = () => {
    let characters = 0;
    for (const bytes of payloads) characters += plainly(bytes).length;
    return characters;
  };
  const [translatedUs, plainUs] = compared(translate, plain, rounds);
  return { what: `stream of ${CHUNKS} chunks`, dialect, translatedUs, plainUs };
}

const rounds = Number(values.rounds);
const rows: Row[] = [];
for (const spoken of SPOKEN) {
  for (const [what, asked] of Object.entries(REQUESTS)) {
    rows.push(requestRow(what, spoken[0], asked, rounds));
    process.stderr.write('.');
  }
  rows.push(streamRow(spoken, rounds));
  process.stderr.write('.');
}
process.stderr.write('\n');

const table = [
  '| dialect | what | translated µs | parsed and written µs | ratio |',
  '| ------- | ---- | ------------- | --------------------- | ----- |',
  ...rows.map(({ dialect, what, translatedUs, plainUs }) => {
    const ratio = (translatedUs / plainUs).toFixed(2);
    return `| ${dialect} | ${what} | ${translatedUs.toFixed(0)} | ${plainUs.toFixed(0)} | ${ratio} |`;
  }),
].join('\n');

if (values.json) console.log(JSON.stringify(rows));
else console.log(table);

if (values.write) {
  const text = `# Translation

Written by \`npm run bench:translation\`; run it to have your own. A request of 100,000 tokens (400 kB) is read as OpenAI's and
written in the provider's dialect; a stream of ${CHUNKS} chunks is cut, read in the provider's dialect and written as OpenAI's chunks. Beside each
stands \`JSON.parse\` and \`JSON.stringify\` of the same bytes, in the same run, by turns; medians of ${rounds * 10}. The bar is 2.

Node ${process.versions.node}.

${table}
`;
  writeFileSync(fileURLToPath(new URL('../../docs/translation.md', import.meta.url)), text);
}
