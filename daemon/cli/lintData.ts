import { open, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatOf } from '../ingest/formats/kinds.ts';
import { discover, type Found, parseGlob } from '../ingest/tail/discover.ts';
import type { LintFinding } from '../plan/lintPlan.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { holdsLines } from '../protocol/domain/sourceFormat.ts';
import { sourceFiles } from '../protocol/domain/sourceKinds.ts';
import { type JoinedKeys, unjoinedText } from './lintJoin.ts';
import { linesFinding, lintRecords, recordsIn } from './lintSample.ts';

/** The files whose newest records were looked at. */
interface CheckedFile {
  readonly file: string;
  readonly records: number;
}

/** Of each source, so much is read at most: a plan that is typed must not wait for a log. */
const mostBytes = 4 * 1024 * 1024;
const mostHeader = 64 * 1024;
const mostRecords = 20_000;
const mostSources = 20;

/**
 * Holds a plan against the newest records of its own sources, as far as their files are there. Bounded: so many bytes
 * and records of each, of the file that is written now.
 */
export async function lintData(
  loaded: LoadedPlan,
): Promise<{ readonly findings: readonly LintFinding[]; readonly checked: readonly CheckedFile[] }> {
  const root = await realpath(dirname(loaded.file));
  const findings: LintFinding[] = [];
  const checked: CheckedFile[] = [];
  const keys: JoinedKeys = { exposures: new Set(), outcomes: new Set() };
  for (const [index, source] of loaded.plan.sources.slice(0, mostSources).entries()) {
    const [named] = sourceFiles(source);
    if (named === undefined) continue;
    const { files } = await discover(root, parseGlob(named.path));
    const found = files.findLast(({ compressed, stats }) => !compressed && stats.size > 0);
    if (found === undefined) continue;
    const { hasHeader, isDocument } = formatOf(source);
    const sample = await newestOf(found, hasHeader);
    // The end of a document says nothing without its beginning.
    if (sample === null || (isDocument === true && sample.isCut)) continue;
    if (holdsLines(source)) {
      findings.push(...linesFinding(loaded, index, found.path, sample.text));
      continue;
    }
    const all = recordsIn(sample.text, source);
    const lines = all.slice(-mostRecords);
    const isNewest = sample.isCut || lines.length < all.length;
    checked.push({ file: found.path, records: lines.length });
    findings.push(...lintRecords(loaded, index, { file: found.path, lines, isNewest, keys }));
  }
  const unjoined = unjoinedText(keys);
  const joining = loaded.plan.sources.findIndex(({ join }) => join?.exposures !== undefined);
  if (unjoined !== null) {
    const path = `sources.${joining}.join`;
    const line = loaded.lines[`sources.${joining}`] ?? 1;
    findings.push({ severity: 'warning', line, column: 1, path, rule: 'not-in-sample', message: unjoined });
  }
  return { findings, checked };
}

/** The end of a file, from the beginning of a line, behind the file's header where it has one; `null` when it cannot be read. */
async function newestOf(
  { target, stats }: Found,
  hasHeader: boolean,
): Promise<{ readonly text: string; readonly isCut: boolean } | null> {
  const size = Number(stats.size);
  const from = Math.max(0, size - mostBytes);
  try {
    const file = await open(target, 'r');
    try {
      const end = Buffer.alloc(size - from);
      const { bytesRead } = await file.read(end, 0, end.length, from);
      const text = end.toString('utf8', 0, bytesRead);
      if (from === 0) return { text, isCut: false };
      const whole = text.slice(text.indexOf('\n') + 1);
      if (!hasHeader) return { text: whole, isCut: true };
      const start = Buffer.alloc(mostHeader);
      const { bytesRead: length } = await file.read(start, 0, mostHeader, 0);
      const [header = ''] = start.toString('utf8', 0, length).split('\n');
      return { text: `${header}\n${whole}`, isCut: true };
    } finally {
      await file.close();
    }
  } catch {
    // The daemon tells of a source that cannot be read.
    return null;
  }
}
