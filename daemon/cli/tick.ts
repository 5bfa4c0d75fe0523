import { nearest } from '../plan/nearest.ts';
import type { CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import type { WorkspaceView } from '../protocol/wire/view.ts';
import { type Call, type ExitCode, flagOption } from './command.ts';
import { saidOption } from './saidOption.ts';
import { askDaemon } from './workspace.ts';

/** Ticks an item of a checklist, or takes the tick back. A tick by hand is a claim and is shown as one. */
export function tickAs(ticked: boolean): { run(call: Call): Promise<ExitCode> } {
  return {
    run(call) {
      const [item = ''] = call.words;
      const note = saidOption(call, 'note');
      return askDaemon(call, async (client, asked) => {
        const outcome = await client.request('tick', {
          ...asked,
          item,
          ticked,
          ...(note !== undefined && { note }),
          ...(flagOption(call, 'skip') && { as: 'skip' as const }),
        });
        return withNearest(outcome, item, client.view, asked.rollout);
      });
    },
  };
}

/** A refusal for an unknown item names the most similar one. */
function withNearest(
  outcome: CommandOutcome,
  item: string,
  view: WorkspaceView | null,
  rollout: string,
): CommandOutcome {
  if (outcome.kind === 'done' || outcome.code !== 'no-item') return outcome;
  const lists = view?.rollouts.find((each) => each.rollout === rollout)?.checklists ?? [];
  const ids = lists.flatMap(({ items }) => items.map(({ id }) => id));
  const last = (id: string): string => id.slice(id.indexOf('/') + 1);
  const byEnd = nearest(item, ids.map(last));
  const meant = nearest(item, ids) ?? ids.find((id) => last(id) === byEnd);
  if (meant === undefined || meant === item || last(meant) === item) return outcome;
  return { ...outcome, message: `${outcome.message}; did you mean \`${meant}\`?` };
}
