import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../protocol/domain/userError.ts';
import { connectClient } from '../serve/client.ts';
import { isClaimed } from '../serve/workspaceClaim.ts';
import { type Call, type ExitCode, flagOption } from './command.ts';
import { folderWorkspace } from './workspace.ts';

/** Ends the daemon of the workspace; while it guards users only with `--force`. */
export async function run(call: Call): Promise<ExitCode> {
  const { directory, root } = await folderWorkspace(call);
  const client = await connectClient(directory, { follow: false }).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'no-daemon') return null;
    throw error;
  });
  if (client === null) {
    call.output.line('No daemon runs for this folder.');
    call.output.document({ kind: 'not-running' });
    return 0;
  }
  const answer = await client.request('shutdown', { force: flagOption(call, 'force') });
  if (answer.kind === 'refused') {
    await client.close();
    throw new UserError('daemon-needed', answer.message);
  }
  await client.closed;
  await gone(client.discovery.pid, (answer.others ?? 0) > 0 ? root : null);
  call.output.line('The daemon has ended.');
  call.output.document({ kind: 'stopped' });
  return 0;
}

const longestEnding = 5000;

/**
 * Another daemon can begin only after this one has closed its state, with the end of its process. A process that lives
 * on for other folders lets go of the `root` then.
 */
async function gone(pid: number, root: string | null): Promise<void> {
  for (const deadline = performance.now() + longestEnding; performance.now() < deadline; await pause(10)) {
    if (!isAlive(pid) || (root !== null && !(await isClaimed(root)))) return;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
