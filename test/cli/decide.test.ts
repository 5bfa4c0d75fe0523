import { describe, expect, it } from 'vitest';
import { type Decidable, decide } from '../../daemon/cli/decide.ts';
import type { CommandOutcome } from '../../daemon/protocol/domain/rolloutCommand.ts';

type Standing = Decidable['standing'];

const ready = { kind: 'ready' } as Standing['phase'];
const shown: Decidable = { standing: { attempt: 1, stage: 'off', phase: ready, revision: 4 } };

function at(change: Partial<Standing>): Decidable {
  return { standing: { ...shown.standing, ...change } };
}

/** The rollout is really here; an older revision is refused. */
async function decideWhile(present: readonly Decidable[]): Promise<{ outcome: CommandOutcome; sent: number[] }> {
  const sent: number[] = [];
  let turn = 0;
  const now = (): Decidable => present[Math.min(turn, present.length - 1)] ?? shown;
  const outcome = await decide(
    shown,
    async ({ standing: { revision } }) => {
      sent.push(revision);
      const current = now().standing.revision;
      return revision === current
        ? { kind: 'done', revision: current + 1, message: 'advanced' }
        : { kind: 'refused', code: 'stale', revision: current, message: 'moved on' };
    },
    async () => {
      const view = now();
      turn += 1;
      return view;
    },
  );
  return { outcome, sent };
}

describe('a decision from the command line', () => {
  it('is sent once when nothing has moved', async () => {
    expect(await decideWhile([shown])).toMatchObject({ outcome: { kind: 'done' }, sent: [4] });
  });

  it('stands while only the revision moves', async () => {
    const { outcome, sent } = await decideWhile([at({ revision: 6 })]);
    expect({ kind: outcome.kind, sent }).toEqual({ kind: 'done', sent: [4, 6] });
  });

  it.each([
    ['another stage', { stage: 'half' }],
    ['another attempt', { attempt: 2 }],
    ['another phase', { phase: { kind: 'rolled-back' } as Standing['phase'] }],
  ])('falls with %s', async (_what, change) => {
    const { outcome, sent } = await decideWhile([at({ revision: 6, ...change })]);
    expect({ kind: outcome.kind, sent }).toEqual({ kind: 'refused', sent: [4] });
  });

  it('is not sent for ever', async () => {
    const moving = [5, 6, 7, 8, 9].map((revision) => at({ revision }));
    const { outcome, sent } = await decideWhile(moving);
    expect({ kind: outcome.kind, sends: sent.length }).toEqual({ kind: 'refused', sends: 3 });
  });
});
