import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { UsageError } from '../command.ts';

/** One real question, and what is known about good answers to it. */
export interface ReplayRow {
  readonly id: string;
  readonly prompt: string;
  /** The right answer, where there is one. */
  readonly truth?: string | undefined;
  /** `json` and `repeat` are compared whole; anything else must contain the truth as a word. */
  readonly task?: string | undefined;
  readonly weak?: RecordedAnswer | undefined;
  readonly strong?: RecordedAnswer | undefined;
  /** The answers are recordings only; no model that could be asked again gave them. */
  readonly recordedOnly: boolean;
}

export interface RecordedAnswer {
  readonly text: string;
  /** 0 or 1, or anything between for graded answers. */
  readonly quality: number;
}

/** Reads JSON lines, gzipped or not. The first line that is no question stops the reading, by its number. */
export function readRows(path: string, limit: number): ReplayRow[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`${path}: ${(error as NodeJS.ErrnoException).code}`);
  }
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  const rows: ReplayRow[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    if (rows.length >= limit) break;
    rows.push(row(line, `${path}:${index + 1}`));
  }
  if (rows.length === 0) throw new UsageError(`${path} has no rows`);
  return rows;
}

function row(line: string, place: string): ReplayRow {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    throw new UsageError(`${place} is not JSON`);
  }
  const { prompt } = fields;
  if (typeof prompt !== 'string' || prompt === '') {
    throw new UsageError(`${place} has no "prompt"`);
  }
  return {
    id: String(fields['id'] ?? place),
    prompt,
    truth: text(fields['truth']),
    task: text(fields['task']),
    weak: answer(fields, 'weak'),
    strong: answer(fields, 'strong'),
    recordedOnly: fields['weak_text'] !== undefined && fields['weak_tokens'] === undefined,
  };
}

function answer(fields: Record<string, unknown>, side: string): RecordedAnswer | undefined {
  const said = fields[`${side}_text`];
  const quality = fields[`${side}_correct`];
  if (typeof said !== 'string' || typeof quality !== 'number') return undefined;
  return { text: said, quality };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
