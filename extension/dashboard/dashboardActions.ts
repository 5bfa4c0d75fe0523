import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { RolloutName } from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { CommandName } from '../commandNames.ts';
import type { Actions } from '../commands/actions.ts';
import { SubjectArgument } from '../commands/forRollout.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { faultOf, planFaults, rolloutsOf } from '../connection/standing.ts';
import { type Happened, happenedIn } from '../happened/happened.ts';
import { pageCommand } from '../pages/pageCommand.ts';
import { dashboardContent } from './dashboardContent.ts';
import type { DashboardActions } from './dashboardHost.ts';

type Help = Parameters<DashboardActions['help']>[0];

const helpOf: Readonly<Record<Help, string>> = {
  'create-plan': 'rampwatch.createPlan' satisfies CommandName,
  'start-daemon': 'rampwatch.startDaemon' satisfies CommandName,
  'show-log': 'rampwatch.showLog' satisfies CommandName,
  'manage-trust': 'workbench.trust.manage',
};

/** The commands of the palette carry out the dashboard's requests, with their confirmations. */
export function dashboardActions(actions: Actions, happened: Happened, looked: () => boolean): DashboardActions {
  const { vscode, connections, log, t } = actions;
  const run = (command: string, ...words: readonly unknown[]): void => {
    vscode.commands.executeCommand(command, ...words).then(undefined, (error: unknown) => {
      log.error(`dashboard: ${command}: ${String(error)}`);
    });
  };
  const find = ({ folder, rollout }: RolloutName): ConnectedRollout => {
    const known = connections.find(folder, rollout);
    if (known === undefined) throw new UserError('no-rollout', t('that rollout is not known any more.'));
    return known;
  };
  return {
    content: (wanted) => dashboardContent(connections.standings, wanted, looked(), vscode.workspace.isTrusted, t),
    series: async (name, params) => await find(name).connection.ask('series', { rollout: name.rollout, ...params }),
    events: async (name, series) => await happenedIn(happened, find(name), series),
    command: ({ folder, rollout }, kind) => {
      const known = connections.find(folder, rollout);
      run(pageCommand(kind, known?.rollout), new SubjectArgument({ folder, rollout, planPart: null }));
    },
    openEvidence: ({ folder, rollout }, place) => {
      run('rampwatch.openLogAtLine', new SubjectArgument({ folder, rollout, planPart: null, places: [place] }));
    },
    openPlanLine: ({ folder, rollout }, planPart) => {
      run('rampwatch.goToPlanLine', new SubjectArgument({ folder, rollout, planPart }));
    },
    openFaultyPlan: (file) => {
      const known = connections.standings.flatMap((standing) => {
        const goingOn = rolloutsOf([standing]).map(({ rollout: { plan } }) => faultOf(plan.file, plan.problem ?? ''));
        const faults = [...goingOn, ...planFaults(standing)];
        return faults.map((fault) => ({ folder: standing.folder, rollout: '', planPart: null, fault }));
      });
      const subject = known.find(({ fault }) => fault.file === file);
      if (subject !== undefined) run('rampwatch.openPlan', new SubjectArgument(subject));
    },
    showWhy: ({ folder, rollout }, why) => {
      run('rampwatch.showWhy', new SubjectArgument({ folder, rollout, planPart: null, why }));
    },
    copyForChat: ({ folder, rollout }) => {
      run('rampwatch.copyForChat', new SubjectArgument({ folder, rollout, planPart: null }));
    },
    dailyReview: ({ folder, rollout }) => {
      run('rampwatch.dailyReview', new SubjectArgument({ folder, rollout, planPart: null }));
    },
    help: (topic) => run(helpOf[topic]),
    language: vscode.l10n.bundle ?? {},
    log: (detail) => log.warn(`dashboard: ${detail}`),
  };
}
