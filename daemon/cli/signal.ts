import { randomUUID } from 'node:crypto';
import { UserError } from '../protocol/userError.ts';
import { type Call, type ExitCode, textOption } from './command.ts';
import { actor, commandWorkspace, connectedClient, rolloutOf } from './workspace.ts';

/** Reports what only a person sees, such as a complaint; the plan's `signal` measures count it. */
export async function run(call: Call): Promise<ExitCode> {
  const workspace = commandWorkspace(call);
  const { client } = await connectedClient(call, workspace);
  try {
    const { rollout } = rolloutOf(client.view, workspace.plan);
    const [name = ''] = call.words;
    const note = textOption(call, 'note');
    const outcome = await client.request('signal', {
      rollout,
      key: randomUUID(),
      by: actor(),
      name,
      ...(note !== undefined && { note }),
    });
    if (outcome.kind === 'refused') throw new UserError(outcome.code, outcome.message);
    call.output.line(outcome.message);
    call.output.document({ outcome });
    return 0;
  } finally {
    await client.close();
  }
}
