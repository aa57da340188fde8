import type { LabelledDraft } from '@weir/cascade';
import { type ConfidenceScale, confidenceScale, type LogRow, labelledDraft } from '@weir/scorer';
import { linesOfFile } from '../billing/text-file.ts';
import { UsageError } from '../command.ts';
import { readLine } from './log-line.ts';

/** Lines that are wrong are told up to so many at once. */
const TOLD_PROBLEMS = 5;
/** More than this is no better for telling models apart, and would be fitted for hours. */
const MAX_ROWS = 200_000;
const NOTE_EVERY_ROWS = 25_000;

/** A log that was read to its end without a fault. */
export interface RecordedLog {
  readonly drafts: readonly LabelledDraft[];
  /** When each was asked, in Unix milliseconds; undefined where its row does not say. */
  readonly timesMs: readonly (number | undefined)[];
  /** How `weak_logconf` was read; absent where no row has one. */
  readonly scale: ConfidenceScale | undefined;
  /** Rows that gave tokens, whether they could be believed or not. */
  readonly withTokens: number;
}

/**
 * Reads a recorded log, gzipped or not. It is read twice, because what a confidence means is known by all of them only,
 * and no row is kept: a log of token log-probabilities is a hundred times what is learnt of it.
 */
export async function readLog(file: string, note: (line: string) => void): Promise<RecordedLog> {
  const confidences: LogRow[] = [];
  let withTokens = 0;
  await eachRow(file, (row) => {
    const { weak_correct, strong_correct, weak_logconf, weak_tokens } = row;
    confidences.push({ weak_correct, strong_correct, weak_logconf: weak_logconf ?? null });
    if (weak_tokens && weak_tokens.length > 0) withTokens++;
    if (confidences.length % NOTE_EVERY_ROWS === 0) note(`${confidences.length} rows checked`);
  });
  if (confidences.length === 0) throw new UsageError(`${file} has no rows`);
  const scale = confidenceScale(confidences);
  const drafts: LabelledDraft[] = [];
  const timesMs: (number | undefined)[] = [];
  await eachRow(file, (row) => {
    drafts.push(labelledDraft(row, scale));
    timesMs.push(row.at);
    if (drafts.length % NOTE_EVERY_ROWS === 0) note(`${drafts.length} rows read`);
  });
  const isScaled = confidences.some(({ weak_logconf }) => typeof weak_logconf === 'number');
  return { drafts, timesMs, scale: isScaled ? scale : undefined, withTokens };
}

/** Calls `use` with every row; a line that is wrong is an error by its number, once the next few were looked at too. */
async function eachRow(file: string, use: (row: LogRow) => void): Promise<void> {
  const problems: string[] = [];
  let number = 0;
  let rows = 0;
  for await (const line of lines(file)) {
    number++;
    if (line.trim() === '') continue;
    if (++rows > MAX_ROWS) {
      throw new UsageError(
        `${file} has more than ${MAX_ROWS} rows: evaluate a random part of them`,
      );
    }
    const read = readLine(line);
    if ('problem' in read) problems.push(`${file}:${number} ${read.problem}`);
    else if (problems.length === 0) use(read.row);
    if (problems.length === TOLD_PROBLEMS) {
      problems.push(`Reading stopped there: what follows line ${number} was not looked at.`);
      break;
    }
  }
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
}

/** The file's lines; what keeps a file from being read is said in its name. */
async function* lines(file: string): AsyncGenerator<string> {
  try {
    yield* linesOfFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_')) throw new UsageError(`${file} is no whole gzip file: ${message}`);
    if (code === undefined) throw error;
    if (code === 'ENOENT') throw new UsageError(`there is no file "${file}"`);
    if (code === 'EISDIR') throw new UsageError(`"${file}" is a folder: name a file`);
    if (code === 'EACCES') throw new UsageError(`"${file}" may not be read by this user`);
    throw new UsageError(`${file}: ${code}`);
  }
}
