import type { LogRow } from '@weir/scorer';

/** A line of a recorded log, or what is wrong with it and what to write instead. */
export type ReadLine = { readonly row: LogRow } | { readonly problem: string };

type Fields = Readonly<Record<string, unknown>>;
type Token = NonNullable<LogRow['weak_tokens']>[number];

/** Numbers beyond these are slips, and would be the only ones that count in a mean: sizes from this on ... */
const MOST = 1e12;
/** ... and costs that are less than this and not nothing. */
const LEAST_COST = 1e-12;

/** Said where a field is not what it must be; caught in this file. */
class FieldProblem extends Error {}

/** Everything that is read of a line is looked at here; what is not read may be anything. */
export function readLine(line: string): ReadLine {
  let given: unknown;
  try {
    given = JSON.parse(line);
  } catch (error) {
    return { problem: notJson(line, error as Error) };
  }
  if (!isObject(given)) return { problem: 'is no JSON object: write one {...} a line' };
  try {
    return { row: rowOf(given) };
  } catch (error) {
    if (error instanceof FieldProblem) return { problem: error.message };
    throw error;
  }
}

function notJson(line: string, { message }: Error): string {
  const word = /-?\b(NaN|Infinity)\b/.exec(line)?.[0];
  if (word !== undefined)
    return `is not JSON: it says ${word}, where a number is not known write null`;
  // What the parser says may quote the line, which may hold a prompt.
  const [, position] = /at position (\d+)/.exec(message) ?? [];
  const where = position === undefined ? '' : ` at character ${Number(position) + 1}`;
  return `is not JSON${where}: write one complete object a line`;
}

function rowOf(fields: Fields): LogRow {
  const tokens = tokensOf(fields);
  return {
    ...textFields(fields),
    at: instant(fields),
    ...(tokens && { weak_tokens: tokens }),
    weak_correct: label(fields, 'weak_correct'),
    strong_correct: label(fields, 'strong_correct'),
    weak_logconf: numberField(fields, 'weak_logconf'),
    weak_cost: cost(fields, 'weak_cost', 'at least 0', (value) => value >= 0),
    strong_cost: cost(fields, 'strong_cost', 'above 0', (value) => value > 0),
  };
}

function textFields(fields: Fields) {
  const texts: Partial<Record<'task' | 'prompt' | 'weak_text' | 'weak_finish', string>> = {};
  for (const name of ['task', 'prompt', 'weak_text', 'weak_finish'] as const) {
    const value = own(fields, name);
    if (value === undefined) continue;
    if (typeof value !== 'string') {
      throw new FieldProblem(`"${name}" is ${kindOf(value)}: write a text, or leave it out`);
    }
    texts[name] = value;
  }
  return texts;
}

/** A number in [0, 1]; true and false are 1 and 0. */
function label(fields: Fields, name: string): number {
  const value = own(fields, name);
  if (value === undefined) {
    throw new FieldProblem(`"${name}" is missing: write how right the answer was, from 0 to 1`);
  }
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'number') {
    throw new FieldProblem(`"${name}" is ${kindOf(value)}: write a number from 0 to 1`);
  }
  if (!(value >= 0 && value <= 1)) {
    throw new FieldProblem(`"${name}" is ${value}: divide grades so that they go from 0 to 1`);
  }
  return value;
}

/** ISO 8601 with a zone, or Unix milliseconds. */
function instant(fields: Fields): number | undefined {
  const value = own(fields, 'at');
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  const isZoned = typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(value);
  const atMs = isZoned ? Date.parse(value) : Number.NaN;
  if (Number.isFinite(atMs)) return atMs;
  throw new FieldProblem('"at" is no instant: write 2026-11-22T10:00:00Z, or Unix milliseconds');
}

function numberField(fields: Fields, name: string): number | null {
  const value = own(fields, name);
  if (value === undefined) return null;
  if (isUsableNumber(value)) return value;
  throw new FieldProblem(
    `"${name}" is ${kindOf(value)}: write a number, or null where it is not known`,
  );
}

function cost(
  fields: Fields,
  name: string,
  range: string,
  isCost: (value: number) => boolean,
): number | null {
  const value = numberField(fields, name);
  if (value === null) return value;
  if (value !== 0 && Math.abs(value) < LEAST_COST) {
    throw new FieldProblem(
      `"${name}" is too small a number: write costs in a smaller unit, or null where it is not known`,
    );
  }
  if (isCost(value)) return value;
  throw new FieldProblem(
    `"${name}" is ${value}: a cost is ${range}, or null where it is not known`,
  );
}

function tokensOf(fields: Fields): Token[] | undefined {
  const value = own(fields, 'weak_tokens');
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return value.map((token: unknown, at) => tokenOf(token, at));
  throw new FieldProblem(
    `"weak_tokens" is ${kindOf(value)}: write a list of {"t": text, "l": log-prob, "top": [...]}`,
  );
}

function tokenOf(token: unknown, at: number): Token {
  const place = `weak_tokens[${at}]`;
  if (!isObject(token)) {
    throw new FieldProblem(`"${place}" is ${kindOf(token)}: write {"t": text, "l": log-prob}`);
  }
  const t = own(token, 't');
  if (typeof t !== 'string') {
    throw new FieldProblem(`"${place}.t" is ${kindOf(t)}: write the token's text`);
  }
  const l = own(token, 'l');
  if (l !== undefined && !isUsableNumber(l)) {
    throw new FieldProblem(`"${place}.l" is ${kindOf(l)}: write a log-probability, or null`);
  }
  const top = own(token, 'top');
  return { t, l: l ?? null, ...(top !== undefined && { top: topOf(top, place) }) };
}

function topOf(top: unknown, place: string): [string, number][] {
  const list: unknown[] = Array.isArray(top) ? top : [undefined];
  return list.map((pair, at) => {
    if (Array.isArray(pair)) {
      const [text, logprob]: unknown[] = pair;
      if (typeof text === 'string' && isUsableNumber(logprob)) return [text, logprob];
    }
    throw new FieldProblem(
      `"${place}.top[${at}]" is no [text, log-prob]: write pairs, or no "top"`,
    );
  });
}

/** What a field says; null says as little as a field that is not there. */
function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUsableNumber(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= MOST;
}

/** In words and without the value, which may be somebody's prompt. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return 'true or false';
  return isUsableNumber(value) ? 'a number' : 'too large a number';
}
