import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const WEIR = fileURLToPath(new URL('../../services/host/bin/weir.mjs', import.meta.url));
const SPLITS = 20;
/** In smaller test halves too much of the calibration error is what counting alone brings for a bar to be read on it. */
const ROWS_FOR_CALIBRATION = 2_000;

interface Spread {
  readonly mean: number;
  readonly sd: number;
}

/** As much of what `weir eval --json` prints as is looked at here. */
interface Evaluation {
  readonly n: number;
  readonly labels: number;
  readonly auroc: Spread;
  readonly benefitAuroc: Spread;
  readonly apgr: Spread;
  readonly ece: Spread;
  readonly brier: Spread;
  readonly transferred: { readonly '99': { readonly cost: Spread; readonly quality: Spread } };
  readonly certified: { readonly cost: Spread; readonly quality: Spread; readonly passed: number };
}

/** What the scorer has to reach on a file of recorded answers. */
interface Bars {
  readonly file: string;
  readonly least?: Partial<Record<'auroc' | 'benefitAuroc' | 'apgr', number>>;
  /** Of the threshold for 99 % taken from the training half. */
  readonly mostCost?: number;
  readonly leastQuality?: number;
}

const BARS: readonly Bars[] = [
  {
    file: 'tiny_dev.jsonl',
    least: { auroc: 0.93, benefitAuroc: 0.92 },
    mostCost: 0.5,
    leastQuality: 0.985,
  },
  { file: 'tiny_good_dev.jsonl', mostCost: 0.2 },
  { file: 'routellm_gsm8k.jsonl', least: { apgr: 0.67 } },
  { file: 'routellm_mmlu.jsonl.gz', least: { apgr: 0.62 } },
];

/** The calibration error with so many labels. */
const ECE_BARS: readonly (readonly [labels: number, most: number])[] = [
  [300, 0.06],
  [2_000, 0.03],
];

const NAMES = {
  auroc: 'AUROC of "draft right"',
  benefitAuroc: 'AUROC of "escalating helps"',
  apgr: 'APGR',
} as const;

/** Log, figure, what was found, what had to be. */
type Row = readonly [string, string, string, string];

/** `weir eval` over all recorded logs, each figure with its bar. */
export async function evaluations(
  data: string,
): Promise<{ name: string; passed: boolean; lines: string[]; table: Row[] }> {
  const table: Row[] = [['log', 'figure', 'found', 'bar']];
  const lines: string[] = [];
  for (const bars of BARS) {
    const file = join(data, bars.file);
    const startedAt = performance.now();
    const found = await evaluate(file, []);
    lines.push(
      `${bars.file}: ${found.n} rows in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
    );
    table.push(...figures(found, bars));
    for (const [labels, most] of ECE_BARS) {
      if (found.labels < labels) continue;
      const { ece, brier } = await evaluate(file, ['--labels', String(labels)]);
      const isBarred = found.n / 2 >= ROWS_FOR_CALIBRATION;
      const rows = Math.ceil(found.n / 2);
      // As the remarks of `weir eval` have it: 15 bins, and the Brier score for the variance of a row.
      const counting = Math.sqrt((2 * brier.mean * 15) / (Math.PI * rows)).toFixed(3);
      const name = `ECE with ${labels} labels, over ${rows} rows (true confidences would show ${counting})`;
      table.push(figure(bars.file, name, ece, isBarred ? { most } : {}));
    }
  }
  lines.push(
    `an ECE over fewer than ${ROWS_FOR_CALIBRATION} rows has no bar: too much of it is what counting alone brings`,
  );
  const passed = table.every(([, , , bar]) => !bar.endsWith(MISSED));
  const name = `The scorer on recorded logs (\`weir eval\`, ${SPLITS} splits)`;
  return { name, passed, lines, table };
}

const MISSED = '**missed**';

function figures(found: Evaluation, bars: Bars): Row[] {
  const { file, least = {}, mostCost, leastQuality } = bars;
  const { cost, quality } = found.transferred['99'];
  const { certified } = found;
  const passed = `${(certified.passed * 100).toFixed(0)} % of the splits have one`;
  return [
    ...(['auroc', 'benefitAuroc', 'apgr'] as const).map((name) =>
      figure(file, NAMES[name], found[name], { least: least[name] }),
    ),
    figure(file, 'bill at 99 %, threshold transferred', cost, { most: mostCost }),
    figure(file, 'quality delivered there', quality, { least: leastQuality }),
    figure(file, `certified bill (${passed})`, certified.cost, {}),
    figure(file, 'quality delivered there', certified.quality, {}),
  ];
}

function figure(
  file: string,
  name: string,
  { mean, sd }: Spread,
  { least, most }: { readonly least?: number | undefined; readonly most?: number | undefined },
): Row {
  const verdict = (isReached: boolean) => (isReached ? 'reached' : MISSED);
  const found = `${mean.toFixed(3)} ± ${sd.toFixed(3)}`;
  if (least !== undefined) {
    return [file, name, found, `at least ${least}: ${verdict(mean >= least)}`];
  }
  if (most !== undefined) return [file, name, found, `at most ${most}: ${verdict(mean <= most)}`];
  return [file, name, found, ''];
}

async function evaluate(file: string, more: readonly string[]): Promise<Evaluation> {
  const args = [WEIR, 'eval', file, '--splits', String(SPLITS), '--json', ...more];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as Evaluation;
}
