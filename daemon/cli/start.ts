import { plainText } from '../protocol/words/plainText.ts';
import { stateLoss } from '../store/lastingState.ts';
import { type Call, type ExitCode, textOption } from './command.ts';
import { connectedClient, folderWorkspace } from './workspace.ts';

/** Starts the daemon in the background, in a process of its own or beside another folder's, or finds the one that runs. */
export async function run(call: Call): Promise<ExitCode> {
  const workspace = await folderWorkspace(call);
  const { client, kind } = await connectedClient(call, workspace, { beside: textOption(call, 'beside') });
  const problems = client.view?.problems ?? [];
  await client.close();
  const { pid, port } = client.discovery;
  call.output.line(
    kind === 'started'
      ? `The daemon runs (pid ${pid}). It stays while a rollout is under way, and ends when nobody needs it.`
      : `The daemon already runs (pid ${pid}).`,
  );
  const lost = stateLoss(workspace.directory, call.environment);
  if (lost !== null) call.output.note(`rampwatch: ${plainText(lost, 400)}`);
  for (const { message } of problems) call.output.note(`rampwatch: ${plainText(message)}`);
  call.output.document({ kind, pid, port, stateDirectory: workspace.directory, lost, problems });
  return 0;
}
