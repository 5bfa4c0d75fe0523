import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { basename, join } from 'node:path';
import type { ExtensionContext, LogOutputChannel, Memento, TreeItemCheckboxState, Uri } from 'vscode';
import * as z from 'zod';
import { type Clock, systemClock } from './clock.ts';
import { type CommandName, commandNames } from './commandNames.ts';
import type { Actions } from './commands/actions.ts';
import { filterActivityCommand, filterText, loadOlderActivityCommand } from './commands/activityCommands.ts';
import { approveOutsideCommand } from './commands/approveCommand.ts';
import { forgetCredentialCommand, storeCredentialCommand } from './commands/credentialCommands.ts';
import { startDaemonCommand, stopDaemonCommand } from './commands/daemonCommands.ts';
import { dailyReviewCommand } from './commands/dailyReviewCommand.ts';
import { openDocumentCommand } from './commands/documentCommands.ts';
import { escalateCommand } from './commands/escalateCommand.ts';
import { openLogAtLineCommand } from './commands/evidenceCommands.ts';
import { findFlagUsesCommand } from './commands/findFlagUsesCommand.ts';
import { subjectOf } from './commands/forRollout.ts';
import { copyForChatCommand, followLink } from './commands/linkCommands.ts';
import { modelDraft } from './commands/modelDraft.ts';
import { type OpenPorts, openRolloutCommand } from './commands/openRolloutCommand.ts';
import { createPlanCommand, goToPlanLineCommand, openPlanCommand } from './commands/planCommands.ts';
import {
  importGuideCommand,
  type ProposalPorts,
  showImportedCommand,
  writePlanCommand,
} from './commands/proposalCommands.ts';
import { proposePlanCommand } from './commands/proposePlanCommand.ts';
import { type Handler, registerCommand } from './commands/registerCommand.ts';
import { openReportCommand, saveReportCommand } from './commands/reportCommands.ts';
import {
  acknowledgeCommand,
  adoptCommand,
  advanceCommand,
  beginCommand,
  holdCommand,
  rejudgeCommand,
  restoreFlagCommand,
  resumeCommand,
  rollBackCommand,
} from './commands/rolloutCommands.ts';
import { showLogCommand } from './commands/showLogCommand.ts';
import { openSourceAtLineCommand } from './commands/sourceCommand.ts';
import { showStatusCommand } from './commands/statusCommand.ts';
import { tickItems } from './commands/tickItems.ts';
import { Demo } from './commands/tryDemoCommand.ts';
import { simulatePlanCommand, tryPlanCommand } from './commands/whatIfCommands.ts';
import { showWhyCommand } from './commands/whyCommand.ts';
import { readConfiguration } from './configuration.ts';
import { type DaemonProgram, type RunCommandLine, runCommandLine } from './connection/commandLine.ts';
import { Connections } from './connection/connections.ts';
import { startDaemon } from './connection/daemonProgram.ts';
import { openSocket } from './connection/daemonSocket.ts';
import { KnownRollouts } from './connection/knownRollouts.ts';
import { LastKnown } from './connection/lastKnown.ts';
import type { ConnectionPorts } from './connection/planConnection.ts';
import { PlanFolders } from './connection/planFolders.ts';
import { rollBackDirectly } from './connection/rollBackDirectly.ts';
import { planFault, type RolloutStanding, type Standing } from './connection/standing.ts';
import { ContextKeyWriter } from './contextKeys.ts';
import { StoredCredentials } from './credentials/storedCredentials.ts';
import { dashboardActions } from './dashboard/dashboardActions.ts';
import { DashboardPanel } from './dashboard/dashboardPanel.ts';
import type { DashboardPorts } from './dashboard/dashboardSurface.ts';
import { DashboardView } from './dashboard/dashboardView.ts';
import { Disposables } from './disposables.ts';
import { DocumentPresence } from './evidence/documentPresence.ts';
import { HeldDocuments } from './evidence/heldDocuments.ts';
import { FlagUses } from './flagUses/flagUses.ts';
import { SourceDiagnostics } from './flagUses/sourceDiagnostics.ts';
import { Deploys } from './happened/deploys.ts';
import { type RunGit, runGit } from './happened/git.ts';
import { Happened } from './happened/happened.ts';
import { MarkedJournal } from './happened/markedJournal.ts';
import { AwayNotices, type RunProgram, runProgram } from './notices/awayNotices.ts';
import { Notifier } from './notices/notifier.ts';
import { UnseenRollbacks } from './notices/unseenRollbacks.ts';
import type { PagePorts } from './pages/loadPage.ts';
import { PlanEditing } from './plan/planEditing.ts';
import { ImportedPlans } from './proposal/importedPlans.ts';
import { PlanProposals } from './proposal/planProposals.ts';
import { UnsavedProposals } from './proposal/unsavedProposals.ts';
import { registerMcpServers } from './tools/mcpServers.ts';
import { registerTools } from './tools/registerTools.ts';
import { activityRows } from './views/activityRows.ts';
import { checklistRows } from './views/checklistRows.ts';
import { contextOf } from './views/contextOf.ts';
import { documentRows } from './views/documentRows.ts';
import { JournalMemory } from './views/journalMemory.ts';
import { isRunning } from './views/rolloutGroups.ts';
import type { RowElement } from './views/rowTree.ts';
import { type HeadingAt, type RowsAt, RowView } from './views/rowView.ts';
import { stageRows } from './views/stageRows.ts';
import { stagesHeading } from './views/stagesHeading.ts';
import { StatusBar } from './views/statusBar.ts';
import { attentionOf, statusText } from './views/statusBarText.ts';
import { triggerRows } from './views/triggerRows.ts';
import { commonZoneText } from './views/zoneText.ts';
import type { Vscode } from './vscodeApi.ts';
import { WhyPages } from './why/whyPages.ts';

