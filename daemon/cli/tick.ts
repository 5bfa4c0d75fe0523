import { type Call, type ExitCode, flagOption, textOption } from './command.ts';
import { askDaemon } from './workspace.ts';

/** Ticks an item of a checklist, or takes the tick back. A tick by hand is a claim and is shown as one. */
export function tickAs(ticked: boolean): { run(call: Call): Promise<ExitCode> } {
  return {
    run(call) {
      const [item = ''] = call.words;
      const note = textOption(call, 'note');
      return askDaemon(call, (client, asked) =>
        client.request('tick', {
          ...asked,
          item,
          ticked,
          ...(note !== undefined && { note }),
          ...(flagOption(call, 'skip') && { as: 'skip' as const }),
        }),
      );
    },
  };
}
