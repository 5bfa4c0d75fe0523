import type { Call, ExitCode } from './command.ts';
import { commandWorkspace, ensureDaemon } from './workspace.ts';

/** Starts the daemon in the background, or finds the one that runs. */
export async function run(call: Call): Promise<ExitCode> {
  const workspace = commandWorkspace(call);
  const { kind, discovery } = await ensureDaemon(call, workspace);
  const { pid, port } = discovery;
  call.output.line(
    kind === 'started'
      ? `The daemon runs (pid ${pid}). It goes on while a rollout is under way, else it ends when nobody needs it.`
      : `The daemon already runs (pid ${pid}).`,
  );
  call.output.document({ kind, pid, port, stateDirectory: workspace.directory });
  return 0;
}
