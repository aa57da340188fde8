import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from './seeded-random.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-evaluation-'));
const TOWNS = ['Bergen', 'Lyon', 'Graz', 'Turku', 'Cork', 'Ghent'];

export type MadeRow = Readonly<Record<string, unknown>>;

/** Rows of a log in which the draft's log-probabilities tell, with noise, whether it is right. */
export function madeRows(count: number, seed = 1): MadeRow[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, at) => {
    const surety = random();
    const isRight = random() < 0.2 + 0.8 * surety;
    const town = TOWNS[Math.floor(random() * TOWNS.length)] ?? '';
    const logprob = Math.log(0.05 + 0.95 * surety * (0.8 + 0.2 * random()));
    return {
      id: `made-${at}`,
      task: at % 3 === 0 ? 'trains' : 'ferries',
      prompt: `How does one get to ${town}?`,
      weak_text: `By ${town} line.`,
      weak_correct: isRight ? 1 : 0,
      weak_tokens: [
        token('By', -0.01),
        token(` ${town}`, Number(logprob.toFixed(5))),
        token(' line.', -0.02),
        { t: '', l: -0.001, top: [] },
      ],
      strong_correct: random() < 0.95 ? 1 : 0,
    };
  });
}

function token(t: string, l: number) {
  const second = Number(Math.log(Math.max(1e-4, (1 - Math.exp(l)) * 0.9)).toFixed(5));
  return {
    t,
    l,
    top:
      l >= second
        ? [
            [t, l],
            ['?', second],
          ]
        : [
            ['?', second],
            [t, l],
          ],
  };
}

/** The same with one figure for the whole draft, and nothing else. */
export function aggregateRows(count: number, of: (logprob: number) => number): MadeRow[] {
  return madeRows(count).map((row) => ({
    weak_correct: row['weak_correct'],
    strong_correct: row['strong_correct'],
    weak_logconf: of(meanLogprob(row)),
  }));
}

function meanLogprob(row: MadeRow): number {
  const tokens = row['weak_tokens'] as { l: number }[];
  return tokens.slice(0, 3).reduce((sum, { l }) => sum + l, 0) / 3;
}

/** A file with these rows, one a line; what is no object is written as it is. */
export function logFile(name: string, rows: readonly (MadeRow | string)[]): string {
  const file = join(folder, name);
  const lines = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)));
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** A place for another file beside the logs. */
export function besideLogs(name: string): string {
  return join(folder, name);
}
