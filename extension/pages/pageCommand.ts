import type { CommandKind } from '../../daemon/protocol/domain/rolloutCommand.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { CommandName } from '../commandNames.ts';

const commandOf: Readonly<Record<CommandKind, CommandName>> = {
  begin: 'rampwatch.begin',
  advance: 'rampwatch.advance',
  hold: 'rampwatch.hold',
  resume: 'rampwatch.resume',
  acknowledge: 'rampwatch.acknowledge',
  rejudge: 'rampwatch.rejudge',
  restore: 'rampwatch.restoreFlag',
  rollback: 'rampwatch.rollBack',
};

/** The command of the palette behind a page's button, with its own question. A page has one button for every kind of begin. */
export function pageCommand(kind: CommandKind, rollout: RolloutView | undefined): CommandName {
  const adopts = kind === 'begin' && rollout?.standing.may.includes('adopt') === true;
  return adopts ? 'rampwatch.adopt' : commandOf[kind];
}
