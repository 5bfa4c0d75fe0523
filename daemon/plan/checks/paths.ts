import { flagFiles } from '../../protocol/domain/flagKinds.ts';
import { globProblem } from '../../protocol/domain/glob.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { sourceFiles } from '../../protocol/domain/sourceKinds.ts';
import type { Path } from '../problem.ts';
import { evidencedItems } from './checkEvidence.ts';
import type { Report } from './reportProblem.ts';

/** Every path and glob of a plan is relative to its folder and stays inside it. */
export function checkPaths(plan: Plan, report: Report): void {
  for (const [path, text] of pathsOf(plan)) {
    const isGlob = path[0] === 'sources' || path[0] === 'tests';
    const problem = pathProblem(text) ?? (isGlob ? globProblem(text) : undefined);
    if (problem !== undefined) report.value(path, problem);
  }
}

function pathsOf(plan: Plan): [Path, string][] {
  const found: [Path, string][] = plan.sources.flatMap((source, index) =>
    sourceFiles(source).map(({ key, path }): [Path, string] => [['sources', index, key], path]),
  );
  for (const [name, measure] of Object.entries(plan.measures)) {
    if ('gauge' in measure && measure.process !== undefined) {
      found.push([['measures', name, 'process', 'pid_file'], measure.process.pid_file]);
    }
  }
  if (plan.flag !== undefined) for (const { key, path } of flagFiles(plan.flag)) found.push([['flag', key], path]);
  for (const [index, suite] of plan.tests.entries()) found.push([['tests', index, 'junit'], suite.junit]);
  for (const { item, path } of evidencedItems(plan)) {
    const evidence = typeof item === 'string' ? undefined : item.evidence;
    if (typeof evidence === 'object' && 'file' in evidence) found.push([[...path, 'file'], evidence.file]);
  }
  for (const [index, document] of plan.documents.entries()) found.push([['documents', index, 'path'], document.path]);
  if (plan.review_log !== undefined) found.push([['review_log'], plan.review_log]);
  return found;
}

function pathProblem(text: string): string | undefined {
  const shown = JSON.stringify(text).slice(1, -1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f]/.test(text)) return `\`${shown}\` holds a control character: a path is one line of plain text`;
  if (/^(?:\/|\\|[A-Za-z]:[\\/]|~)/.test(text)) {
    return `\`${shown}\` is absolute: write it relative to the plan's folder`;
  }
  // A glob's braces and parentheses hold paths too.
  const parts = text.split(/[/\\{},()|]/);
  if (parts.includes('..'))
    return `\`${shown}\` leaves the plan's folder: move the plan up, or the file into its folder`;
  return undefined;
}
