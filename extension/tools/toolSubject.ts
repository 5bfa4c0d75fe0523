import { basename } from 'node:path';
import * as z from 'zod';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { english } from '../../daemon/protocol/words/factWords.ts';
import type { KnownRollout } from '../../daemon/protocol/words/modelStatus.ts';
import { named } from '../../daemon/protocol/words/modelText.ts';
import type { Actions } from '../commands/actions.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { isLive, planFaults } from '../connection/standing.ts';
import { linkText } from '../views/linkText.ts';

/** The rollout that a tool is about, as the model names it. */
export const subjectInput = {
  rollout: z.string().min(1).max(200).optional(),
  folder: z.string().min(1).max(4096).optional(),
};

export interface SubjectInput {
  readonly rollout?: string | undefined;
  readonly folder?: string | undefined;
}

/** How long a tool waits for a daemon that is being started. */
const startLimit = 15_000;

/**
 * The one rollout that is meant: by its id, or the only one there is. A person would be asked which; a model is told to
 * ask.
 * @throws UserError whose message says what to do next
 */
export async function toolSubject(actions: Actions, { rollout, folder }: SubjectInput): Promise<ConnectedRollout> {
  const { connections } = actions;
  await Promise.all(
    connections.all.map((connection) =>
      connection.until(({ link, view }) => view !== null || link.kind === 'stopped', startLimit),
    ),
  );
  const known = connections.rollouts;
  if (known.length === 0) throw new UserError('no-rollout', nothingKnown(actions));
  const matching = known.filter(
    (each) =>
      (rollout === undefined || each.rollout.rollout === rollout) &&
      (folder === undefined || each.standing.folder === folder || basename(each.standing.folder) === folder),
  );
  const [only, ...others] = matching;
  if (only === undefined) {
    throw new UserError(
      'unknown-rollout',
      `There is no such rollout here; there ${known.length === 1 ? 'is' : 'are'} ${listed(known)}. Call again with one of these ids.`,
    );
  }
  if (others.length > 0) {
    throw new UserError(
      'several-rollouts',
      `There are ${matching.length} rollouts: ${listed(matching)}. Ask the person which one, and call again with its id as "rollout"${sameIds(matching) ? ' and its folder as "folder"' : ''}.`,
    );
  }
  return only;
}

/** The same for the texts that a model reads. */
export function knownRollout({ standing, rollout }: ConnectedRollout): KnownRollout {
  return {
    rollout,
    trouble: isLive(standing) ? null : linkText(standing.link, english),
    heardAt: standing.heardAt,
    faults: standing.view?.faults ?? [],
  };
}

function listed(rollouts: readonly ConnectedRollout[]): string {
  const withFolder = sameIds(rollouts);
  return rollouts
    .map(
      ({ rollout, standing }) =>
        `${named(rollout.rollout)}${withFolder ? ` in the folder ${named(standing.folder, 1000)}` : ''}`,
    )
    .join(', ');
}

function sameIds(rollouts: readonly ConnectedRollout[]): boolean {
  return new Set(rollouts.map(({ rollout }) => rollout.rollout)).size < rollouts.length;
}

function nothingKnown({ connections }: Actions): string {
  const [standing] = connections.standings;
  if (standing === undefined) {
    return 'This workspace has no rampwatch.yaml, so there is no rollout; the person can make one with the command "Rampwatch: Create Plan".';
  }
  const [fault] = connections.standings.flatMap(planFaults);
  if (fault !== undefined) return `The plan cannot be used: ${named(fault.message, 600)}. Help the person correct it.`;
  const why = linkText(standing.link, english);
  return `No rollout is known${why === '' ? '' : `: ${why}`}; the person can run the command "Rampwatch: Start Daemon".`;
}
