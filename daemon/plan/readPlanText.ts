import { createHash } from 'node:crypto';
import type { PlanFinding, PlanReading, TextRange } from '../protocol/wire/planReading.ts';
import { type LintFinding, lintPlan } from './lintPlan.ts';
import { parsePlan } from './load.ts';
import { type Placed, type PlanDocument, readDocument } from './planDocument.ts';
import { type PlanProblem, pathText } from './problem.ts';

/**
 * Judges the text of a plan for an editor: every finding with the words it is about and its fix. Reading it runs
 * nothing; `file` names its place and is not read.
 */
export function readPlanText(text: string, file: string): PlanReading {
  const parsed = parsePlan(text, file);
  const hash = createHash('sha256').update(text).digest('hex');
  if (parsed.kind === 'plan') {
    const lines = text.split('\n');
    return { hash, findings: lintPlan(parsed.loaded, text).map((finding) => findingOf(finding, lines)) };
  }
  // A text too large to be a plan is not read only to place its one problem.
  const document = parsed.problems.every(({ path }) => path === '') ? undefined : readDocument(text);
  const source = new Source(text);
  return { hash, findings: parsed.problems.map((problem) => errorOf(problem, source, document)) };
}

function findingOf(finding: LintFinding, lines: readonly string[]): PlanFinding {
  const { severity, rule, path, message, line, column, endColumn, fix } = finding;
  const end = endColumn ?? Math.max(column, (lines[line - 1] ?? '').trimEnd().length + 1);
  return {
    severity,
    rule,
    path,
    message,
    range: { line, column, endLine: line, endColumn: end },
    fixes: fix === undefined ? [] : [{ title: fix.title, edits: [...fix.edits] }],
  };
}

function errorOf(problem: PlanProblem, source: Source, document: PlanDocument | undefined): PlanFinding {
  const { path, message, line, column, instead } = problem;
  const from = source.offset(line, column);
  const found = { severity: 'error' as const, rule: 'invalid', path, message };
  const wrong = instead === undefined ? -1 : source.text.indexOf(instead.wrong, from);
  if (instead !== undefined && wrong !== -1 && wrong < source.endOfLine(from)) {
    const to = wrong + instead.wrong.length;
    const range = source.range(wrong, to);
    // A number stands without quotes.
    const quotes =
      /^[\d.]+$/.test(instead.right) && /^(["'])\1$/.test(source.text.charAt(wrong - 1) + source.text.charAt(to));
    if (quotes) {
      const edits = [{ ...source.range(wrong - 1, to + 1), text: instead.right }];
      return { ...found, range, fixes: [{ title: `Write \`${instead.right}\``, edits }] };
    }
    const edits = [{ ...range, text: instead.right }];
    return { ...found, range, fixes: [{ title: `Write \`${instead.right}\``, edits }] };
  }
  const to = document === undefined ? source.endOfLine(from) : endOf(path, from, source, document);
  return { ...found, range: source.range(from, to), fixes: [] };
}

/** The end of the words that a problem is about: of the key or value that begins there, else of the word or line. */
function endOf(path: string, from: number, source: Source, document: PlanDocument): number {
  const line = source.endOfLine(from);
  for (const placed of placedAt(path, document)) {
    for (const span of [placed.key, placed.value]) {
      if (span !== null && span.from === from && span.to > from) return Math.min(span.to, line);
    }
    if (placed.value.from < from && from < placed.value.to) {
      const word = /^[\w$&{}<>=.%-]+/.exec(source.text.slice(from, Math.min(line, placed.value.to)))?.[0];
      return word === undefined ? Math.min(placed.value.to, line) : from + word.length;
    }
  }
  return line;
}

/** The place itself and its parents, the nearest first. */
function placedAt(path: string, document: PlanDocument): readonly Placed[] {
  const parts = path.split('.');
  return parts.flatMap((_, index) => document.placed.get(pathText(parts.slice(0, parts.length - index))) ?? []);
}

/** A text with its lines. */
class Source {
  readonly text: string;
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#starts = starts;
  }

  offset(line: number, column: number): number {
    return Math.min((this.#starts[line - 1] ?? this.text.length) + column - 1, this.text.length);
  }

  /** Without the line end. */
  endOfLine(offset: number): number {
    const end = this.text.indexOf('\n', offset);
    const line = this.text.slice(offset, end === -1 ? undefined : end);
    return offset + line.trimEnd().length;
  }

  range(from: number, to: number): TextRange {
    const start = this.#place(from);
    const end = this.#place(Math.max(from, to));
    return { ...start, endLine: end.line, endColumn: end.column };
  }

  #place(offset: number): { line: number; column: number } {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}
