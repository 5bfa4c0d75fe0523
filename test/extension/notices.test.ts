import { describe, expect, it } from 'vitest';
import type { Phase } from '../../daemon/protocol/domain/rolloutPhase.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { RolloutView, StandingView } from '../../daemon/protocol/wire/view.ts';
import { noticesFor, stillHolds } from '../../extension/notices/noticesFor.ts';
import { noticeMessage } from '../../extension/notices/noticeText.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { openSample, type SampleDaemon } from './openSample.ts';
import { standingOf } from './rowsText.ts';
import { firing, lookedAt, sampleRollout, sampleSource, sampleWorkspace, withPhase } from './sampleViews.ts';

const { t } = mockVscode().vscode.l10n;
const soaking = sampleRollout();
const cause = { kind: 'trigger', firing } as const;
const review = { kind: 'review', firings: [firing], returnsTo: { kind: 'soaking' } } as const;
const at = (phase: Phase, over: Partial<StandingView> = {}) => withPhase(phase, { since: wallTime(lookedAt), ...over });
const silent = sampleRollout({ sources: [sampleSource({ fresh: false })] });

const unapproved = sampleSource({
  glob: 'kubectl logs -f',
  health: {
    ...sampleSource().health,
    state: 'error',
    detail: 'nobody has approved this command on this machine: look at it with `rampwatch approve`',
    unapproved: true,
  },
});

function kinds(before: RolloutView | null, after: RolloutView): readonly string[] {
  return noticesFor(before, after, 'me').map(({ kind }) => kind);
}

describe('what is worth an interruption', () => {
  it('is a rollback, its failure, a review, a met gate, a source that falls silent: once, when it comes about', () => {
    expect(kinds(soaking, at({ kind: 'rolling-back', cause }))).toEqual(['rollback']);
    expect(kinds(at({ kind: 'rolling-back', cause }), at({ kind: 'rolled-back', cause }))).toEqual([]);
    const failed = at({ kind: 'rollback-failed', cause, detail: '.env is not writable' });
    expect(kinds(at({ kind: 'rolling-back', cause }), failed)).toEqual(['rollbackFailed']);
    expect(kinds(failed, failed)).toEqual([]);
    expect(kinds(soaking, at(review))).toEqual(['reviewNeeded']);
    const held = at({ kind: 'held', cause: { kind: 'trigger', firings: review.firings } });
    expect(kinds(soaking, held)).toEqual(['heldByTrigger']);
    expect(kinds(held, held)).toEqual([]);
    expect(kinds(null, held)).toEqual(['heldByTrigger']);
    expect(kinds(soaking, at({ kind: 'ready' }))).toEqual(['gateReady']);
    expect(kinds(soaking, silent)).toEqual(['sourceSilent']);
    expect(kinds(silent, silent)).toEqual([]);
  });

  it('is a source that waits for an approval, at first sight too, and no more once it is approved', () => {
    const waits = sampleRollout({ sources: [unapproved] });
    expect(kinds(null, waits)).toEqual(['unapproved']);
    expect(kinds(soaking, waits)).toContain('unapproved');
    expect(kinds(waits, waits)).toEqual([]);
    const [notice] = noticesFor(null, waits, 'me');
    if (notice === undefined) throw new Error('no notice');
    expect([stillHolds(notice, waits), stillHolds(notice, soaking)]).toEqual([true, false]);
  });

  it('is nothing that goes on by itself or that the person did', () => {
    const auto = { ...soaking.plan, mode: 'auto' } as const;
    expect(kinds(soaking, { ...at({ kind: 'ready' }), plan: auto })).toEqual([]);
    const mine = { kind: 'person', by: 'me', reason: null } as const;
    expect(kinds(soaking, at({ kind: 'rolling-back', cause: mine }))).toEqual([]);
    expect(kinds(soaking, at({ kind: 'rolling-back', cause: { ...mine, by: 'ana' } }))).toEqual(['rollback']);
    expect(kinds(soaking, at({ kind: 'held', cause: mine }))).toEqual([]);
    expect(kinds(soaking, at({ kind: 'completed' }))).toEqual([]);
  });

  it('at first sight is only what waits for a person', () => {
    expect(kinds(null, at(review))).toEqual(['reviewNeeded']);
    expect(kinds(null, at({ kind: 'rollback-failed', cause, detail: '' }))).toEqual(['rollbackFailed']);
    for (const phase of [{ kind: 'ready' }, { kind: 'rolled-back', cause }] as const) {
      expect(kinds(null, at(phase))).toEqual([]);
    }
    expect(kinds(null, silent)).toEqual([]);
  });

  it('has a key by its event: a gate that comes and goes in one stay is one event, another firing is another', () => {
    const key = (after: RolloutView) => noticesFor(soaking, after, 'me')[0]?.key;
    expect(key(at({ kind: 'ready' }))).toBe(
      key(at({ kind: 'ready' }, { revision: 12, since: wallTime(lookedAt + 1) })),
    );
    const later = { ...review, firings: [{ ...firing, at: eventTime(lookedAt) }] };
    expect(key(at(review))).not.toBe(key(at(later)));
    expect(key(at({ kind: 'ready' }))).not.toBe(key(at({ kind: 'ready' }, { attempt: 2 })));
  });
});

