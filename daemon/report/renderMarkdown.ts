import { plainText } from '../protocol/words/plainText.ts';
import type { Block, Column, ReportDocument, Section, Span, Text } from './reportDocument.ts';

/**
 * The report as GitHub-flavoured Markdown that is pleasant to read as text, too. Whatever a plan, a log or a person
 * wrote stays text: every character that could begin a construct is escaped, and what a renderer would turn into a link
 * or a mention by itself stands in a code span.
 */
export function markdownReport(report: ReportDocument): string {
  const lines = [
    `<!-- rampwatch report: ${report.rollout.replaceAll(/[^A-Za-z0-9_-]/g, '')} -->`,
    '',
    `# ${lineText([report.title])}`,
    '',
    lineText([report.subject]),
    '',
    `**${escaped(report.outcome.word)}**`,
    '',
    lineText([report.sentence]),
    '',
    ...factLines(report.facts),
    ...report.sections.flatMap((section) => sectionLines(section, 2)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function sectionLines({ title, blocks, sections }: Section, level: number): readonly string[] {
  return [
    `${'#'.repeat(Math.min(6, level))} ${lineText(title)}`,
    '',
    ...blocks.flatMap(blockLines),
    ...sections.flatMap((section) => sectionLines(section, level + 1)),
  ];
}

function blockLines(block: Block): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
      return [lineText(block.text), ''];
    case 'facts':
      return factLines(block.facts);
    case 'table':
      return [...tableLines(block.columns, block.rows), ''];
    case 'list':
      return [...block.items.map((item) => `- ${lineText(item)}`), ''];
    case 'lines':
      return [
        ...block.lines.map(
          ({ place, link, text }) => `- ${linked(codeSpan(place), link)}${text === null ? '' : ` ${codeSpan(text)}`}`,
        ),
        '',
      ];
    case 'chart': {
      const { title, summary, table, marks } = block.chart;
      const told = marks.length === 0 ? [] : [`Changes: ${marks.map(({ label }) => escaped(label)).join(', ')}.`, ''];
      return [
        `**${escaped(title)}**`,
        '',
        lineText([summary]),
        '',
        ...told,
        ...tableLines(table.columns, table.rows),
        '',
      ];
    }
    case 'blank':
      return [`<!-- yours: ${block.id} -->`, '', `*${escaped(block.prompt)}*`, '', '<!-- end -->', ''];
  }
}

function factLines(facts: readonly { readonly name: string; readonly text: Text }[]): readonly string[] {
  if (facts.length === 0) return [];
  return [...facts.map(({ name, text }) => `- **${escaped(name)}:** ${inline(text)}`), ''];
}

function tableLines(columns: readonly Column[], rows: readonly (readonly Text[])[]): readonly string[] {
  const cells = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  return [
    cells(columns.map(({ title }) => escaped(title))),
    cells(columns.map(({ align }) => (align === 'right' ? '--:' : '---'))),
    ...rows.map((row) => cells(columns.map((_, index) => cellText(row[index] ?? [])))),
  ];
}

/** In a cell a bar ends it, within a code span too, unless an odd number of backslashes stands before it. */
export function cellText(text: Text): string {
  return inline(text).replaceAll(/(\\*)\|/g, (bar, run: string) => (run.length % 2 === 1 ? bar : `${run}\\|`));
}

/** Text at the start of a line, where a sign or a number could begin a list, a heading or a quotation. */
export function lineText(text: Text): string {
  return inline(text)
    .trimStart()
    .replace(/^([#+\-=>])/, '\\$1')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2');
}

function inline(text: Text): string {
  // Two code spans side by side would be read as one.
  return text
    .map(spanText)
    .reduce((line, next) => (line.endsWith('`') && next.startsWith('`') ? `${line} ${next}` : line + next), '');
}

function spanText(span: Span): string {
  if (typeof span === 'string') return escaped(span);
  switch (span.kind) {
    case 'strong':
    case 'mark':
      return span.text.trim() === '' ? '' : `**${escaped(span.text.trim())}**`;
    case 'code':
      return codeSpan(span.text);
    case 'link':
      return linked(escaped(span.text), span.to);
  }
}

/** `to` has no character that ends a link's address. */
function linked(text: string, to: string | null): string {
  return to === null || text === '' ? text : `[${text}](${to})`;
}

const longest = 1000;
/** Texts that renderers link by themselves: addresses, host names that begin with www, mail, mentions. */
const linkLike = /\S*(?:\/\/|www\.|mailto:|xmpp:|@)\S*/gi;

function escaped(text: string): string {
  const plain = plainText(text, longest);
  let result = '';
  let last = 0;
  for (const match of plain.matchAll(linkLike)) {
    result += escapedSigns(plain.slice(last, match.index)) + codeSpan(match[0]);
    last = match.index + match[0].length;
  }
  return result + escapedSigns(plain.slice(last));
}

function escapedSigns(text: string): string {
  return text.replaceAll(/[\\`*[\]<>&|~$]|(?<!\S)#|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (sign) => `\\${sign}`);
}

/** Fenced by more back-ticks than it holds in a row. */
function codeSpan(text: string): string {
  const plain = plainText(text, longest);
  if (plain.trim() === '') return '';
  const runs = plain.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map(({ length }) => length)) + 1);
  const padded = plain.startsWith('`') || plain.endsWith('`') || (plain.startsWith(' ') && plain.endsWith(' '));
  return padded ? `${fence} ${plain} ${fence}` : `${fence}${plain}${fence}`;
}
