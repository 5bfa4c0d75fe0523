import { readFileSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { UserError } from '../protocol/domain/userError.ts';
import type { ReportFormat, ReportPeriod, ReportResult } from '../protocol/wire/reportRequest.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { isReport, withWhatPeopleWrote } from '../protocol/words/reportText.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { commandWorkspace, connectedClient, rolloutOf } from './workspace.ts';
import { writeWhole } from './writeFileWhole.ts';

/** Tells what a rollout has shown, with the evidence: Markdown on stdout, or a file. */
export async function run(call: Call): Promise<ExitCode> {
  const out = textOption(call, 'out');
  const format = formatOf(textOption(call, 'format'), out);
  const period = periodOf(call);
  const file = out === undefined ? null : resolve(call.folder, out);
  const old = file === null ? null : replaceable(file, out ?? file, flagOption(call, 'force'));
  const workspace = await commandWorkspace(call);
  const { client } = await connectedClient(call, workspace);
  try {
    const { rollout } = rolloutOf(client.view, workspace.plan);
    const report = await client.request('report', { rollout, format, period });
    if (file === null) print(call, report);
    else {
      const text = old === null || format === 'html' ? report.text : withWhatPeopleWrote(report.text, old);
      writeWhole(file, text);
      call.output.line(`Wrote ${plainText(out ?? file)}.`);
      call.output.document({ ...about(report), file });
    }
    return 0;
  } finally {
    await client.close();
  }
}

/** Every character is the report's own: a terminal gets nothing to obey, for the report has no control characters. */
function print({ output }: Call, report: ReportResult): void {
  if (output.json) output.document({ ...about(report), text: report.text });
  else output.raw(report.text);
}

function about({ format, name, asOf, head }: ReportResult) {
  return { format, name, asOf: asOf === null ? null : new Date(asOf).toISOString(), head };
}

function formatOf(named: string | undefined, out: string | undefined): ReportFormat {
  const ending = out === undefined ? '' : extname(out).toLowerCase();
  const ofFile =
    ending === '.html' || ending === '.htm' ? 'html' : ending === '.md' || ending === '.markdown' ? 'markdown' : null;
  switch (named) {
    case 'markdown':
    case 'md':
      return 'markdown';
    case 'html':
      return 'html';
    case undefined:
      if (out !== undefined && ofFile === null) {
        throw new UserError('usage', `${plainText(out)}: end it in .md or .html, or say --format markdown|html`);
      }
      return ofFile ?? 'markdown';
    default:
      throw new UserError('usage', `--format is markdown or html, not \`${plainText(named)}\``);
  }
}

function periodOf(call: Call): ReportPeriod {
  const daily = textOption(call, 'daily');
  const weekly = textOption(call, 'weekly');
  if (daily !== undefined && weekly !== undefined) {
    throw new UserError('usage', 'choose one of --daily DATE and --weekly DATE');
  }
  if (daily !== undefined) return { kind: 'day', date: dateOf('--daily', daily) };
  if (weekly !== undefined) return { kind: 'week', date: dateOf('--weekly', weekly) };
  return { kind: 'whole' };
}

function dateOf(option: string, text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  throw new UserError('usage', `${option} takes a date as 2025-11-03, not \`${plainText(text)}\``);
}

/** The present content of the file; `null` when there is none. Only a report is replaced, unless `force` is set. */
function replaceable(file: string, named: string, force: boolean): string | null {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  const name = plainText(named);
  if (!stats.isFile()) throw new UserError('report-unwritable', `${name} is not a file: name another with --out`);
  // No report is this large.
  if (stats.size > 16 * 1024 * 1024) {
    if (force) return null;
    throw new UserError(
      'report-exists',
      `${name} is not a report of Rampwatch: name another file, or replace it with --force`,
    );
  }
  const text = readFileSync(file, 'utf8');
  if (isReport(text)) return text;
  if (force) return null;
  throw new UserError(
    'report-exists',
    `${name} is not a report of Rampwatch: name another file, or replace it with --force`,
  );
}
