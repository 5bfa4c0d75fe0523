import type { FlagTarget } from '../../flag/target.ts';
import type { Command, CommandOutcome } from '../../protocol/domain/rolloutCommand.ts';
import type { Params } from '../../protocol/wire/messages.ts';
import { askRollback } from '../../store/askedRollback.ts';
import type { Team } from '../../team/team.ts';
import { refused, resultOf } from './asks.ts';
import type { HolderRequests } from './holderRequests.ts';
import { holderText, noHolderText, type TeamStanding } from './teamStanding.ts';

/** A rollback waits so long for the holder; then the flag is set from here. */
const patience = 2000;

export type RollbackParams = Params<'command'> & { readonly command: Extract<Command, { kind: 'rollback' }> };

interface Follower {
  readonly rollout: string;
  /** This daemon's own name. */
  readonly self: string;
  readonly directory: string;
  readonly revision: number;
  /** `null`: not connected, or its user may only view. */
  readonly team: Team | null;
  readonly standing: TeamStanding;
  readonly requests: HolderRequests;
  readonly target: FlagTarget | null;
  /** The rollback was noted: the next holder is to hear of it. */
  readonly noted: () => void;
}

/** The holder is asked; when it does not answer, or there is none, the flag is set from this machine. */
export async function rollBackFromHere(params: RollbackParams, here: Follower): Promise<CommandOutcome> {
  const { rollout, self, revision, team, standing, requests, target } = here;
  const obstacle = noHolderText(standing);
  if (team !== null && obstacle === null) {
    const answer = await requests
      .answer(team, 'command', params, { key: `${params.key} rollback`, limit: patience })
      .catch(() => null);
    if (answer !== null) return resultOf('command', answer);
  }
  // Noted here first: whoever holds the lease next must not set the flag forward again.
  const { reason } = params.command;
  const said = { key: params.key, by: requests.named(params.by), ...(reason !== undefined && { reason }) };
  askRollback(here.directory, { rollout, ...said });
  here.noted();
  const who = obstacle ?? `${holderText(standing)} has not answered`;
  if (target === null) {
    return refused('no-holder', revision, `${who}, and the plan names no flag: set it by hand`);
  }
  const report = await target.set({ enabled: false, percent: 0 }, { direction: 'back' });
  if (report.kind !== 'verified') {
    return refused('no-holder', revision, `${who}, and from here ${report.detail}: set the flag by hand`);
  }
  const message = `${target.name} is set to 0 % and read back by ${self}, because ${who}; the next holder is told, and nobody watches the traffic until then`;
  return { kind: 'done', revision, message };
}
