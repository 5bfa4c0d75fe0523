import { randomUUID } from 'node:crypto';
import { formatDuration, parseDuration } from '../protocol/domain/duration.ts';
import type { Command, CommandKind, CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import { type Duration, type WallTime, wallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { longestQuiet } from '../protocol/wire/messages.ts';
import type { RolloutView } from '../protocol/wire/view.ts';
import { plainText } from '../protocol/words/plainText.ts';
import { sentence } from '../protocol/words/sentence.ts';
import type { Client } from '../serve/client.ts';
import { chooseAdvance, nextStage } from './advanceChoice.ts';
import { type Call, type ExitCode, textOption } from './command.ts';
import { decide } from './decide.ts';
import { rollBack } from './rollBack.ts';
import { saidOption } from './saidOption.ts';
import { actor, commandWorkspace, connectedClient, rolloutOf } from './workspace.ts';

/** The commands of the rollout itself, decided on the state that the daemon shows at this moment. */
export function actAs(kind: CommandKind): { run(call: Call): Promise<ExitCode> } {
  return { run: (call) => (kind === 'rollback' ? rollBack(call, report) : act(kind, call)) };
}

/** How long a command waits for the flag to be set. The daemon continues in any case. */
const longestWrite = 5000;

async function act(kind: Exclude<CommandKind, 'rollback'>, call: Call): Promise<ExitCode> {
  const workspace = await commandWorkspace(call);
  const reason = saidOption(call, 'reason');
  if ((kind === 'acknowledge' || kind === 'rejudge') && reason === undefined) {
    throw new UserError('reason-needed', 'say why with --reason TEXT: it stays in the journal');
  }
  const quiet = kind === 'acknowledge' ? quietOption(call) : undefined;
  const { client } = await connectedClient(call, workspace);
  try {
    const view = rolloutOf(client.view, workspace.plan);
    const asked = askedAt(call);
    if (kind === 'advance') await chooseAdvance(view, call);
    const outcome = await decide(
      view,
      (now) => request(client, now, commandOf(kind, now, { reason, at: textOption(call, 'at'), asked, quiet })),
      (revision) => viewAt(client, view.rollout, ({ standing }) => standing.revision >= revision),
    );
    return await report(outcome, client, view.rollout, call);
  } finally {
    await client.close();
  }
}

function request(client: Client, { rollout }: RolloutView, command: Command): Promise<CommandOutcome> {
  return client.request('command', { rollout, key: randomUUID(), by: actor(), command });
}

interface Said {
  readonly reason: string | undefined;
  readonly at: string | undefined;
  readonly asked: WallTime | undefined;
  readonly quiet: Duration | undefined;
}

/** `--for 4h`: how long the triggers of the review open no other. */
function quietOption(call: Call): Duration | undefined {
  const said = textOption(call, 'for');
  if (said === undefined) return undefined;
  const length = parseDuration(said);
  if (length !== undefined && length > 0 && length <= longestQuiet) return length;
  throw new UserError(
    'usage',
    `--for ${plainText(said, 40)}: at most ${formatDuration(longestQuiet)}, written as 30m, 4h or 2d`,
  );
}

/**
 * A decision without `--to` was made when the command was called. The second of two simultaneous commands must not
 * continue from the stage that the first one reached.
 */
function askedAt(call: Call): WallTime | undefined {
  if (textOption(call, 'to') !== undefined) return undefined;
  return wallTime(Math.floor(performance.timeOrigin));
}

function commandOf(
  kind: Exclude<CommandKind, 'rollback'>,
  view: RolloutView,
  { reason, at, asked, quiet }: Said,
): Command {
  const { standing } = view;
  const on = { attempt: standing.attempt, stage: standing.stage, revision: standing.revision };
  switch (kind) {
    case 'advance':
      return { kind, on: { ...on, asked }, to: nextStage(view)?.id ?? null, reason };
    case 'hold':
      return { kind, on, reason };
    case 'acknowledge':
      return { kind, on, reason: reason ?? '', for: quiet };
    case 'rejudge':
      return { kind, on, reason: reason ?? '' };
    case 'begin':
      return { kind, on, at, reason };
    case 'resume':
    case 'restore':
      return { kind, on };
  }
}

async function report(outcome: CommandOutcome, client: Client, rollout: string, call: Call): Promise<ExitCode> {
  if (outcome.kind === 'refused') throw new UserError(outcome.code, outcome.message);
  const view = await settled(client, rollout, outcome.revision);
  if (view === null)
    throw new UserError('daemon-gone', `${outcome.message}; then the daemon ended: \`rampwatch status\``);
  const told = sentence(view, Date.now());
  const effect = view.flag?.effect;
  if (effect?.progress === 'failed') {
    throw new UserError('flag-failed', `${outcome.message}, but the flag could not be set: ${effect.detail ?? told}`);
  }
  call.output.line(`${outcome.message.charAt(0).toUpperCase()}${outcome.message.slice(1)}.`);
  if (view.standing.phase.kind === 'rolling-back' || view.standing.phase.kind === 'rolled-back') call.output.line(told);
  call.output.document({ outcome, sentence: told });
  return 0;
}

/** The rollout once it shows the outcome and its flag was written or has failed; `null` when the daemon is gone. */
function settled(client: Client, rollout: string, revision: number): Promise<RolloutView | null> {
  return viewAt(
    client,
    rollout,
    ({ standing, flag }) => standing.revision >= revision && flag?.effect?.progress !== 'intended',
  );
}

/** The rollout once `holds` is true of it, or as it is after `longestWrite`; `null` when the daemon is gone. */
function viewAt(client: Client, rollout: string, holds: (view: RolloutView) => boolean): Promise<RolloutView | null> {
  return new Promise((resolve) => {
    const found = (): RolloutView | undefined => client.view?.rollouts.find((view) => view.rollout === rollout);
    const end = (view: RolloutView | null): void => {
      stop();
      clearTimeout(timeout);
      resolve(view);
    };
    const look = (): void => {
      const view = found();
      if (view !== undefined && holds(view)) end(view);
    };
    const stop = client.onView(look);
    const timeout = setTimeout(() => end(found() ?? null), longestWrite);
    void client.closed.then(() => end(null));
    look();
  });
}
