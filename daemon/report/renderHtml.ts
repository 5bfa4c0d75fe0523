import { chartSvg } from './chartSvg.ts';
import { reportStyle } from './htmlStyle.ts';
import { htmlText } from './htmlText.ts';
import type { Block, Chart, Column, Fact, ReportDocument, Section, Span, Text } from './reportDocument.ts';

/**
 * The report as one HTML file that loads nothing, runs nothing and may be mailed, printed and kept. Its one style sheet
 * is allowed by its hash, so that no style from elsewhere counts.
 * @param hashOf the base64 sha256 of a text
 */
export function htmlReport(report: ReportDocument, hashOf: (text: string) => string): string {
  const { title, subject, outcome, sentence, facts, sections } = report;
  const policy = `default-src 'none'; style-src 'sha256-${hashOf(reportStyle)}'; base-uri 'none'; form-action 'none'`;
  const whole = `${title}: ${subject}`;
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="generator" content="rampwatch report">',
    `<title>${htmlText(whole)}</title>`,
    `<style>${reportStyle}</style>`,
    '</head>',
    '<body>',
    '<header>',
    `<p class="subject">${htmlText(subject)}</p>`,
    `<h1>${htmlText(title)}</h1>`,
    `<p class="outcome ${outcome.tone}">${htmlText(outcome.word)}</p>`,
    `<p class="sentence">${htmlText(sentence)}</p>`,
    factList(facts),
    '</header>',
    contents(sections),
    '<main>',
    ...sections.map((section) => sectionHtml(section, 2)),
    '</main>',
    '</body>',
    '</html>',
  ].join('\n')}\n`;
}

function contents(sections: readonly Section[]): string {
  const items = sections.map(({ id, title }) => `<li><a href="#${id}">${inline(title)}</a></li>`).join('');
  return `<nav aria-label="Contents"><ol>${items}</ol></nav>`;
}

function sectionHtml({ id, title, blocks, sections }: Section, level: number): string {
  const heading = `h${Math.min(6, level)}`;
  return [
    `<section id="${id}">`,
    `<${heading}>${inline(title)}</${heading}>`,
    ...blocks.map(blockHtml),
    ...sections.map((section) => sectionHtml(section, level + 1)),
    '</section>',
  ].join('\n');
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${inline(block.text)}</p>`;
    case 'facts':
      return factList(block.facts);
    case 'table':
      return tableHtml(block.columns, block.rows);
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>`;
    case 'lines':
      return `<ol class="lines">${block.lines
        .map(
          ({ place, link, text }) =>
            `<li>${placeHtml(place, link)}${text === null ? '' : `<code>${htmlText(text)}</code>`}</li>`,
        )
        .join('')}</ol>`;
    case 'chart':
      return chartHtml(block.chart);
    case 'blank':
      return `<p class="blank">${htmlText(block.prompt)}</p>`;
  }
}

function placeHtml(place: string, link: string | null): string {
  const code = `<code class="place">${htmlText(place)}</code>`;
  return link === null ? code : `<a href="${htmlText(link)}">${code}</a>`;
}

function chartHtml(chart: Chart): string {
  const legend = chart.curves
    .map(({ name, arm, weight }) => `<li><span class="key ${arm} ${weight}"></span>${htmlText(name)}</li>`)
    .join('');
  return [
    `<figure id="chart-${chart.id}">`,
    `<figcaption><strong>${htmlText(chart.title)}</strong><ul class="legend">${legend}</ul></figcaption>`,
    chartSvg(chart),
    `<details><summary>Figures of this chart</summary>${tableHtml(chart.table.columns, chart.table.rows)}</details>`,
    '</figure>',
  ].join('\n');
}

function factList(facts: readonly Fact[]): string {
  return `<dl>${facts.map(({ name, text }) => `<div><dt>${htmlText(name)}</dt><dd>${inline(text)}</dd></div>`).join('')}</dl>`;
}

function tableHtml(columns: readonly Column[], rows: readonly (readonly Text[])[]): string {
  const aligned = ({ align }: Column): string => (align === 'right' ? ' class="number"' : '');
  const head = columns.map((column) => `<th scope="col"${aligned(column)}>${htmlText(column.title)}</th>`).join('');
  const body = rows.map(
    (row) =>
      `<tr>${columns.map((column, index) => `<td${aligned(column)}>${inline(row[index] ?? [])}</td>`).join('')}</tr>`,
  );
  // Where it is wider than the page it scrolls, by the keyboard too.
  const name = htmlText(`Table: ${columns.map(({ title }) => title).join(', ')}`);
  return `<div class="table" tabindex="0" role="group" aria-label="${name}"><table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`;
}

function inline(text: Text): string {
  return text.map(spanHtml).join('');
}

function spanHtml(span: Span): string {
  if (typeof span === 'string') return htmlText(span);
  switch (span.kind) {
    case 'strong':
      return `<strong>${htmlText(span.text)}</strong>`;
    case 'code':
      return `<code>${htmlText(span.text)}</code>`;
    case 'link':
      return `<a href="${htmlText(span.to)}">${htmlText(span.text)}</a>`;
    case 'mark':
      return `<span class="tone ${span.tone}">${htmlText(span.text)}</span>`;
  }
}
