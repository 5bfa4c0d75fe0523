import { UserError } from '../protocol/domain/userError.ts';
import type { WorkspaceView } from '../protocol/wire/view.ts';
import { type Client, connectClient } from '../serve/client.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { liveStatus } from './liveStatus.ts';
import { withSentences, workspaceDetails } from './statusText.ts';
import { type CommandWorkspace, connectedClient, folderWorkspace, nothingToWatch } from './workspace.ts';

/** The state of every rollout of the workspace; with `--follow` as it changes. */
export async function run(call: Call): Promise<ExitCode> {
  const workspace = await folderWorkspace(call);
  const client = await followingClient(call, workspace);
  if (flagOption(call, 'follow')) return await follow(client, call, workspace);
  const view = asked(client.view, call, workspace);
  await client.close();
  if (view === null) throw new UserError('no-view', 'the daemon sent no state; `rampwatch logs` may say why');
  if (view.rollouts.length === 0) throw nothingToWatch(view, workspace);
  const now = Date.now();
  for (const line of workspaceDetails(view, now, call.output)) call.output.line(line);
  call.output.document(withSentences(view, now));
  return 0;
}

/** With `--plan` only that plan's rollout; all rollouts when no rollout belongs to that plan. */
function asked(view: WorkspaceView | null, call: Call, { plan }: CommandWorkspace): WorkspaceView | null {
  if (view === null || textOption(call, 'plan') === undefined) return view;
  const rollouts = view.rollouts.filter((rollout) => rollout.plan.file === plan);
  return rollouts.length === 0 ? view : { ...view, rollouts };
}

/**
 * A status request implies that the rollout should be watched: a daemon that has died is started again, and the output
 * says so.
 */
async function followingClient(call: Call, workspace: CommandWorkspace): Promise<Client> {
  try {
    return await connectClient(workspace.directory);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'no-daemon') throw error;
  }
  const { client, kind } = await connectedClient(call, workspace);
  if (kind === 'started') call.output.note('rampwatch: no daemon ran; it was started now');
  return client;
}

async function follow(client: Client, call: Call, workspace: CommandWorkspace): Promise<ExitCode> {
  const { output } = call;
  const status = liveStatus(output, Date.now);
  // Registered before anything is shown: the reader may press Ctrl-C at once.
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupted = true;
      void client.close();
    });
  }
  const show = () => {
    const view = asked(client.view, call, workspace);
    if (view !== null) status.show(view);
  };
  client.onView(show);
  show();
  const reason = await client.closed;
  status.end();
  if (!interrupted) throw new UserError('daemon-gone', `the daemon is gone (${reason}); \`rampwatch start\` starts it`);
  const last = asked(client.view, call, workspace);
  if (last !== null) output.document(withSentences(last, Date.now()));
  return 0;
}
