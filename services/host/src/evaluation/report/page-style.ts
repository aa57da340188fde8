/** The page around the charts: one column on a phone, two where there is room, and paper. */
export const PAGE_STYLE = `
* { box-sizing: border-box; }
html { background: var(--ground); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 20px 64px; }
h1 { font-size: clamp(1.7rem, 1.1rem + 2.6vw, 2.9rem); line-height: 1.15; margin: 6px 0 14px; text-wrap: balance; letter-spacing: -0.015em; }
h2 { font-size: 1.25rem; margin: 0 0 4px; }
h3 { font-size: 0.95rem; margin: 20px 0 4px; color: var(--soft); font-weight: 600; }
p { margin: 0 0 12px; max-width: 72ch; }
.file { color: var(--soft); font-size: 0.9rem; margin: 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
section { margin-top: 48px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 28px 0 0; padding: 0; list-style: none; }
.tiles li { background: var(--panel); border-radius: 10px; padding: 14px 16px; }
.tiles b { display: block; font-size: 1.55rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--soft); font-size: 0.85rem; line-height: 1.35; display: block; }
.wide { display: block; }
.narrow { display: none; }
.pair { display: grid; grid-template-columns: minmax(280px, 400px) 1fr; gap: 20px 48px; align-items: start; }
/* A shade at an edge behind which there is more; the covers scroll along and hide it at the ends. */
.scroll {
  overflow-x: auto;
  background:
    linear-gradient(to right, var(--ground) 40%, transparent) left / 36px 100% no-repeat local,
    linear-gradient(to left, var(--ground) 40%, transparent) right / 36px 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) left / 14px 100% no-repeat scroll,
    linear-gradient(to left, var(--shade), transparent) right / 14px 100% no-repeat scroll;
}
.scroll:focus-visible { outline: 2px solid var(--own); outline-offset: 4px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 0.92rem; }
caption { text-align: left; }
th { font-weight: 600; text-align: left; }
thead th { color: var(--soft); font-size: 0.82rem; vertical-align: bottom; font-weight: 500; line-height: 1.3; }
th, td { padding: 7px 14px 7px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
td, thead th:not(:first-child) { text-align: right; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
tbody th { font-weight: 500; }
tbody th small, td small { display: block; color: var(--soft); font-weight: 400; font-size: 0.82rem; line-height: 1.35; }
tr.group th { color: var(--soft); font-size: 0.82rem; font-weight: 600; padding-top: 22px; border-bottom-color: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 12px 56px; }
.name { overflow-wrap: anywhere; min-width: 9em; }
.meter { display: block; height: 5px; margin-top: 5px; border-radius: 3px; background: var(--rule); width: 110px; max-width: 100%; margin-left: auto; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.meter i { display: block; height: 100%; border-radius: 3px; background: var(--own); }
tr.member th { padding-left: 16px; font-family: ui-monospace, monospace; font-size: 0.85rem; }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--soft); font-size: 0.9rem; padding: 6px 0; }
ul.notes { padding-left: 1.1em; margin: 8px 0 0; max-width: 80ch; }
ul.notes li { margin-bottom: 7px; }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
@media (max-width: 700px) {
  main { padding: 24px 16px 48px; }
  section { margin-top: 40px; }
  .wide { display: none; }
  .narrow { display: block; max-width: 480px; }
  .pair { grid-template-columns: minmax(0, 1fr); }
  .pair > div { order: -1; }
  .meter { width: 56px; }
  th, td { padding-right: 10px; }
  tr.member th { padding-left: 0; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@media print {
  body { font-size: 9.5pt; }
  h1 { font-size: 22pt; }
  main { max-width: none; padding: 0; }
  section { margin-top: 20pt; }
  .wide { display: block; }
  .narrow { display: none; }
  .tiles { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .tiles li { border: 1px solid var(--rule); }
  .pair { grid-template-columns: 240px minmax(0, 1fr); }
  .pair > div { order: 0; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px 32px; }
  th, td { padding-top: 4px; padding-bottom: 4px; }
  .scroll { overflow: visible; background: none; }
  figure, .tiles, .figures > div, tr { break-inside: avoid; }
  h2, h3, section > p { break-after: avoid; }
  details { display: none; }
}`;
