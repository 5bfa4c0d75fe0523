import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { askFor, type ImportResult, importGuides } from '../guide/importGuide.ts';
import type { ImportFinding } from '../guide/text/findings.ts';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { ImportProposal } from '../protocol/wire/planProposal.ts';
import { english } from '../protocol/words/factWords.ts';
import { findingKinds, findingKindText } from '../protocol/words/importWords.ts';
import { boundedList } from '../protocol/words/listText.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { type Call, type ExitCode, flagOption, textOption, textsOption } from './command.ts';
import { readGuideFile } from './guideFile.ts';
import { writePlanFile } from './newPlanFile.ts';
import type { Output, Style } from './output.ts';

/** Turns Markdown execution guides into a plan. A plan that a person has edited since is never overwritten. */
export async function run(call: Call): Promise<ExitCode> {
  const out = resolve(call.folder, textOption(call, 'out') ?? 'rampwatch.yaml');
  const name = relative(call.folder, out);
  const existing = existsSync(out) ? readFileSync(out, 'utf8') : undefined;
  const guides = call.words.map((word) => readGuideFile(resolve(call.folder, word), word));
  if (flagOption(call, 'ask')) {
    call.output.raw(askFor(guides));
    return 0;
  }
  const draft = textOption(call, 'draft');
  const answer =
    draft === undefined ? undefined : { name: draft, text: readDraftFile(resolve(call.folder, draft), draft) };
  const result = importGuides(guides, {
    out: name,
    ...(existing !== undefined && { existing }),
    ...(answer !== undefined && { answer }),
    picks: textsOption(call, 'pick'),
  });
  if (flagOption(call, 'dry-run')) {
    preview(result, out, existing, flagOption(call, 'all'), call.output);
    return 0;
  }
  if (result.outcome === 'new' || result.outcome === 'updated') writePlanFile(out, result.yaml, true);
  print(result, name, flagOption(call, 'all'), call.output);
  const { outcome, findings, summary, proposal, firstLook, disputes } = result;
  call.output.document({
    file: out,
    outcome,
    summary,
    firstLook,
    disputes,
    findings,
    ...(outcome === 'kept' && { proposal }),
  });
  return 0;
}

function readDraftFile(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      'draft-unreadable',
      `${name}: cannot be read (${errorCode(error)}); name the file of an assistant's answer`,
    );
  }
}

/** The plan goes to stdout, remarks about it go to stderr; nothing is written. */
function preview(result: ImportResult, out: string, existing: string | undefined, all: boolean, output: Output): void {
  const { outcome, findings, proposal, firstLook, disputes } = result;
  output.document({
    file: out,
    outcome,
    firstLook,
    disputes,
    findings,
    proposal,
    existing: existing ?? null,
  } satisfies ImportProposal);
  if (output.json) return;
  for (const line of firstLook) output.note(line);
  for (const each of remarks(findings, all, output)) output.note(each);
  output.raw(proposal);
}

/** A remark about a whole file has no line. */
function placed({ file, line }: Pick<ImportFinding, 'file' | 'line'>): string {
  return line === 0 ? file : `${file}:${line}`;
}

const colours: Readonly<Record<ImportFinding['kind'], Style>> = {
  'not-understood': 'yellow',
  prose: 'blue',
  conflict: 'red',
  contradiction: 'red',
  assumed: 'blue',
  repaired: 'blue',
  kept: 'yellow',
};

/** So many lines of a folded kind are named. */
const namedLines = 5;

/** A line for each kind of remark with its number and first places, or (`all`) a line for each remark. */
function remarks(
  findings: readonly ImportFinding[],
  all: boolean,
  { paint }: Pick<Output, 'paint'>,
): readonly string[] {
  const lines = findingKinds.flatMap((kind): readonly string[] => {
    const about = findings.filter((finding) => finding.kind === kind);
    if (about.length === 0) return [];
    if (all)
      return about.map(
        (each) => `${plainText(placed(each), 400)}: ${paint(colours[kind], kind)}: ${plainText(each.message, 2000)}`,
      );
    const places = boundedList(
      [...new Set(about.map(placed))].map((each) => plainText(each, 200)),
      namedLines,
    );
    return [`${paint(colours[kind], findingKindText(kind, english))}: ${about.length}, at ${places}`];
  });
  return all || lines.length === 0 ? lines : [...lines, '--all shows each of them.'];
}

/** The first look, then the rest by kind: what differs, what was left out, what was assumed. */
function print(
  { outcome, findings, summary, firstLook, disputes }: ImportResult,
  name: string,
  all: boolean,
  output: Output,
): void {
  const { line } = output;
  for (const each of firstLook) line(plainText(each, 2000));
  line();
  for (const each of remarks(findings, all, output)) line(each);
  if (findings.length > 0) line();
  const counts = Object.entries(summary).filter(([, count]) => count > 0);
  line(counts.map(([what, count]) => `${count} ${what}`).join(', '));
  const open = disputes.flatMap(({ options }) => options.map(({ pick }) => pick));
  if (open.length > 0) line(`Settle what is in dispute with --pick "WHERE", here: ${plainText(open.join('; '), 2000)}`);
  switch (outcome) {
    case 'new':
      line(`Wrote ${name}. Read it, then check it: rampwatch lint ${name}`);
      return;
    case 'updated':
      line(`Updated ${name}. Check it: rampwatch lint ${name}`);
      return;
    case 'unchanged':
      line(`${name} is already up to date.`);
      return;
    case 'kept':
      line(`${name} was edited by hand and stays as it is; --out FILE writes the import beside it.`);
  }
}
