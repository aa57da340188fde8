/** Colours by what they stand for, on light and on dark ground; the charts and the page share them. */
export const COLOURS = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --panel: #f6f7f9; --ink: #1b1f24; --soft: #5a636e; --rule: #dde1e6;
  --own: #1d5fd1; --own-soft: #1d5fd126; --raw: #b8541a; --limit: #2b7a4b; --chance: #7b848f; --shade: #00000026;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #13161a; --panel: #1b1f25; --ink: #e9ecef; --soft: #a3adb8; --rule: #30363e;
    --own: #80b1ff; --own-soft: #80b1ff30; --raw: #f2a36f; --limit: #7fd0a0; --chance: #8c96a1; --shade: #ffffff30;
  }
}
@media print {
  :root {
    color-scheme: light;
    --ground: #ffffff; --panel: #f6f7f9; --ink: #1b1f24; --soft: #4a525c; --rule: #cfd4da;
    --own: #1d5fd1; --own-soft: #1d5fd126; --raw: #b8541a; --limit: #2b7a4b; --chance: #6b747f;
  }
}`;

/** What the classes in drawings look like. */
export const CHART_STYLE = `
.chart { display: block; width: 100%; height: auto; font: 13px/1.3 system-ui, sans-serif; }
.chart text { fill: var(--soft); }
.chart .strong { fill: var(--ink); font-weight: 600; }
.chart .grid { stroke: var(--rule); stroke-width: 1; }
.chart .axis { stroke: var(--soft); stroke-width: 1; }
.chart .hollow { fill: var(--ground); stroke: var(--ink); stroke-width: 2; }
.chart .drop { stroke: var(--own); stroke-width: 1; stroke-dasharray: 3 3; }
.chart .band { fill: var(--own-soft); stroke: none; }
.chart .own { fill: none; stroke: var(--own); stroke-width: 2.5; stroke-linejoin: round; }
.chart .raw { fill: none; stroke: var(--raw); stroke-width: 1.75; stroke-dasharray: 7 4; }
.chart .limit { fill: none; stroke: var(--limit); stroke-width: 1.5; }
.chart .chance { fill: none; stroke: var(--chance); stroke-width: 1.5; stroke-dasharray: 1.5 4; stroke-linecap: round; }
.chart .mark { fill: var(--own); stroke: var(--ground); stroke-width: 2; }
.chart .bar { stroke: var(--own); stroke-width: 2; }
.chart .count { fill: var(--own); fill-opacity: 0.55; stroke: none; }`;
