import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { answerOf, type DaemonProgram, type RunCommandLine, reasonOf, refusalOf } from '../connection/commandLine.ts';
import { Disposables } from '../disposables.ts';
import type { Actions } from './actions.ts';
import { SubjectArgument } from './forRollout.ts';
import type { OpenPorts } from './openRolloutCommand.ts';
import type { Handler } from './registerCommand.ts';

/** Longer than the demo gives itself. */
const longest = 150_000;
const lookEvery = 100;
const rollout = 'async-upload-demo';

/**
 * Plays `rampwatch demo` beside whatever is open: a rollout of half a minute in a folder of its own, shown by the same
 * views and the same daemon as a person's own, until a trigger rolls it back.
 */
export class Demo extends Disposables {
  readonly #actions: Actions;
  readonly #ports: OpenPorts & { readonly run: RunCommandLine; program(): DaemonProgram };
  readonly #seen: () => void;
  #playing = false;
  #folder: string | null = null;

  /** @param seen called when a demo has come to its end */
  constructor(
    actions: Actions,
    ports: OpenPorts & { readonly run: RunCommandLine; program(): DaemonProgram },
    seen: () => void,
  ) {
    super();
    this.#actions = actions;
    this.#ports = ports;
    this.#seen = seen;
  }

  readonly play: Handler = async () => {
    if (this.#playing && this.#folder !== null) return await this.#show(this.#folder);
    // Two demos in one window would have one name.
    if (this.#folder !== null) this.#ports.folders.close(this.#folder);
    const folder = await mkdtemp(join(tmpdir(), 'rampwatch-demo-'));
    this.#playing = true;
    this.#folder = folder;
    const { run, program } = this.#ports;
    const words = ['demo', '--in', folder, '--json'];
    // It goes on to its rollback when the window is closed: half a demo would be watched for ever.
    const finished = run(program(), { words, folder, limit: longest }).then((outcome) => {
      this.#playing = false;
      if (this.disposed) return;
      const failure = refusalOf(answerOf(outcome));
      if (failure !== undefined || outcome.failure !== null) {
        throw failure ?? new UserError('demo-failed', reasonOf(outcome));
      }
      this.#seen();
    });
    const over = finished.catch(() => undefined);
    while (this.#playing && !this.disposed && !(await this.#ports.folders.open(folder))) {
      await Promise.race([this.#pause(), over]);
    }
    if (this.#playing && !this.disposed) await this.#show(folder);
    await finished;
  };

  async #show(folder: string): Promise<void> {
    const { vscode, connections } = this.#actions;
    const { executeCommand } = vscode.commands;
    connections.start(folder);
    await executeCommand('rampwatch.openDashboard', new SubjectArgument({ folder, rollout, planPart: null }));
    await executeCommand('rampwatch.stages.focus');
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#actions.clock.after(lookEvery, () => resolve());
    });
  }
}
