/** Eight pixels are the measure of everything; colour says good, bad or look here, and nothing else. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1f2328; --quiet: #59636e; --line: #d9dee3; --fill: #f6f8fa;
  --good: #116329; --bad: #b42318; --warning: #8a5300;
  --treatment: #0b5cad; --control: #6e7781; --limit: #b42318;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --ink: #e2e6ea; --quiet: #9aa4ae; --line: #343a41; --fill: #1c2024;
    --good: #6fce84; --bad: #ff8a7a; --warning: #e3b054;
    --treatment: #6cb2ff; --control: #98a2ad; --limit: #ff8a7a;
  }
}
* { box-sizing: border-box; }
html { background: var(--page); }
body {
  margin: 0 auto; padding: 48px 24px 96px; max-width: 960px; color: var(--ink); background: var(--page);
  font: 16px/24px system-ui, -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
h1 { margin: 0 0 24px; font-size: 32px; line-height: 40px; font-weight: 600; letter-spacing: -0.01em; }
h2 { margin: 64px 0 16px; padding-top: 16px; border-top: 1px solid var(--line); font-size: 24px; line-height: 32px; font-weight: 600; }
h3 { margin: 32px 0 8px; font-size: 18px; line-height: 24px; font-weight: 600; }
h4, h5, h6 { margin: 24px 0 8px; font-size: 16px; line-height: 24px; font-weight: 600; }
p { margin: 0 0 16px; max-width: 72ch; }
ul, ol { margin: 0 0 16px; padding-left: 24px; }
.subject { margin: 0 0 8px; color: var(--quiet); }
.outcome { margin: 0 0 8px; font-size: 20px; line-height: 24px; font-weight: 600; }
.sentence { margin: 0 0 32px; font-size: 18px; line-height: 28px; }
.good { color: var(--good); } .bad { color: var(--bad); } .warning { color: var(--warning); } .quiet { color: var(--quiet); }
.tone { font-weight: 600; white-space: nowrap; }
.tone.quiet { font-weight: 400; }
dl { margin: 0 0 24px; }
dl > div { display: flex; gap: 16px; padding: 4px 0; }
dt { flex: 0 0 208px; color: var(--quiet); }
dd { margin: 0; flex: 1 1 auto; min-width: 0; }
nav { margin: 40px 0 0; padding: 16px 24px; background: var(--fill); border-radius: 8px; }
nav ol { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 8px 24px; }
a { color: var(--ink); text-decoration-color: var(--line); text-underline-offset: 4px; }
a:hover { text-decoration-color: currentColor; }
code { overflow-wrap: anywhere; font: 14px/24px ui-monospace, "SFMono-Regular", Menlo, Consolas, "Liberation Mono", monospace; }
.table { margin: 0 0 24px; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; line-height: 20px; }
table code { font-size: 13px; line-height: 20px; }
th, td { padding: 8px 16px 8px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 400; white-space: nowrap; }
td:first-child { white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; }
.lines { padding: 16px; list-style: none; background: var(--fill); border-radius: 8px; }
.lines li + li { margin-top: 8px; }
.lines code { display: block; font-size: 13px; line-height: 20px; }
.lines .place { color: var(--quiet); }
.blank { min-height: 120px; padding: 16px; border: 1px dashed var(--line); border-radius: 8px; color: var(--quiet); max-width: none; }
figure { margin: 0 0 40px; }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 8px 24px; margin: 0 0 8px; }
figcaption strong { font-weight: 600; }
.legend { display: flex; gap: 24px; margin: 0; padding: 0; list-style: none; color: var(--quiet); font-size: 14px; }
.key { display: inline-block; width: 24px; margin: 0 8px 4px 0; border-top: 2px solid var(--treatment); vertical-align: middle; }
.key.control { border-top: 2px dashed var(--control); }
.key.second { border-top-width: 1px; }
svg { display: block; width: 100%; height: auto; }
.grid, .axis { stroke: var(--line); stroke-width: 1; }
.tick { fill: var(--quiet); font-size: 12px; }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.curve.treatment { stroke: var(--treatment); }
.curve.control { stroke: var(--control); stroke-width: 1.5; stroke-dasharray: 6 4; stroke-linecap: butt; }
.curve.second { stroke-width: 1; opacity: 0.8; }
.limit { stroke: var(--limit); stroke-width: 1; stroke-dasharray: 2 3; }
.limit-label { fill: var(--limit); font-size: 12px; }
.mark { stroke: var(--quiet); stroke-width: 1; opacity: 0.5; }
.mark.rollback { stroke: var(--bad); stroke-width: 2; opacity: 1; }
.mark-label { fill: var(--quiet); font-size: 12px; }
.mark-label.rollback { fill: var(--bad); font-weight: 600; }
details { margin-top: 8px; }
summary { color: var(--quiet); font-size: 14px; cursor: pointer; }
details .table { margin: 8px 0 0; }
@media (max-width: 640px) {
  body { padding: 24px 16px 64px; }
  dl > div { display: block; }
  td:first-child { white-space: normal; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --ink: #000000; --quiet: #4b535b; --line: #c9ced3; --fill: #ffffff;
    --good: #116329; --bad: #b42318; --warning: #8a5300; --treatment: #0b5cad; --control: #6e7781; --limit: #b42318;
  }
  @page { margin: 16mm; }
  body { max-width: none; padding: 0; font-size: 11pt; line-height: 16pt; }
  nav, details { display: none; }
  h2 { margin-top: 32px; }
  h1, h2, h3, h4, h5, h6 { break-after: avoid; }
  figure, tr, .lines li, dl > div { break-inside: avoid; }
  .table { overflow: visible; }
  .lines { padding: 0; }
}
`;
