import { sentence } from '../protocol/sentence.ts';
import { UserError } from '../protocol/userError.ts';
import type { WorkspaceView } from '../protocol/view.ts';
import { connectClient } from '../serve/client.ts';
import { type Call, type ExitCode, flagOption } from './command.ts';
import { liveStatus } from './liveStatus.ts';
import { workspaceLines } from './statusText.ts';
import { commandWorkspace, connectedClient } from './workspace.ts';

/** Where every rollout of the workspace stands; with `--follow` as it changes. */
export async function run(call: Call): Promise<ExitCode> {
  const workspace = commandWorkspace(call);
  const { output } = call;
  if (flagOption(call, 'follow')) {
    const client = await connectedClient(call, workspace);
    const status = liveStatus(output, Date.now);
    client.onView((view) => status.show(view));
    if (client.view !== null) status.show(client.view);
    process.once('SIGINT', () => void client.close());
    const reason = await client.closed;
    status.end();
    output.note(`rampwatch: the daemon is gone (${reason}); \`rampwatch start\` starts it`);
    return 0;
  }
  const client = await connectClient(workspace.directory).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'no-daemon') return connectedClient(call, workspace);
    throw error;
  });
  const { view } = client;
  await client.close();
  if (view === null) throw new UserError('no-view', 'the daemon told nothing; `rampwatch logs` may say why');
  const now = Date.now();
  for (const line of workspaceLines(view, now, output)) output.line(line);
  output.document(withSentences(view, now));
  return view.problems.length > 0 && view.rollouts.length === 0 ? 1 : 0;
}

function withSentences(view: WorkspaceView, now: number): object {
  return { ...view, rollouts: view.rollouts.map((rollout) => ({ sentence: sentence(rollout, now), ...rollout })) };
}
