import { randomUUID } from 'node:crypto';
import { UserError } from '../protocol/userError.ts';
import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { actor, commandWorkspace, connectedClient, rolloutOf } from './workspace.ts';

/** Ticks an item of a checklist, or takes the tick back. A tick by hand is a claim and is shown as one. */
export function tickAs(ticked: boolean): { run(call: Call): Promise<ExitCode> } {
  return {
    async run(call) {
      const workspace = commandWorkspace(call);
      const { client } = await connectedClient(call, workspace);
      try {
        const { rollout } = rolloutOf(client.view, workspace.plan);
        const [item = ''] = call.words;
        const note = textOption(call, 'note');
        const outcome = await client.request('tick', {
          rollout,
          key: randomUUID(),
          by: actor(),
          item,
          ticked,
          ...(note !== undefined && { note }),
          ...(flagOption(call, 'skip') && { as: 'skip' as const }),
        });
        if (outcome.kind === 'refused') throw new UserError(outcome.code, outcome.message);
        call.output.line(outcome.message);
        call.output.document({ outcome });
        return 0;
      } finally {
        await client.close();
      }
    },
  };
}
