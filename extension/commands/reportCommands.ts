import { dirname, extname, join } from 'node:path';
import type { Uri } from 'vscode';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { localTime, plusDays } from '../../daemon/protocol/domain/zonedTime.ts';
import type { ReportPeriod, ReportResult } from '../../daemon/protocol/wire/reportRequest.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { isReport, withWhatPeopleWrote } from '../../daemon/protocol/words/reportText.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { isLive } from '../connection/standing.ts';
import type { HeldDocuments } from '../evidence/heldDocuments.ts';
import type { Actions } from './actions.ts';
import { forConnectedRollout } from './forRollout.ts';
import type { Handler } from './registerCommand.ts';

const mostDays = 100;
const day = 86_400_000;

/** Shows the report as rendered Markdown; nothing is written. */
export function openReportCommand(actions: Actions, documents: HeldDocuments): Handler {
  const { vscode, t } = actions;
  return forConnectedRollout(actions, t('Preview Report'), async (known) => {
    const period = await choosePeriod(actions, t('Preview Report'), known);
    if (period === undefined) return;
    const { text, name } = await reportOf(actions, known, 'markdown', period);
    const key = `${known.standing.folder}|${known.rollout.rollout}|report|${JSON.stringify(period)}`;
    const uri = documents.hold(key, { name: `${name}.md`, text, links: [], line: 1 });
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  });
}

/** Saves the report where a person says; their own text in an earlier report stays. */
export function saveReportCommand(actions: Actions): Handler {
  const { vscode, t } = actions;
  return forConnectedRollout(actions, t('Save Report'), async (known) => {
    const period = await choosePeriod(actions, t('Save Report'), known);
    if (period === undefined) return;
    const { name } = await reportOf(actions, known, 'markdown', period);
    const target = await vscode.window.showSaveDialog({
      title: t('Save Report'),
      defaultUri: vscode.Uri.file(join(dirname(known.rollout.plan.file), `${name}.md`)),
      filters: { Markdown: ['md'], HTML: ['html'] },
    });
    if (target === undefined) return;
    await save(actions, known, period, target);
  });
}

async function save(actions: Actions, known: ConnectedRollout, period: ReportPeriod, target: Uri): Promise<void> {
  const { vscode, t } = actions;
  const ending = extname(target.fsPath).toLowerCase();
  const format = ending === '.html' || ending === '.htm' ? 'html' : 'markdown';
  const { text } = await reportOf(actions, known, format, period);
  const old = format === 'markdown' ? await textOf(actions, target) : null;
  const whole = old !== null && isReport(old) ? withWhatPeopleWrote(text, old) : text;
  try {
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(whole));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new UserError('report-unwritable', t('the report could not be saved: {0}', plainText(detail)));
  }
  const open = t('Open');
  const saved = vscode.window.showInformationMessage(t('The report is saved.'), open);
  // The answer to the notification is not waited for.
  void saved.then(async (answer) => {
    if (answer !== open) return;
    if (format === 'html') await vscode.env.openExternal(target);
    else await vscode.commands.executeCommand('markdown.showPreview', target);
  });
}

async function textOf({ vscode }: Actions, file: Uri): Promise<string | null> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  } catch {
    return null;
  }
}

async function reportOf(
  { connections, t }: Actions,
  known: ConnectedRollout,
  format: ReportResult['format'],
  period: ReportPeriod,
): Promise<ReportResult> {
  const { rollout } = known.rollout;
  const now = connections.find(known.standing.folder, rollout);
  if (now === undefined || !isLive(now.standing)) {
    throw new UserError('not-connected', t('the daemon is not connected; the report needs its journal.'));
  }
  return await now.connection.ask('report', { rollout, format, period });
}

/** The complete report, or a day or week since the rollout began, newest first. */
async function choosePeriod(
  { vscode, t, clock }: Actions,
  title: string,
  { rollout }: ConnectedRollout,
): Promise<ReportPeriod | undefined> {
  const whole = { label: t('Whole Rollout'), description: '', time: 'whole' as const };
  const daily = { label: t('One Day…'), description: t('a daily report'), time: 'day' as const };
  const weekly = { label: t('One Week…'), description: t('a weekly report'), time: 'week' as const };
  const chosen = await vscode.window.showQuickPick([whole, daily, weekly], { title, placeHolder: t('Which period?') });
  if (chosen === undefined) return undefined;
  const kind = chosen.time;
  if (kind === 'whole') return { kind };
  const began = rollout.stages.reduce((first, { visit }) => Math.min(first, visit?.from ?? first), clock.now());
  const days = daysSince(began, clock.now(), rollout.plan.timezone);
  const items = (kind === 'day' ? days : mondaysOf(days)).map((date) => ({
    label: dateText(date),
    date: dateText(date),
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: kind === 'day' ? t('Which day?') : t('Which week? Its Monday is shown.'),
  });
  return picked === undefined ? undefined : { kind, date: picked.date };
}

interface LocalDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
}

/** Newest first, in the plan's time zone. */
function daysSince(from: number, to: number, zone: string): readonly LocalDay[] {
  const today = localTime(to, zone);
  const count = Math.min(mostDays, Math.max(0, Math.floor((to - from) / day)) + 2);
  const first = dateText(localTime(from, zone));
  return Array.from({ length: count }, (_, back) => plusDays(today, -back)).filter((each) => dateText(each) >= first);
}

function mondaysOf(days: readonly LocalDay[]): readonly LocalDay[] {
  const mondays = days.map((each) => plusDays({ ...each, minute: 0 }, -((each.weekday + 6) % 7)));
  return mondays.filter((each, index) => index === 0 || dateText(each) !== dateText(mondays[index - 1] ?? each));
}

function dateText({ year, month, day: dayOfMonth }: Pick<LocalDay, 'year' | 'month' | 'day'>): string {
  return `${year}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}`;
}
