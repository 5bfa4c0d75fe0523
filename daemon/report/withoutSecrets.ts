import { redactRecord, shownText } from '../protocol/secrets/redactRecord.ts';
import type { Block, Chart, Fact, ReportDocument, Section, Span, Text } from './reportDocument.ts';

/**
 * A report passes from hand to hand: none of its texts contains anything that looks like a secret; the log's own line
 * still has it.
 */
export function withoutSecrets(report: ReportDocument): ReportDocument {
  const { title, sentence, facts, sections } = report;
  return {
    ...report,
    title: shownText(title),
    sentence: shownText(sentence),
    facts: facts.map(ofFact),
    sections: sections.map(ofSection),
  };
}

function ofSection({ id, title, blocks, sections }: Section): Section {
  return { id, title: ofText(title), blocks: blocks.map(ofBlock), sections: sections.map(ofSection) };
}

function ofBlock(block: Block): Block {
  switch (block.kind) {
    case 'paragraph':
      return { ...block, text: ofText(block.text) };
    case 'facts':
      return { ...block, facts: block.facts.map(ofFact) };
    case 'table':
      return {
        ...block,
        columns: block.columns.map((column) => ({ ...column, title: shownText(column.title) })),
        rows: block.rows.map((row) => row.map(ofText)),
      };
    case 'list':
      return { ...block, items: block.items.map(ofText) };
    case 'lines':
      return {
        ...block,
        lines: block.lines.map(({ place, link, text }) => ({
          place: shownText(place),
          link: link === null || hidesSomething(link) ? null : link,
          text: text === null ? null : redactRecord(text).text,
        })),
      };
    case 'chart':
      return { ...block, chart: ofChart(block.chart) };
    case 'blank':
      return block;
  }
}

/** Its names come from the plan. */
function ofChart(chart: Chart): Chart {
  const { title, summary, curves, limits, marks, table } = chart;
  return {
    ...chart,
    title: shownText(title),
    summary: shownText(summary),
    curves: curves.map((curve) => ({ ...curve, name: shownText(curve.name) })),
    limits: limits.map((limit) => ({ ...limit, label: shownText(limit.label) })),
    marks: marks.map((each) => ({ ...each, label: shownText(each.label) })),
    table: {
      columns: table.columns.map((column) => ({ ...column, title: shownText(column.title) })),
      rows: table.rows.map((row) => row.map(ofText)),
    },
  };
}

function ofFact({ name, text }: Fact): Fact {
  return { name: shownText(name), text: ofText(text) };
}

function ofText(text: Text): Text {
  return text.map(ofSpan);
}

function ofSpan(span: Span): Span {
  if (typeof span !== 'string' && span.kind === 'link' && hidesSomething(span.to)) return shownText(span.text);
  return typeof span === 'string' ? shownText(span) : { ...span, text: shownText(span.text) };
}

/** A word of the link looks like a secret. */
function hidesSomething(link: string): boolean {
  return [...new URL(link).searchParams.values()].some((word) => shownText(word) !== word);
}
