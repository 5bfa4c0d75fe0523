import { basename, dirname } from 'node:path';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { Blame, SourcePlace } from '../../daemon/protocol/wire/whyMessages.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { CommandName } from '../commandNames.ts';
import type { Actions } from '../commands/actions.ts';
import { whyChatText } from '../commands/chatText.ts';
import { SubjectArgument } from '../commands/forRollout.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import type { HeldDocuments } from '../evidence/heldDocuments.ts';
import { workspaceSources } from '../evidence/workspaceSource.ts';
import type { RunGit } from '../happened/git.ts';
import { type Happened, happenedIn } from '../happened/happened.ts';
import { questionOf, rolloutLink } from '../links.ts';
import { pageCommand } from '../pages/pageCommand.ts';
import type { WhyAbout } from '../views/row.ts';
import type { Why } from './reasons.ts';
import { fileAt, type LineHistory, lineHistory } from './sourceBlame.ts';
import { whyContent } from './whyContent.ts';
import { WhyFindings } from './whyFindings.ts';
import type { WhyActions } from './whyHost.ts';

/** The question of a page. */
export interface WhySubject {
  readonly folder: string;
  readonly rollout: string;
  readonly about: WhyAbout;
}

/** The services of the extension for a page of reasons; commands of the palette carry out what it asks for. */
export function whyActions(
  actions: Actions,
  documents: HeldDocuments,
  git: RunGit,
  happened: Happened,
  { folder, rollout, about }: WhySubject,
): WhyActions {
  const { vscode, connections, log, t, clock } = actions;
  const subject = { folder, rollout, planPart: null };
  const run = (command: CommandName, argument: unknown): void => {
    vscode.commands.executeCommand(command, argument).then(undefined, (error: unknown) => {
      log.error(`why: ${command}: ${String(error)}`);
    });
  };
  const known = (): ConnectedRollout => {
    const found = connections.find(folder, rollout);
    if (found === undefined) throw new UserError('no-rollout', t('that rollout is not known any more.'));
    return found;
  };
  const findings = new WhyFindings(log, happened);
  const reasons = async (): Promise<Why | null> => {
    const shown = connections.find(folder, rollout);
    if (shown === undefined) return null;
    return whyContent(shown, connections.rollouts, about, clock.now(), t, await findings.about(shown, about));
  };
  const historyOf = async (place: SourcePlace): Promise<LineHistory & { readonly file: string }> => {
    const unknown = (detail: string) => ({ blame: { kind: 'unknown', detail } as const, change: null, file: '' });
    // A repository's own settings may name programs.
    if (!vscode.workspace.isTrusted) return unknown(t('only in a trusted workspace.'));
    const [source, ...others] = await workspaceSources(vscode, place.file);
    if (source === undefined) return unknown(t('no such file in this workspace'));
    if (others.length > 0) return unknown(t('several files of this name'));
    return { ...(await lineHistory(git, source.fsPath, place.line, t)), file: source.fsPath };
  };
  const openChange = async (place: SourcePlace): Promise<void> => {
    const { change, file } = await historyOf(place);
    if (change === null) throw new UserError('no-change', t('git knows no change of this line.'));
    const { before, commit, path } = change;
    const short = commit.slice(0, 7);
    const name = basename(path);
    const held = (key: string, text: string) =>
      documents.hold(key, { name: `${key}/${name}`, text, links: [], line: 1 });
    const left = held(`${short}^`, before === null ? '' : await fileAt(git, dirname(file), before));
    const right = held(short, await fileAt(git, dirname(file), { commit, path }));
    await vscode.commands.executeCommand('vscode.diff', left, right, `${plainText(name, 80)} (${short})`);
  };
  return {
    now: async () => {
      const shown = connections.find(folder, rollout);
      const view = shown?.rollout ?? null;
      return {
        content: (await reasons())?.content ?? null,
        view: view === null ? null : { ...view, sources: [], checklists: [], explanations: [] },
        live: shown?.standing.link.kind === 'live',
      };
    },
    series: async (params) => await known().connection.ask('series', { rollout, ...params }),
    events: async (series) => await happenedIn(happened, known(), series),
    failures: async () => {
      const asked = (await reasons())?.subject ?? null;
      if (asked === null) return { groups: [], passed: [], gone: [] };
      return await known().connection.ask('failures', { rollout, about: asked });
    },
    openEvidence: (place) => run('rampwatch.openLogAtLine', new SubjectArgument({ ...subject, places: [place] })),
    openPlanLine: (planPart) => run('rampwatch.goToPlanLine', new SubjectArgument({ ...subject, planPart })),
    openSource: (place) => run('rampwatch.openSourceAtLine', { source: place }),
    blame: async (place): Promise<Blame> => (await historyOf(place)).blame,
    openChange: (place) => {
      openChange(place).catch((error: unknown) => {
        const detail = error instanceof Error ? error.message : String(error);
        void vscode.window.showErrorMessage(`Rampwatch: ${detail}`);
      });
    },
    copyForChat: () => {
      void reasons().then(async (why) => {
        if (why === null) return;
        const link = rolloutLink(vscode.env.uriScheme, folder, rollout, about);
        await vscode.env.clipboard.writeText(whyChatText(why.content, link, t));
        vscode.window.setStatusBarMessage(t('Copied: {0}', why.content.title), 4000);
      });
    },
    showDashboard: () => run('rampwatch.openDashboard', new SubjectArgument(subject)),
    showWhy: (asked) => run('rampwatch.showWhy', new SubjectArgument({ ...subject, why: asked })),
    command: (kind) => {
      run(pageCommand(kind, connections.find(folder, rollout)?.rollout), new SubjectArgument(subject));
    },
    kept: {
      folder,
      rollout,
      about: questionOf(about),
    },
    language: vscode.l10n.bundle ?? {},
    log: (detail) => log.warn(`why: ${detail}`),
  };
}
