import * as z from 'zod';
import { filePlaceSchema } from '../../daemon/protocol/domain/place.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import type { RolloutView, StandingView } from '../../daemon/protocol/wire/view.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { standingFace } from '../../daemon/protocol/words/phaseWords.ts';
import { sentence } from '../../daemon/protocol/words/sentence.ts';
import type { ConnectedRollout } from '../connection/connections.ts';
import { isLive } from '../connection/standing.ts';
import { iconlessText } from '../views/escapedText.ts';
import { isRunning } from '../views/rolloutGroups.ts';
import { rolloutName } from '../views/rolloutName.ts';
import type { Subject } from '../views/row.ts';
import { RowElement } from '../views/rowTree.ts';
import type { Actions } from './actions.ts';
import type { Handler } from './registerCommand.ts';
import { pickRollout } from './rolloutPicker.ts';

export type Permission = StandingView['may'][number];

/**
 * A command on a connected rollout that would accept it; the type leaves no other way to write one. A person chooses
 * among several.
 */
export function forRollout(
  actions: Actions,
  title: string,
  permissions: readonly Permission[],
  act: (rollout: ConnectedRollout) => Promise<void>,
): Handler {
  return async (argument) => {
    const allowed = (known: ConnectedRollout) =>
      isLive(known.standing) && permissions.some((permission) => known.rollout.standing.may.includes(permission));
    const chosen = await choose(actions, title, subjectOf(argument), allowed);
    if (chosen !== undefined) await act(chosen);
  };
}

/** A command on the last known state of a rollout, connected or not: a rollback. */
export function forKnownRollout(
  actions: Actions,
  title: string,
  permissions: readonly Permission[],
  act: (rollout: ConnectedRollout) => Promise<void>,
): Handler {
  return async (argument) => {
    const allowed = (known: ConnectedRollout) =>
      permissions.some((permission) => known.rollout.standing.may.includes(permission));
    const chosen = await choose(actions, title, subjectOf(argument), allowed);
    if (chosen !== undefined) await act(chosen);
  };
}

/** The list from which a person chooses one of several rollouts. */
interface Choice {
  /** The highest comes first. */
  readonly rank: (view: RolloutView) => number;
  /** The detail that helps the choice, beside the rollout's state; may be empty. */
  readonly note: (view: RolloutView) => string;
}

const asTheyCome: Choice = { rank: () => 0, note: () => '' };

/** A command that only needs a connected daemon. */
export function forConnectedRollout(
  actions: Actions,
  title: string,
  act: (rollout: ConnectedRollout) => Promise<void>,
  choice = asTheyCome,
): Handler {
  return async (argument) => {
    const chosen = await choose(actions, title, subjectOf(argument), ({ standing }) => isLive(standing), choice);
    if (chosen !== undefined) await act(chosen);
  };
}

/** The rollout of a command that was not called from a tree row: the one in the dashboard or the notification. */
export class SubjectArgument {
  readonly subject: Subject;

  constructor(subject: Subject) {
    this.subject = subject;
  }
}

/** The subject that a tree row, or a command of ours, passes. */
export function subjectOf(argument: unknown): Subject | undefined {
  if (argument instanceof RowElement || argument instanceof SubjectArgument) return argument.subject;
  // The editor passes a link's arguments as plain values.
  const linked = linkedSubject.safeParse(argument);
  return linked.success ? linked.data : undefined;
}

const linkedSubject = z.strictObject({
  folder: z.string().max(4096),
  rollout: z.string().max(200),
  planPart: z.string().max(400).nullable(),
  places: z.array(filePlaceSchema).max(1).optional(),
});

async function choose(
  actions: Actions,
  title: string,
  subject: Subject | undefined,
  allowed: (known: ConnectedRollout) => boolean,
  choice = asTheyCome,
): Promise<ConnectedRollout | undefined> {
  const { connections } = actions;
  if (subject !== undefined && subject.rollout !== '') {
    const known = connections.find(subject.folder, subject.rollout);
    if (known !== undefined && allowed(known)) return known;
    throw new UserError('not-now', reasonAgainst(actions, known === undefined ? [] : [known]));
  }
  const candidates = connections.rollouts.filter(allowed);
  const [first, ...others] = candidates;
  if (first === undefined) throw new UserError('not-now', reasonAgainst(actions, connections.rollouts));
  return others.length === 0 ? first : await pick(actions, title, candidates, choice);
}

async function pick(
  { vscode, t, clock }: Actions,
  title: string,
  candidates: readonly ConnectedRollout[],
  { rank, note }: Choice,
): Promise<ConnectedRollout | undefined> {
  const ordered = candidates.toSorted((one, other) => rank(other.rollout) - rank(one.rollout));
  const offered = ordered.map((known) => {
    const { standing } = known.rollout;
    const facts = [percentText(standing.percent), standingFace(standing, t).word, note(known.rollout)];
    return {
      label: isolatedText(iconlessText(rolloutName(known, candidates))),
      description: facts.filter((fact) => fact !== '').join(' · '),
      detail: iconlessText(sentence(known.rollout, clock.now())),
      running: isRunning(known),
      value: known,
    };
  });
  return await pickRollout({ vscode, t }, title, offered);
}

/** The reason why there is no rollout to act on, and the next step. */
function reasonAgainst({ t, connections, clock }: Actions, known: readonly ConnectedRollout[]): string {
  const live = known.find(({ standing }) => isLive(standing));
  if (live !== undefined) {
    return t('that cannot be done now. {0}', sentence(live.rollout, clock.now()));
  }
  if (connections.all.length === 0) {
    return t('there is no rampwatch.yaml in this workspace; "Rampwatch: Create Plan" makes one.');
  }
  const failed = connections.standings.find(({ link }) => link.kind === 'stopped' && link.cause.kind === 'failed');
  if (failed?.link.kind === 'stopped' && failed.link.cause.kind === 'failed') return failed.link.cause.detail;
  if (connections.standings.every(({ link }) => link.kind === 'stopped')) {
    return t('the daemon is not running; "Rampwatch: Start Daemon" starts it.');
  }
  return t('the daemon is not connected yet; try again in a moment.');
}
