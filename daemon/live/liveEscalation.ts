import { isAbsolute } from 'node:path';
import { approve, escalationHash, isApproved } from '../approval/approvals.ts';
import { boundCommand } from '../approval/boundCommand.ts';
import { commandEnvironment, passedVariables } from '../approval/commandEnvironment.ts';
import type { HandedCredentials } from '../approval/handedCredentials.ts';
import { runCommand } from '../approval/runCommand.ts';
import type { Bundle } from '../escalate/bundle.ts';
import { writeBundle } from '../escalate/writeBundle.ts';
import type { JournalNote } from '../protocol/domain/journalEntry.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { redactSecrets } from '../protocol/secrets/secrets.ts';
import type {
  EscalationAnswer,
  EscalationCommandView,
  EscalationListing,
  EscalationWritten,
} from '../protocol/wire/escalation.ts';
import type { Params, Results } from '../protocol/wire/messages.ts';
import type { Store } from '../store/store.ts';
import { type EscalatedRollout, gatherBundle } from './escalationEvidence.ts';
import { knownSecrets } from './knownSecrets.ts';

export interface EscalationPorts {
  readonly store: Pick<Store, 'journal'>;
  /** The private state directory: approvals are kept there. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly handed: HandedCredentials;
  now(): WallTime;
}

const minute = 60_000;
const commandLimit = 60_000;
/** How long a shown bundle waits to be written. */
const keptFor = 15 * minute;
const mostKept = 4;
/** Variables that tell the subject of the escalation. */
const given = ['RAMPWATCH_BUNDLE', 'RAMPWATCH_ROLLOUT', 'RAMPWATCH_REFERENCE'];

/**
 * Evidence bundles of a workspace, and the plans' escalation commands. The written bytes are exactly the shown ones:
 * the bundle waits in memory under its digest.
 */
export class Escalations {
  readonly #ports: EscalationPorts;
  readonly #prepared = new Map<
    string,
    { readonly bundle: Bundle; readonly at: WallTime; readonly reason: string | null }
  >();
  /** The bundles by path that a command may be given. */
  readonly #written = new Map<string, { readonly bundle: Bundle; readonly reason: string | null }>();
  readonly #running = new Map<string, Promise<Results['runEscalation']>>();

  constructor(ports: EscalationPorts) {
    this.#ports = ports;
  }

