import type { Evaluation, ReliabilityStep } from '../evaluation.ts';
import { count, decimal, percent } from '../wording.ts';
import { drawing, line, px, scale, textAt } from './svg.ts';

const WIDTH = 380;
const PLOT = { left: 54, right: 358, top: 30, bottom: 334 } as const;
/** Where the shares stand. */
const SHARES = { top: 404, bottom: 454 } as const;

/** The confidence that drafts were given, and how many of them were right; empty where there is nothing to draw. */
export function reliabilityChart({ reliability, confidences, ece }: Evaluation): string {
  if (reliability.length === 0) return '';
  const { left, right, top, bottom } = PLOT;
  const x = scale([0, 1], [left, right]);
  const y = scale([0, 1], [bottom, top]);
  const most = Math.max(...confidences);
  const bar = scale([0, most], [SHARES.bottom, SHARES.top]);
  const width = (right - left) / confidences.length;
  const body = [
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
      line('grid', [left, y(value)], [right, y(value)]),
      textAt(left - 8, y(value) + 4, label(value), { anchor: 'end' }),
      textAt(x(value), bottom + 17, label(value), { anchor: 'middle' }),
    ]),
    line('axis', [left, bottom], [right, bottom]),
    line('chance', [x(0), y(0)], [x(1), y(1)]),
    textAt(left - 48, top - 16, 'share that was right', { as: 'strong' }),
    textAt((left + right) / 2, bottom + 34, 'confidence given', { anchor: 'middle' }),
    ...reliability.map((step) => pointOf(step, x, y)),
    textAt(left - 48, SHARES.top - 8, 'share of drafts', { as: 'strong' }),
    ...confidences.map((share, step) => {
      const y = px(bar(share));
      return `<rect class="count" x="${px(left + step * width + 1)}" y="${y}" width="${px(width - 2)}" height="${px(SHARES.bottom - bar(share))}"><title>${percent(share)} of the drafts</title></rect>`;
    }),
    textAt(left - 8, SHARES.top + 8, percent(most, 0), { anchor: 'end' }),
    line('axis', [left, SHARES.bottom], [right, SHARES.bottom]),
  ];
  const ends = [reliability[0], reliability.at(-1)].flatMap((step) => step ?? []);
  const told = ends.map(
    ({ predicted, observed }) =>
      `where ${decimal(predicted, 2)} was given, ${decimal(observed, 2)} were right`,
  );
  const description = `Points on the diagonal are true confidences. ${told.join('; ')}. Mean distance (ECE) ${decimal(ece.mean)}.`;
  return drawing(
    { id: 'reliability', width: WIDTH, height: SHARES.bottom + 10 },
    { title: 'Confidence given, and share that was right', description },
    body,
  );
}

function pointOf(
  { predicted, observed, low, high, count: rows }: ReliabilityStep,
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  const title = `given ${decimal(predicted, 2)}, right ${decimal(observed, 2)} of ${count(rows)}, 95 % between ${decimal(low, 2)} and ${decimal(high, 2)}`;
  return [
    `<g><title>${title}</title>`,
    line('bar', [x(predicted), y(low)], [x(predicted), y(high)]),
    `<circle class="mark" cx="${px(x(predicted))}" cy="${px(y(observed))}" r="5"/></g>`,
  ].join('');
}

function label(value: number): string {
  return `${value * 100} %`;
}
