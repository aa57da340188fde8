import { bestBaseline } from '../baselines.ts';
import type { CurveStep, Evaluation } from '../evaluation.ts';
import { headline, percent } from '../wording.ts';
import { CHART_STYLE, COLOURS } from './chart-style.ts';
import { drawing, line, pathOf, px, type Scale, scale, textAt, ticks } from './svg.ts';

/** A drawing's own width is what its letters are sized for: a narrow one is another drawing, not a smaller one. */
export interface ChartSize {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

interface Plot {
  readonly x: Scale;
  readonly y: Scale;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const LEGEND_LINE = 22;
/** A legend entry is about as wide as this. */
const LEGEND_WIDTH = 300;

/** What each budget buys, as an SVG element; empty where nothing could be drawn. */
export function curveChart(evaluation: Evaluation, size: ChartSize): string {
  const { curve } = evaluation;
  if (curve.length === 0) return '';
  const legend = legendOf(evaluation);
  const across = Math.max(1, Math.floor(size.width / LEGEND_WIDTH));
  const legendHeight = Math.ceil(legend.length / across) * LEGEND_LINE + 8;
  const plot = plotOf(curve, size);
  const body = [
    ...axes(plot),
    `<path class="band" d="${bandOf(curve, plot)}"/>`,
    `<path class="chance" d="${chanceOf(curve, plot)}"/>`,
    `<path class="limit" d="${lineOf(curve, plot, ({ oracle }) => oracle)}"/>`,
    `<path class="raw" d="${lineOf(curve, plot, ({ raw }) => raw)}"/>`,
    `<path class="own" d="${lineOf(curve, plot, ({ quality }) => quality)}"/>`,
    ...points(evaluation, plot),
    ...legend.map((entry, at) => {
      const rows = Math.ceil(legend.length / across);
      const x = 8 + Math.floor(at / rows) * (size.width / across);
      return entry.draw(x, size.height + 14 + (at % rows) * LEGEND_LINE);
    }),
  ];
  return drawing(
    { ...size, height: size.height + legendHeight },
    { title: 'What each budget buys', description: describe(evaluation) },
    body,
  );
}

/** The same as a file of its own. */
export function curveFile(evaluation: Evaluation): string {
  const chart = curveChart(evaluation, { id: 'curve', width: 860, height: 470 });
  if (chart === '') {
    return drawing(
      { id: 'curve', width: 860, height: 60 },
      { title: 'No curve', description: '' },
      [textAt(16, 36, headline(evaluation))],
    );
  }
  const style = `<style>${COLOURS}\nsvg { background: var(--ground); }${CHART_STYLE}</style>`;
  return `${chart.replace('<title', `${style}\n<title`)}\n`;
}

function plotOf(curve: readonly CurveStep[], { width, height }: ChartSize): Plot {
  const lowest = Math.min(
    ...curve.map(({ low, raw, oracle }) => Math.min(low, raw ?? low, oracle)),
  );
  const highest = Math.max(1, ...curve.map(({ high, oracle }) => Math.max(high, oracle)));
  const margin = Math.max(0.01, (highest - lowest) * 0.06);
  const left = 60;
  const right = width - 22;
  const top = 30;
  const bottom = height - 46;
  const most = Math.max(1, curve.at(-1)?.cost ?? 1);
  return {
    x: scale([0, most], [left, right]),
    // Above all of the frontier's quality there is only what drafts add to it.
    y: scale(
      [Math.max(0, lowest - margin), highest > 1 + 1e-9 ? highest + margin / 2 : 1],
      [bottom, top],
    ),
    left,
    right,
    top,
    bottom,
  };
}

function axes({ x, y, left, right, top, bottom }: Plot): string[] {
  const isNarrow = right - left < 400;
  return [
    ...ticks(y.from, y.to, 6).flatMap((value) => [
      line('grid', [left, y(value)], [right, y(value)]),
      textAt(left - 8, y(value) + 4, percent(value, stepDigits(y)), { anchor: 'end' }),
    ]),
    ...ticks(0, x.to, isNarrow ? 5 : 10).map((value) =>
      textAt(x(value), bottom + 18, percent(value, 0), { anchor: 'middle' }),
    ),
    line('axis', [left, bottom], [right, bottom]),
    textAt((left + right) / 2, bottom + 38, 'bill, of asking the frontier always', {
      anchor: 'middle',
    }),
    textAt(left - 54, top - 16, "quality, of the frontier's", { as: 'strong' }),
  ];
}

/** A range of a few percent has half ones on its axis. */
function stepDigits({ from, to }: Scale): number {
  return to - from < 0.05 ? 1 : 0;
}

function lineOf(
  curve: readonly CurveStep[],
  { x, y }: Plot,
  of: (step: CurveStep) => number | null,
): string {
  return pathOf(
    curve.flatMap((step) => {
      const value = of(step);
      return value === null ? [] : [[x(step.cost), y(value)] as const];
    }),
  );
}

function bandOf(curve: readonly CurveStep[], { x, y }: Plot): string {
  const over = curve.map(({ cost, high }) => [x(cost), y(high)] as const);
  const under = curve.map(({ cost, low }) => [x(cost), y(low)] as const);
  return `${pathOf([...over, ...under.reverse()])}Z`;
}

/** Escalating at random goes straight from all drafts to all escalated. */
function chanceOf(curve: readonly CurveStep[], { x, y }: Plot): string {
  const first = curve[0];
  const last = curve.at(-1);
  if (!first || !last) return '';
  return pathOf([
    [x(first.cost), y(first.oracle)],
    [x(last.cost), y(1)],
  ]);
}

/** What a threshold brings on rows that it was not chosen on. */
function points({ transferred, certified }: Evaluation, plot: Plot): string[] {
  const { x, y, bottom } = plot;
  const drawn = [square(x(1), y(1))];
  const { mean: cost } = transferred['99'].cost;
  const { mean: quality } = transferred['99'].quality;
  if (certified.cost.mean !== null && certified.quality.mean !== null) {
    drawn.push(diamond(x(certified.cost.mean), y(certified.quality.mean)));
  }
  if (cost !== null && quality !== null) {
    const at = [x(cost), y(quality)] as const;
    const isRight = cost > 0.7;
    drawn.push(
      line('drop', at, [at[0], bottom]),
      textAt(at[0] + (isRight ? -6 : 6), bottom - 8, percent(cost), {
        anchor: isRight ? 'end' : 'start',
        as: 'strong',
      }),
      circle(at[0], at[1]),
    );
  }
  return drawn;
}

/** Always asking the frontier, and no draft. */
function square(x: number, y: number): string {
  return `<rect class="hollow" x="${px(x - 5)}" y="${px(y - 5)}" width="10" height="10"/>`;
}

function circle(x: number, y: number): string {
  return `<circle class="mark" cx="${px(x)}" cy="${px(y)}" r="6.5"/>`;
}

function diamond(x: number, y: number): string {
  const corners = [
    [x, y - 8],
    [x + 8, y],
    [x, y + 8],
    [x - 8, y],
  ] as const;
  return `<path class="mark" d="${pathOf(corners)}Z"/>`;
}

interface LegendEntry {
  readonly draw: (x: number, y: number) => string;
}

function legendOf(evaluation: Evaluation): LegendEntry[] {
  const { baselines, splits, transferred, certified } = evaluation;
  const entry = (sample: (x: number, y: number) => string, text: string): LegendEntry => ({
    draw: (x, y) => sample(x, y - 4) + textAt(x + 34, y, text),
  });
  const stroke = (as: string) => (x: number, y: number) =>
    `<path class="${as}" d="${pathOf([
      [x, y],
      [x + 26, y],
    ])}"/>`;
  const best = bestBaseline(baselines);
  const point = transferred['99'];
  const band = (x: number, y: number) =>
    `<rect class="band" x="${px(x)}" y="${px(y - 7)}" width="26" height="14"/>${stroke('own')(x, y)}`;
  return [
    entry(band, splits === 1 ? 'this scorer' : 'this scorer; four of five splits'),
    ...(best ? [entry(stroke('raw'), `best raw signal: ${best.name}`)] : []),
    entry(stroke('limit'), 'both answers known: the limit'),
    entry(stroke('chance'), 'escalating at random'),
    entry(
      (x, y) => circle(x + 13, y),
      `99 % threshold: bill ${percent(point.cost.mean)}, kept ${percent(point.quality.mean)}`,
    ),
    entry(
      (x, y) => diamond(x + 13, y),
      `certified: bill ${percent(certified.cost.mean)}, kept ${percent(certified.quality.mean)}`,
    ),
    entry((x, y) => square(x + 13, y), 'the frontier alone'),
  ];
}

function describe(evaluation: Evaluation): string {
  const { curve } = evaluation;
  const bought = [0.2, 0.4, 0.6, 0.8].flatMap((budget) => {
    const step = curve.findLast(({ cost }) => cost <= budget + 1e-9);
    return step ? [`${percent(step.quality)} at ${percent(budget, 0)}`] : [];
  });
  return `${headline(evaluation)}. The curve rises with the bill: ${bought.join(', ')} of the frontier's bill.`;
}