/** The outside world, given by `extension.ts` and by tests. */
export interface Ports {
  readonly clock: Clock;
  readonly openSocket: ConnectionPorts['openSocket'];
  readonly start: ConnectionPorts['start'];
  readonly runCommandLine: RunCommandLine;
  readonly runProgram: RunProgram;
  readonly runGit: RunGit;
  chance(): number;
  newKey(): string;
}

export const systemPorts: Ports = {
  clock: systemClock,
  openSocket,
  start: startDaemon,
  runCommandLine,
  runProgram,
  runGit,
  chance: Math.random,
  newKey: randomUUID,
};

/**
 * The least time between two draws. The editor waits for 200 ms without a change before it draws a tree again, so a
 * faster stream of changes would never be seen.
 */
const drawEvery = 400;

/** The extension: ties connections, views and commands together. */
export class Rampwatch extends Disposables {
  readonly #vscode: Vscode;
  readonly #ports: Ports;
  readonly #program: () => DaemonProgram;
  readonly #log: LogOutputChannel;
  readonly #folders: PlanFolders;
  readonly #connections: Connections;
  readonly #credentials: StoredCredentials;
  readonly #contextKeys: ContextKeyWriter;
  readonly #statusBar: StatusBar;
  readonly #stages: RowView;
  readonly #views: readonly RowView[];
  readonly #activity: RowView;
  readonly #checklists: RowView;
  readonly #journals = new JournalMemory();
  readonly #documents: HeldDocuments;
  readonly #actions: Actions;
  readonly #notifier: Notifier;
  readonly #away: AwayNotices;
  readonly #unseen: UnseenRollbacks;
  readonly #panel: DashboardPanel;
  readonly #why: WhyPages;
  readonly #dashboard: DashboardView;
  readonly #planEditing: PlanEditing;
  readonly #flagUses: FlagUses;
  readonly #sourceDiagnostics: SourceDiagnostics;
  readonly #proposals: ProposalPorts;
  readonly #open: OpenPorts;
  readonly #demo: Demo;
  #drawing: { dispose(): void } | null = null;
  #drawnAt = 0;
  #looking: Promise<void> = Promise.resolve();

