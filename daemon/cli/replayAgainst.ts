import { plainText } from '../protocol/words/plainText.ts';
import type { ReplayReport } from '../replayRecording.ts';

/** One thing that two plans make differently of the same records; `null`: it does not happen. */
export interface ReplayDifference {
  readonly what: string;
  readonly first: string | null;
  readonly second: string | null;
}

/** What differs between what two plans make of one recording, in the order of what matters: its end, its stages, its rules. */
export function replayDifferences(first: ReplayReport, second: ReplayReport): readonly ReplayDifference[] {
  const all: ReplayDifference[] = [
    { what: 'rolled back', first: rolledBack(first), second: rolledBack(second) },
    { what: 'ends in', first: endOf(first), second: endOf(second) },
  ];
  for (const id of namesIn([first, second], ({ stages }) => stages.map((stage) => stage.id))) {
    all.push({ what: `${id} entered`, first: enteredAt(first, id), second: enteredAt(second, id) });
    all.push({ what: `gate of ${id}`, first: gateOf(first, id), second: gateOf(second, id) });
  }
  for (const id of namesIn([first, second], ({ firings }) => firings.map(({ trigger }) => trigger))) {
    all.push({ what: `trigger ${id}`, first: firedOf(first, id), second: firedOf(second, id) });
  }
  return all.filter((each) => each.first !== each.second);
}

/** The same as lines of a table: what, the first plan's, the second's. */
export function differenceLines(
  differences: readonly ReplayDifference[],
  names: readonly [string, string],
): readonly string[] {
  if (differences.length === 0) return ['Both plans make the same of these records.'];
  const rows = [
    { what: '', first: names[0], second: names[1] },
    ...differences.map(({ what, first, second }) => ({ what, first: first ?? 'never', second: second ?? 'never' })),
  ].map(({ what, first, second }) => [plainText(what, 60), plainText(first, 100), plainText(second, 100)] as const);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map(([what, one, other]) =>
    `${what.padEnd(widths[0] ?? 0)}  ${one.padEnd(widths[1] ?? 0)}  ${other}`.trimEnd(),
  );
}

function namesIn(
  reports: readonly ReplayReport[],
  named: (report: ReplayReport) => readonly string[],
): readonly string[] {
  return [...new Set(reports.flatMap(named))];
}

function rolledBack({ transitions }: ReplayReport): string | null {
  const found = transitions.find(({ to }) => to === 'rolling-back' || to === 'rolled-back');
  return found === undefined ? null : `${found.at}, ${found.cause}`;
}

function endOf({ transitions }: ReplayReport): string | null {
  return transitions.at(-1)?.to ?? null;
}

function enteredAt({ stages }: ReplayReport, id: string): string | null {
  return stages.find((stage) => stage.id === id)?.from ?? null;
}

function gateOf({ stages }: ReplayReport, id: string): string | null {
  const stage = stages.findLast((each) => each.id === id);
  if (stage === undefined) return null;
  const met = stage.gate.filter(({ verdict }) => verdict === 'met').length;
  const others = stage.gate
    .filter(({ verdict }) => verdict !== 'met')
    .map(({ condition, verdict }) => `${verdict}: ${condition}`);
  return [`${met} of ${stage.gate.length} met`, ...others].join('; ');
}

function firedOf({ firings }: ReplayReport, id: string): string | null {
  const own = firings.filter(({ trigger }) => trigger === id);
  const [first] = own;
  if (first === undefined) return null;
  return own.length === 1 ? first.at : `${first.at}, and ${own.length - 1} more`;
}
