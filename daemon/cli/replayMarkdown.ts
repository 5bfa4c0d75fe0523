import { plainText } from '../protocol/words/plainText.ts';
import type { ReplayReport } from '../replayRecording.ts';
import type { ReplayDifference } from './replayAgainst.ts';

/** What a plan makes of a recording. */
export interface NamedReplay {
  /** The plan's file. */
  readonly name: string;
  readonly report: ReplayReport;
}

/** The result as a page: stages and firings drawn over time, gates, firings and transitions. Texts of others are escaped. */
export function replayMarkdown(
  files: readonly string[],
  replays: readonly NamedReplay[],
  differences: readonly ReplayDifference[] | null,
): string {
  const title = `# ${escaped(`What ${replays.map(({ name }) => name).join(' and ')} ${replays.length === 1 ? 'makes' : 'make'} of ${files.join(', ')}`)}`;
  const parts = replays.flatMap(({ name, report }) => [`## ${escaped(name)}`, ...partsOf(report)]);
  return `${[title, ...(differences === null ? [] : differencePart(differences, replays)), ...parts].join('\n\n')}\n`;
}

function differencePart(differences: readonly ReplayDifference[], replays: readonly NamedReplay[]): readonly string[] {
  const head = '## What differs';
  if (differences.length === 0) return [head, 'Both plans make the same of these records.'];
  const rows = differences.map(({ what, first, second }) => [what, first ?? 'never', second ?? 'never']);
  return [head, table(['', ...replays.map(({ name }) => name)], rows)];
}

function partsOf(report: ReplayReport): readonly string[] {
  const { records, arms, stages, firings, transitions } = report;
  const { treatment, control } = arms;
  const gates = stages.flatMap(({ id, gate }) =>
    gate.map(({ condition, verdict, n }) => [id, condition, verdict, String(n)]),
  );
  const drawing = timeline(report);
  return [
    escaped(
      `${records} records; treatment ${treatment.good} of ${treatment.n} good, control ${control.good} of ${control.n}. ${firings.length === 0 ? 'No trigger fired.' : `${firings.length} firings.`}`,
    ),
    ...(drawing === null ? [] : [`![Stages and firings over time](data:image/svg+xml;base64,${btoa(drawing)})`]),
    ...(gates.length === 0 ? [] : [table(['Stage', 'Condition', 'Verdict', 'n'], gates)]),
    ...(firings.length === 0
      ? []
      : [
          table(
            ['Trigger', 'Rule', 'From', 'Until', 'Good'],
            firings
              .slice(0, mostRows)
              .map(({ trigger, rule, at, until, n, good }) => [
                trigger,
                rule,
                at,
                until,
                good === null ? String(n) : `${good} of ${n}`,
              ]),
          ),
        ]),
    ...(firings.length > mostRows ? [`${firings.length - mostRows} more firings are left out.`] : []),
    ...(transitions.length === 0
      ? []
      : [
          table(
            ['At', 'From', 'To', 'Cause'],
            transitions.map(({ at, from, to, cause }) => [at, from, to, cause]),
          ),
        ]),
  ];
}

const mostRows = 50;
const width = 720;
const height = 150;
const foot = 22;
const mostMarks = 200;

/** The percentage as steps, and a line for each firing; `null` without a stage. Colours that both themes show. */
function timeline({ stages, firings }: ReplayReport): string | null {
  const [first] = stages;
  if (first === undefined) return null;
  const begin = Date.parse(first.from);
  const ends = [
    ...stages.map(({ from, to }) => Date.parse(to ?? from)),
    ...firings.map(({ until }) => Date.parse(until)),
  ];
  const end = Math.max(...ends, begin + 1);
  const x = (at: number) => (((at - begin) / (end - begin)) * width).toFixed(1);
  const steps = stages.map(({ id, percent, from, to }) => {
    const [left, right] = [Date.parse(from), to === null ? end : Date.parse(to)];
    const tall = (Math.max(percent, 1) / 100) * (height - foot - 16);
    return `<rect x="${x(left)}" y="${(height - foot - tall).toFixed(1)}" width="${Math.max(1, Number(x(right)) - Number(x(left))).toFixed(1)}" height="${tall.toFixed(1)}" fill="#3b82c4" fill-opacity="0.6"/><text x="${x(left)}" y="${(height - foot - tall - 3).toFixed(1)}">${inXml(id)} ${percent} %</text>`;
  });
  const marks = firings
    .slice(0, mostMarks)
    .map(
      ({ at }) =>
        `<line x1="${x(Date.parse(at))}" x2="${x(Date.parse(at))}" y1="14" y2="${height - foot}" stroke="#d94848" stroke-width="1.5"/>`,
    );
  const times = `<text x="0" y="${height - 6}">${new Date(begin).toISOString().slice(0, 16)}</text><text x="${width}" y="${height - 6}" text-anchor="end">${new Date(end).toISOString().slice(0, 16)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11" fill="#808080">${steps.join('')}${marks.join('')}${times}</svg>`;
}

/** A stage's id is letters, digits and signs; the drawing is encoded as Latin-1. */
function inXml(text: string): string {
  return plainText(text, 40).replaceAll(/[^\w -]/g, '_');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => escaped(cell)).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}

function escaped(text: string): string {
  return plainText(text, 400).replaceAll(/[\\`*_[\]<>&#|!]/g, (character) => `\\${character}`);
}