describe('the message', () => {
  it('is the one sentence with the useful button, and one for all that came at once', () => {
    const message = (...views: readonly RolloutView[]) => {
      const notices = views.flatMap((rollout) =>
        noticesFor(soaking, rollout, 'me').map((notice) => ({
          notice,
          shown: { standing: standingOf([rollout]), rollout },
        })),
      );
      const all = notices.map(({ shown }) => shown);
      const made = noticeMessage(notices, all, lookedAt, t);
      return made === null
        ? ''
        : `${made.tone}: ${made.text} ${made.buttons.map(({ label }) => `[${label}]`).join(' ')}`;
    };
    expect([
      message(at(review)),
      message(at({ kind: 'ready' })),
      message(silent),
      message(sampleRollout({ sources: [unapproved] })),
      message({ ...silent, plan: { ...silent.plan, name: 'Other [x](command:y)' } }, at(review), silent),
      message(),
    ]).toMatchInlineSnapshot(`
      [
        "warning: Async upload rollout: In review at 10 % since 09:00: success_rate was 92.3 % (48 of 52), below 95 %. Acknowledge with a reason to continue, or roll back. [Acknowledge] [Roll Back] [Show Why]",
        "information: Async upload rollout: 10 % for 1 d 4 h; 3 of 4 conditions met; soak over; ready to advance to 50 %. [Advance to 50 %]",
        "warning: Async upload rollout: logs/metrics.jsonl is silent. 10 % for 1 d 4 h; 3 of 4 conditions met; latency 108 % of control, needs 105 %; soak ends tomorrow 05:00. [Show Log]",
        "warning: Async upload rollout: nothing is read of kubectl logs -f, because nobody has approved it on this machine. [Approve…]",
        "warning: Async upload rollout: review needed; Other [x] (command:y): a source is silent; Async upload rollout: a source is silent [Acknowledge] [Show Status]",
        "",
      ]
    `);
  });
});

describe('notifications', () => {
  async function opened(prepare: (daemon: SampleDaemon) => void = () => {}) {
    const sample = openSample((mock, daemon) => {
      for (const key of [...mock.configuration.keys()]) mock.configuration.delete(key);
      prepare(daemon);
    });
    await sample.until('the tree', () => sample.mock.tree('rampwatch.stages') !== '');
    return sample;
  }

  it('are shown once, and their button acts on that rollout', async () => {
    const { mock, daemon, until } = await opened();
    expect(mock.shown).toEqual([]);
    mock.answers.push('Show Why');
    daemon.show(at({ kind: 'rolled-back', cause }));
    await until('the message', () => mock.shown.length > 0);
    expect(mock.shown).toEqual([expect.stringMatching(/^warning: Async upload rollout: Rolled back .* \[Show Why\]$/)]);
    await until('the reasons', () => mock.webviews.some(({ title }) => title === 'Why Rollback'));
    daemon.show(soaking);
    await until('the way back', () => mock.statusBar.text.includes('3/4'));
    daemon.show(at({ kind: 'rolled-back', cause }));
    await until('the rollback again', () => mock.statusBar.text.includes('rolled back'));
    expect(mock.shown).toHaveLength(1);
  });

  it('can be muted one by one', async () => {
    const { mock, daemon, until } = await opened();
    mock.configuration.set('rampwatch.notify.reviewNeeded', false);
    daemon.show(at(review));
    await until('the review', () => mock.statusBar.text.includes('review'));
    daemon.show(at({ kind: 'rollback-failed', cause, detail: '.env is not writable' }));
    await until('the failure', () => mock.shown.length > 0);
    expect(mock.shown).toEqual([expect.stringMatching(/^error: .*FAILED.* \[Show Why\] \[Show Log\]$/)]);
  });

  it('of two rollouts in one moment are one', async () => {
    const other = (view: RolloutView) => ({ ...view, rollout: 'other', plan: { ...view.plan, name: 'Other' } });
    const { mock, daemon, until } = await opened((sample) => {
      sample.view = sampleWorkspace([soaking, other(soaking)]);
    });
    daemon.view = sampleWorkspace([at({ kind: 'ready' }), other(at(review))]);
    daemon.show(at({ kind: 'ready' }));
    await until('the message', () => mock.shown.length > 0);
    expect(mock.shown).toEqual([
      'warning: Other: review needed; Async upload rollout: ready to advance [Acknowledge] [Show Status]',
    ]);
  });
});
