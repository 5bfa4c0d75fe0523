import type { PlannedUse } from '../protocol/domain/outsideUse.ts';
import { type Approvable, approvalHash } from './approvals.ts';
import { type BoundCommand, boundCommand } from './boundCommand.ts';
import { passedVariables } from './commandEnvironment.ts';

/** A use of a plan as it would happen now, and what an approval of exactly it is of. */
export interface BoundUse extends Approvable {
  /** The program and the files of the workspace that a command would run; `null` for a connection. */
  readonly command: BoundCommand | null;
}

/**
 * The hash changes with every part of the plan's section, with the program that the first word means, and with the content
 * of each file of the workspace that the words name.
 * @throws UserError `command-unbound`, as `boundCommand`
 */
export function boundUse(
  rollout: string,
  { place, needs, section }: PlannedUse,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): BoundUse {
  const command = needs.kind === 'command' ? boundCommand(needs.argv, folder, environment) : null;
  const content = [needs.kind, section, command?.program ?? null, command?.files ?? []];
  const sha256 = approvalHash('source', rollout, content);
  if (needs.kind === 'connection') {
    const about = `${place} connects to ${needs.url}`;
    return { about, sha256, command, lines: [needs.url, ...needs.about] };
  }
  return {
    about:
      needs.runs === undefined
        ? `${place} runs, without a shell and for as long as it is watched, ${needs.argv.length} words`
        : `${place} ${needs.runs}, by a command without a shell of ${needs.argv.length} words`,
    sha256,
    command,
    lines: [
      ...needs.argv.map((word) => JSON.stringify(word)),
      command?.program == null ? 'the program is not found' : `the program is ${command.program}`,
      ...(command?.files ?? []).map(({ path, sha256: of }) => `it names ${path} of the workspace, ${of.slice(0, 12)}`),
      `it gets ${[...passedVariables, ...needs.environment].join(', ')}, and no other variable`,
    ],
  };
}