  constructor(
    vscode: Vscode,
    context: Pick<ExtensionContext, 'extensionPath' | 'extensionUri' | 'secrets' | 'workspaceState'> & {
      readonly globalState: Memento;
      /** Left out in tests. */
      readonly extension?: { readonly packageJSON: unknown };
    },
    ports: Ports,
  ) {
    super();
    this.#vscode = vscode;
    this.#ports = ports;
    this.#program = () => daemonProgram(vscode, context.extensionPath);
    this.#log = this.add(vscode.window.createOutputChannel('Rampwatch', { log: true }));
    this.#contextKeys = new ContextKeyWriter(vscode);
    this.#folders = this.add(new PlanFolders(vscode, ports.clock));
    const lastKnown = new LastKnown(context.workspaceState, ports.clock, versionOf(context.extension));
    const known = new KnownRollouts(context.globalState, ports.clock, vscode.l10n.t, (rollout) =>
      isRunning({ rollout }),
    );
    this.#connections = this.add(
      new Connections({
        vscode,
        clock: ports.clock,
        log: this.#log,
        openSocket: ports.openSocket,
        start: ports.start,
        program: this.#program,
        lastKnown: {
          of: (folder) => lastKnown.of(folder),
          heard: (folder, view) => {
            lastKnown.heard(folder, view);
            known.heard(folder, view);
          },
        },
        chance: ports.chance,
      }),
    );
    this.#credentials = this.add(
      new StoredCredentials({ vscode, secrets: context.secrets, connections: this.#connections, log: this.#log }),
    );
    this.#statusBar = this.add(new StatusBar(vscode));
    const { t } = vscode.l10n;
    this.#documents = this.add(new HeldDocuments(vscode));
    const rowView = (id: string, rows: RowsAt, heading?: HeadingAt) => this.add(new RowView(vscode, id, rows, heading));
    this.#stages = rowView(
      'rampwatch.stages',
      (standings, now) => stageRows(standings, now, t),
      (standings, now) => stagesHeading(standings, now, t),
    );
    this.#activity = rowView(
      'rampwatch.activity',
      (standings, now) =>
        activityRows(standings, (shown) => this.#journals.known(shown), this.#journals.filter, now, t),
      (standings) => ({
        description: [filterText(this.#journals.filter, t), commonZoneText(standings, t)]
          .filter((part) => part !== '')
          .join(' · '),
        message: '',
      }),
    );
    const inZone: HeadingAt = (standings) => ({ description: commonZoneText(standings, t), message: '' });
    this.#checklists = rowView('rampwatch.checklists', (standings, now) => checklistRows(standings, now, t), inZone);
    const presence = new DocumentPresence(t, () => this.#drawInAMoment());
    this.#views = [
      this.#stages,
      this.#checklists,
      rowView('rampwatch.triggers', (standings, now) => triggerRows(standings, now, t), inZone),
      this.#activity,
      rowView('rampwatch.documents', (standings, now) =>
        documentRows(standings, (plan, path) => presence.of(plan, path, now), t),
      ),
    ];
    this.#actions = {
      vscode: this.#vscode,
      t: this.#vscode.l10n.t,
      connections: this.#connections,
      log: this.#log,
      clock: this.#ports.clock,
      actor: actorName(),
      rollBackDirectly: rollBackDirectly(ports.runCommandLine, this.#program, (folder) =>
        this.#credentials.variablesOf(folder),
      ),
      newKey: this.#ports.newKey,
    };
    this.#away = this.add(new AwayNotices(this.#actions, context.globalState, ports.runProgram, process.platform));
    this.#notifier = this.add(
      new Notifier(this.#actions, context.workspaceState, {
        tellAway: (text) => this.#away.tell(text),
        isLacking: (folder, wanted) => this.#credentials.isLacking(folder, wanted),
      }),
    );
    this.#unseen = new UnseenRollbacks(context.workspaceState, this.#actions.actor);
    const commandLine = { run: ports.runCommandLine, program: this.#program };
    const proposals = this.add(new PlanProposals(vscode));
    this.#proposals = {
      ...commandLine,
      proposals,
      imported: this.add(new ImportedPlans(vscode, proposals, (values) => this.#contextKeys.write(values))),
      unsaved: this.add(new UnsavedProposals(vscode)),
    };
    this.#open = { folders: this.#folders, known };
    const demoSeen = 'rampwatch.demoSeen';
    this.#demo = this.add(
      new Demo(this.#actions, { ...this.#open, ...commandLine }, () => {
        void context.globalState.update(demoSeen, true);
        this.#contextKeys.write({ 'rampwatch.demoSeen': true });
      }),
    );
    this.#contextKeys.write({ 'rampwatch.demoSeen': context.globalState.get(demoSeen) === true });
    this.#planEditing = this.add(
      new PlanEditing({
        vscode,
        clock: ports.clock,
        log: this.#log,
        ...commandLine,
        standings: () => this.#connections.standings,
        now: () => ports.clock.now(),
        extensionPath: context.extensionPath,
      }),
    );
    const standings = () => this.#connections.standings;
    this.#flagUses = this.add(new FlagUses({ vscode, standings, now: () => ports.clock.now() }));
    this.#sourceDiagnostics = this.add(new SourceDiagnostics({ vscode, log: this.#log, standings }));
    const pages: PagePorts = {
      vscode,
      clock: ports.clock,
      extensionUri: context.extensionUri,
      newNonce: () => ports.newKey().replaceAll('-', ''),
    };
    const isTrusted = () => vscode.workspace.isTrusted;
    const happened = new Happened(
      new MarkedJournal(),
      new Deploys({ git: ports.runGit, clock: ports.clock, isTrusted }),
    );
    const dashboard: DashboardPorts = {
      ...pages,
      actions: dashboardActions(this.#actions, happened, () => this.#folders.looked),
    };
    this.#why = this.add(new WhyPages(pages, this.#actions, this.#documents, ports.runGit, happened));
    this.#panel = this.add(new DashboardPanel(dashboard));
    this.#dashboard = this.add(new DashboardView('rampwatch.dashboard', dashboard));
  }

  /** Returns at once; slow work continues behind it. */
  activate(): void {
    this.#registerCommands();
    const handleUri = (uri: Uri) => followLink(this.#actions, uri);
    this.add(this.#vscode.window.registerUriHandler({ handleUri }));
    this.add(registerTools(this.#actions, () => this.#looking));
    this.add(
      registerMcpServers(this.#vscode, this.#program, {
        folders: async () => {
          await this.#looking;
          return this.#connections.all.map(({ standing }) => standing.folder);
        },
        onDidChange: (listener) => this.#folders.onDidChange(() => listener()),
      }),
    );
    this.add(
      this.#connections.onDidChange((change) => {
        if (change === 'link') this.#credentials.look();
        this.#panel.changed();
        this.#dashboard.changed();
        this.#why.changed();
        if (change === 'link') this.#draw();
        else this.#drawInAMoment();
      }),
    );
    this.add(this.#folders.onDidChange((folders) => this.#connections.follow(folders)));
    this.add(this.#folders.onDidEdit((file) => this.#connections.planEdited(file)));
    for (const { view } of this.#views) this.add(view.onDidChangeVisibility(() => this.#draw()));
    this.add(this.#checklists.view.onDidChangeCheckboxState(({ items }) => void this.#tick(items)));
    this.add(this.#ports.clock.every(1000, () => this.#draw()));
    this.add({ dispose: () => this.#drawing?.dispose() });
    this.add(this.#vscode.workspace.onDidChangeConfiguration(() => void this.#away.look()));
    void this.#away.look();
    this.#planEditing.activate();
    this.#draw();
    if (this.#vscode.workspace.isTrusted) this.#look();
    else this.add(this.#vscode.workspace.onDidGrantWorkspaceTrust(() => this.#look()));
  }

  #look(): void {
    this.#looking = this.#folders
      .look()
      .catch((error: unknown) => this.#log.error(`looking for plans: ${String(error)}`));
  }

  #registerCommands(): void {
    const actions = this.#actions;
    const proposals = this.#proposals;
    const handlers: Readonly<Record<CommandName, readonly [trust: 'any' | 'trusted', act: Handler]>> = {
      'rampwatch.acknowledge': ['trusted', acknowledgeCommand(actions)],
      'rampwatch.adopt': ['trusted', adoptCommand(actions)],
      'rampwatch.advance': ['trusted', advanceCommand(actions)],
      'rampwatch.approveOutside': ['trusted', approveOutsideCommand(actions, proposals)],
      'rampwatch.begin': ['trusted', beginCommand(actions)],
      'rampwatch.changeProposal': ['any', async (argument) => await proposals.unsaved.change(argument)],
      'rampwatch.checkPlanData': ['trusted', async (argument) => await this.#planEditing.checkData(argument)],
      'rampwatch.copyForChat': ['trusted', copyForChatCommand(actions)],
      'rampwatch.createPlan': ['any', createPlanCommand(actions)],
      'rampwatch.dailyReview': ['trusted', dailyReviewCommand(actions)],
      'rampwatch.escalate': ['trusted', escalateCommand(actions, this.#documents)],
      'rampwatch.filterActivity': ['any', filterActivityCommand(actions, this.#journals, () => this.#draw())],
      'rampwatch.findFlagUses': ['trusted', findFlagUsesCommand(actions)],
      'rampwatch.forgetCredential': ['trusted', forgetCredentialCommand(actions, this.#credentials)],
      'rampwatch.goToPlanLine': ['any', goToPlanLineCommand(actions)],
      'rampwatch.hold': ['trusted', holdCommand(actions)],
      'rampwatch.importGuide': ['trusted', importGuideCommand(actions, proposals)],
      'rampwatch.importGuideWithModel': [
        'trusted',
        importGuideCommand(actions, proposals, modelDraft(actions, proposals)),
      ],
      'rampwatch.loadOlderActivity': ['any', loadOlderActivityCommand(actions, this.#journals, () => this.#draw())],
      'rampwatch.openGuideLine': ['any', async (argument) => await proposals.imported.openGuideLine(argument)],
      'rampwatch.openLogAtLine': ['trusted', openLogAtLineCommand(actions, this.#documents)],
      'rampwatch.openDashboard': ['any', async (argument) => this.#panel.show(subjectOf(argument) ?? null)],
      'rampwatch.openDocument': ['any', openDocumentCommand(actions)],
      'rampwatch.openPlan': ['any', openPlanCommand(actions)],
      'rampwatch.openPlanLine': ['any', async (argument) => await proposals.imported.openPlanLine(argument)],
      'rampwatch.openReport': ['trusted', openReportCommand(actions, this.#documents)],
      'rampwatch.openRollout': ['trusted', openRolloutCommand(actions, this.#open)],
      'rampwatch.openSourceAtLine': ['any', openSourceAtLineCommand(actions)],
      'rampwatch.proposePlan': ['trusted', proposePlanCommand(actions, proposals)],
      'rampwatch.rejudge': ['trusted', rejudgeCommand(actions)],
      'rampwatch.restoreFlag': ['trusted', restoreFlagCommand(actions)],
      'rampwatch.resume': ['trusted', resumeCommand(actions)],
      'rampwatch.rollBack': ['trusted', rollBackCommand(actions)],
      'rampwatch.saveReport': ['trusted', saveReportCommand(actions)],
      'rampwatch.settleDispute': ['any', async (argument) => await proposals.imported.settle(argument)],
      'rampwatch.showImported': ['any', showImportedCommand(actions)],
      'rampwatch.showLog': ['any', showLogCommand(actions, proposals)],
      'rampwatch.showStatus': ['trusted', showStatusCommand(actions)],
      'rampwatch.showWhy': ['trusted', showWhyCommand(actions, this.#why, (shown) => this.#looked(shown))],
      'rampwatch.simulatePlan': ['trusted', simulatePlanCommand(actions, proposals, this.#documents)],
      'rampwatch.startDaemon': ['trusted', startDaemonCommand(actions)],
      'rampwatch.stopDaemon': ['trusted', stopDaemonCommand(actions)],
      'rampwatch.storeCredential': ['trusted', storeCredentialCommand(actions, this.#credentials)],
      'rampwatch.tryDemo': ['trusted', this.#demo.play],
      'rampwatch.tryPlan': ['trusted', tryPlanCommand(actions, proposals, this.#documents)],
      'rampwatch.writePlan': ['trusted', writePlanCommand(actions, proposals)],
    };
    for (const name of commandNames) {
      const [trust, act] = handlers[name];
      this.add(registerCommand(actions, name, trust, act));
    }
  }

  async #tick(items: readonly [RowElement, TreeItemCheckboxState][]): Promise<void> {
    const { Checked } = this.#vscode.TreeItemCheckboxState;
    const tickings = items.map(([element, state]) => ({ element, ticked: state === Checked }));
    await tickItems(this.#actions, tickings, (elements) => {
      this.#draw();
      this.#checklists.redraw(elements);
    });
  }

  /** At once after a quiet time, else together with the next changes. */
  #drawInAMoment(): void {
    const wait = Math.max(0, this.#drawnAt + drawEvery - this.#ports.clock.now());
    this.#drawing ??= this.#ports.clock.after(wait, () => this.#draw());
  }

  #draw(): void {
    this.#drawing?.dispose();
    this.#drawing = null;
    if (this.disposed) return;
    const { standings } = this.#connections;
    const now = this.#ports.clock.now();
    this.#drawnAt = now;
    const { t } = this.#vscode.l10n;
    const isUnseen = (shown: RolloutStanding) => this.#unseen.has(shown);
    this.#statusBar.show(statusText(standings, now, t, isUnseen));
    const attention = attentionOf(standings, t, isUnseen);
    this.#stages.showBadge(attention);
    this.#contextKeys.write({ 'rampwatch.hasOwnPlan': this.#folders.hasOwnPlan });
    this.#contextKeys.write(
      contextOf(standings, this.#folders.looked, this.#vscode.workspace.isTrusted, this.#journals.filter !== 'all'),
    );
    this.#tellFailures();
    this.#notifier.look(standings);
    this.#planEditing.look();
    this.#flagUses.look();
    this.#sourceDiagnostics.look();
    for (const view of this.#views) view.draw(standings, now);
  }

  #looked(shown: RolloutStanding): void {
    this.#unseen.looked(shown);
    this.#draw();
  }

  /** A failed start of the daemon is reported once, with the two ways on: only an edit ends a fault of the plan. */
  #tellFailures(): void {
    for (const connection of this.#connections.all) {
      const { link } = connection.standing;
      if (link.kind !== 'stopped' || link.cause.kind !== 'failed' || link.cause.told) continue;
      connection.failureTold();
      void this.#tellFailure(connection.standing, link.cause.detail);
    }
  }

  async #tellFailure(standing: Standing, detail: string): Promise<void> {
    const { t } = this.#vscode.l10n;
    const mend = planFault(standing) === null ? t('Start Daemon') : t('Open Plan');
    const showLog = t('Show Log');
    // Several folders may each have a plan of this name.
    const where = this.#connections.all.length > 1 ? `${basename(standing.folder)}: ` : '';
    const answer = await this.#vscode.window.showErrorMessage(`Rampwatch: ${where}${detail}`, mend, showLog);
    const subject = { folder: standing.folder, rollout: '', planPart: null };
    if (answer === t('Open Plan')) await this.#vscode.commands.executeCommand('rampwatch.openPlan', subject);
    if (answer === t('Start Daemon')) await this.#vscode.commands.executeCommand('rampwatch.startDaemon', subject);
    if (answer === showLog) await this.#vscode.commands.executeCommand('rampwatch.showLog');
  }
}

const manifest = z.object({ version: z.string() });

/** The extension's own version; what another version kept is not read. */
function versionOf(extension: { readonly packageJSON: unknown } | undefined): string {
  const read = manifest.safeParse(extension?.packageJSON);
  return read.success ? read.data.version : '';
}

function daemonProgram(vscode: Vscode, extensionPath: string): DaemonProgram {
  return {
    node: readConfiguration(vscode, 'rampwatch.nodePath') || process.execPath,
    cli: join(extensionPath, 'dist', 'cli.mjs'),
    stateDirectory: readConfiguration(vscode, 'rampwatch.stateDirectory'),
  };
}

function actorName(): string {
  try {
    return userInfo().username || 'editor';
  } catch {
    return 'editor';
  }
}
