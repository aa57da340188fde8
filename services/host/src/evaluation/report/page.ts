import type { Evaluation } from '../evaluation.ts';
import { decimal, headline, percent, setting } from '../wording.ts';
import { CHART_STYLE, COLOURS } from './chart-style.ts';
import { curveChart } from './curve-chart.ts';
import { PAGE_STYLE } from './page-style.ts';
import { reliabilityChart } from './reliability-chart.ts';
import { escaped } from './svg.ts';
import {
  baselineTable,
  curveTable,
  figureTables,
  reliabilityTable,
  signalTable,
  taskTable,
} from './tables.ts';

/** The report as one file: no scripts, nothing fetched, the same for the same evaluation. */
export function page(evaluation: Evaluation): string {
  const name = evaluation.file.split(/[\\/]/).at(-1) ?? evaluation.file;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(headline(evaluation))} · ${escaped(name)}</title>
<style>${COLOURS}${CHART_STYLE}${PAGE_STYLE}</style>
</head>
<body>
<main>
<header>
<p class="file">Weir, evaluation of ${escaped(name)}</p>
<h1>${escaped(headline(evaluation))}</h1>
<p>${escaped(setting(evaluation))}</p>
${tiles(evaluation)}
</header>
${sections(evaluation)}
</main>
</body>
</html>
`;
  // A number and its percent sign stay together.
  return html.replace(/(\d) %/g, '$1\u00a0%');
}

function sections(evaluation: Evaluation): string {
  return [
    curveSection(evaluation),
    confidenceSection(evaluation),
    section(
      'All figures',
      'The mean over the splits ± the standard deviation from split to split; under an AUROC its 95 % bootstrap interval over the rows of a test half.',
      figureTables(evaluation),
    ),
    baselineSection(evaluation),
    section(
      'By task',
      "At the threshold for 99 % that each training half gave: where it escalates, and what is left of the frontier's quality there.",
      taskTable(evaluation),
    ),
    section(
      'What matters',
      "How much AUROC is lost on rows not seen when this part of what the scorer sees is another row's. Signals that say much the same stand in for each other: alone each is worth less than its kind.",
      signalTable(evaluation),
    ),
    notes(evaluation),
  ].join('\n');
}

function tiles({ transferred, certified, auroc, ece, cost }: Evaluation): string {
  const point = transferred['99'];
  const alpha = Number((certified.alpha * 100).toPrecision(6));
  const sure = Number(((1 - certified.delta) * 100).toPrecision(6));
  const each: readonly (readonly [string, string])[] = [
    [percent(point.cost.mean), 'of the bill, by a threshold for 99 % from the training half'],
    [percent(point.quality.mean), "of the frontier's quality delivered there"],
    [percent(cost['99'].mean), 'the least bill for 99 %, known only afterwards'],
    [percent(certified.cost.mean), `certified: at most ${alpha} % worse off, ${sure} % sure`],
    [decimal(auroc.mean), 'AUROC: right drafts told from wrong ones'],
    [decimal(ece.mean), 'ECE: mean error of the confidence'],
  ];
  const items = each.map(([value, text]) => `<li><b>${value}</b><span>${text}</span></li>`);
  return `<ul class="tiles">\n${items.join('\n')}\n</ul>`;
}

function curveSection(evaluation: Evaluation): string {
  const wide = curveChart(evaluation, { id: 'curve', width: 1040, height: 500 });
  if (wide === '') return '';
  const narrow = curveChart(evaluation, { id: 'curve-narrow', width: 344, height: 330 });
  const drawings = `<div class="wide">${wide}</div>\n<div class="narrow">${narrow}</div>`;
  return section(
    'What each budget buys',
    'The more is escalated, the higher the bill, and up to a point the quality: the mean over the splits, on halves not seen.',
    `<figure style="margin:0">${drawings}</figure>\n${details('The curve in figures', curveTable(evaluation))}`,
  );
}

function confidenceSection(evaluation: Evaluation): string {
  const chart = reliabilityChart(evaluation);
  if (chart === '') return '';
  const said =
    "Drafts are put in ten bins by the confidence they were given. A point on the diagonal is a confidence that comes true; the bars are Wilson's 95 % intervals.";
  const shown = reliabilityTable(evaluation);
  return `<section><div class="pair"><figure style="margin:0">${chart}</figure>\n<div><h2>How true the confidence is</h2>\n<p class="soft">${said}</p>\n${calibration(evaluation)}${shown}</div></div></section>`;
}

function calibration({ ece, brier }: Evaluation): string {
  return `<p>On average the confidence is off by <b>${decimal(ece.mean)}</b> (ECE, 15 bins); its mean squared error is <b>${decimal(brier.mean)}</b> (Brier).</p>`;
}

function baselineSection(evaluation: Evaluation): string {
  return section(
    'What learning adds',
    'Raw signals over all rows, with nothing learned and the threshold read on the same rows, against the learned scorer on halves it had not seen.',
    baselineTable(evaluation),
  );
}

function notes(evaluation: Evaluation): string {
  const { remarks, splits, labels, draftCost } = evaluation;
  const method = [
    `Each of the ${splits} splits shuffles all rows, learns from ${labels} of one half and is judged on the other. Scaling, weights, calibration and thresholds come from the training half alone.`,
    `The bill is every draft and every escalated call, over asking the frontier for everything. The drafts alone are ${percent(draftCost)}.`,
    'The certified point is fitted on three fifths of what a split learns from and tested on the other two, by an exact binomial test that walks from strict to lax.',
  ];
  const items = [...remarks, ...method].map((text) => `<li>${escaped(text)}</li>`);
  return section(
    'What was assumed, and how it was done',
    '',
    `<ul class="notes">\n${items.join('\n')}\n<li>The same figures again: <code>${escaped(commandOf(evaluation))}</code></li>\n</ul>`,
  );
}

/** With everything that the figures depend on. */
function commandOf({ n, splits, seed, labels, certified, assumedDraftCost }: Evaluation): string {
  const oneMinus = (share: number) => Number((1 - share).toPrecision(12));
  const fewer = labels < Math.floor(n / 2) ? ` --labels ${labels}` : '';
  const target = `--quality ${oneMinus(certified.alpha)} --confidence ${oneMinus(certified.delta)}`;
  return `weir eval FILE --splits ${splits} --seed ${seed}${fewer} ${target} --draft-cost ${assumedDraftCost}`;
}

/** Nothing where there is nothing to show. */
function section(title: string, said: string, body: string): string {
  if (body === '') return '';
  const intro = said === '' ? '' : `<p class="soft">${escaped(said)}</p>\n`;
  return `<section><h2>${escaped(title)}</h2>\n${intro}${body}</section>`;
}

function details(summary: string, body: string): string {
  return `<details><summary>${escaped(summary)}</summary>\n${body}</details>`;
}