  /** Puts a bundle together and lists its content; writes nothing. */
  async prepare(rollout: EscalatedRollout, reason: string | null): Promise<EscalationListing> {
    const { plan } = rollout.loaded;
    const bundle = await gatherBundle(rollout, reason, this.#ports);
    const now = this.#ports.now();
    for (const [digest, kept] of this.#prepared) {
      if (now - kept.at > keptFor || this.#prepared.size >= mostKept) this.#prepared.delete(digest);
    }
    this.#prepared.set(bundle.digest, { bundle, at: now, reason });
    const { contact = null, reference = null } = plan.escalation ?? {};
    const command = this.#shownCommand(rollout);
    return {
      digest: bundle.digest,
      name: bundle.name,
      files: bundle.files.map(({ content: _, ...view }) => view),
      left: typeof command === 'string' ? [...bundle.left, command] : bundle.left,
      contact,
      reference,
      command: typeof command === 'string' ? null : command,
    };
  }

  /** The command, or the reason why it cannot be run: the evidence is wanted either way. */
  #shownCommand(rollout: EscalatedRollout): EscalationCommandView | string | null {
    try {
      return this.#commandOf(rollout);
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
  }

  /** The command as it would run now; `null` when the plan names none. */
  #commandOf({ loaded: { plan, root } }: EscalatedRollout): EscalationCommandView | null {
    const { escalation } = plan;
    const command = escalation?.command ?? [];
    if (escalation === undefined || command.length === 0) return null;
    const bound = boundCommand(command, root, this.#ports.environment);
    const sha256 = escalationHash(plan.id, escalation, bound);
    return {
      ...bound,
      sha256,
      environment: [...passedVariables, ...given],
      approved: isApproved(this.#ports.directory, sha256),
    };
  }

  /** @throws UserError `not-shown` when the bundle was not shown, or too long ago; or as `writeBundle`. */
  async write({ digest, out }: Params<'writeEscalation'>): Promise<EscalationWritten> {
    const prepared = this.#prepared.get(digest);
    if (prepared === undefined || this.#ports.now() - prepared.at > keptFor) {
      throw new UserError('not-shown', 'that bundle is no longer in memory: look at its content again');
    }
    if (!isAbsolute(out)) throw new UserError('bad-request', 'the bundle needs an absolute path');
    const bytes = await writeBundle(prepared.bundle, out);
    this.#written.set(out, prepared);
    return { path: out, bytes };
  }

  /**
   * Runs the plan's command with a written bundle, and attaches its answer to the journal. `approve` is the sha256 that
   * a person was shown and agreed to.
   * @throws UserError `no-command`, `not-approved`, `not-written`
   */
  run(rollout: EscalatedRollout, request: Params<'runEscalation'>): Promise<Results['runEscalation']> {
    const known = this.#running.get(request.key);
    if (known !== undefined) return known;
    const running = this.#run(rollout, request);
    this.#running.set(request.key, running);
    // A refusal is no outcome: the same person may approve and ask again.
    running.catch(() => this.#running.delete(request.key));
    return running;
  }

  async #run(
    rollout: EscalatedRollout,
    { key, by, bundle: path, approve: agreed }: Params<'runEscalation'>,
  ): Promise<Results['runEscalation']> {
    const { plan, root } = rollout.loaded;
    const command = this.#commandOf(rollout);
    if (command === null) {
      throw new UserError('no-command', 'the plan names no `escalation.command`: send the bundle by hand');
    }
    const { sha256, program } = command;
    if (agreed !== null && agreed !== sha256) {
      throw new UserError(
        'not-approved',
        `the plan's command, or a file that it names, is not what was approved: look at it again (it is ${sha256} now)`,
      );
    }
    if (agreed === null && !command.approved) {
      throw new UserError(
        'not-approved',
        `nobody has approved the plan's command on this machine: look at it, then give --approve ${sha256}`,
      );
    }
    const written = this.#written.get(path);
    if (written === undefined) throw new UserError('not-written', 'write the bundle first: the command gets its path');
    if (agreed !== null) {
      approve(this.#ports.directory, { sha256, rollout: plan.id, argv: [...command.argv], by, at: this.#ports.now() });
    }
    const secrets = knownSecrets(rollout.loaded, this.#ports);
    const reference = plan.escalation?.reference ?? null;
    const argv = filledIn([program ?? command.argv[0] ?? '', ...command.argv.slice(1)], {
      bundle: path,
      rollout: plan.id,
      reference: reference ?? '',
    });
    const answer = await runCommand({
      argv,
      folder: root,
      environment: {
        ...commandEnvironment(this.#ports, root),
        RAMPWATCH_BUNDLE: path,
        RAMPWATCH_ROLLOUT: plan.id,
        RAMPWATCH_REFERENCE: reference ?? '',
      },
      limit: commandLimit,
      known: secrets,
    });
    const { digest, files } = written.bundle;
    const note = {
      kind: 'escalated' as const,
      by,
      reason: written.reason,
      reference,
      bundle: { digest, files: files.length },
      command: { sha256, argv: argv.map((word) => redactSecrets(word, { known: secrets }).text) },
      answer,
    };
    return { answer, argv, journalled: attachedTo(rollout, key, note) };
  }
}

/** `${bundle}` and the other placeholders, in every word but the program. */
function filledIn(command: readonly string[], values: Readonly<Record<string, string>>): readonly string[] {
  return command.map((word, index) =>
    index === 0 ? word : word.replaceAll(/\$\{(bundle|rollout|reference)\}/g, (_, name: string) => values[name] ?? ''),
  );
}

/** The reason why the answer is not in the journal; `null` when it is. */
function attachedTo(
  rollout: EscalatedRollout,
  key: string,
  note: Extract<JournalNote, { kind: 'escalated' }>,
): string | null {
  try {
    const outcome = rollout.attach(key, note, answerText(note.answer));
    return outcome.kind === 'done' ? null : outcome.message;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

function answerText({ exit, failure }: EscalationAnswer): string {
  return failure === null ? `the command ended with ${exit}` : `the command failed: ${failure}`;
}
