import { describe, expect, it } from 'vitest';
import { percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { Link, RolloutStanding, Standing } from '../../extension/connection/standing.ts';
import { attentionOf, statusText, tooltipCommands } from '../../extension/views/statusBarText.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { firing, lookedAt, sampleRollout, sampleSource, sampleWorkspace, withPhase } from './sampleViews.ts';

const { t } = mockVscode().vscode.l10n;

function standingOf(rollouts: readonly RolloutView[] | null, link: Link = { kind: 'live' }): Standing {
  return {
    folder: '/workspace',
    planFiles: ['/workspace/rampwatch.yaml'],
    link,
    view: rollouts === null ? null : sampleWorkspace(rollouts),
    heardAt: lookedAt,
  };
}

function textOf(rollouts: readonly RolloutView[] | null, link?: Link): string | undefined {
  return statusText([standingOf(rollouts, link)], lookedAt, t)?.text;
}

const person = { kind: 'person', by: 'ana', reason: null } as const;

describe('the status bar', () => {
  it('is not there without a plan', () => {
    expect(statusText([], lookedAt, t)).toBeNull();
  });

  it('says in each phase the percentage, what is met and how old the data is', () => {
    expect([
      textOf([sampleRollout()]),
      textOf([withPhase({ kind: 'planned' }, { percent: 0 as never })]),
      textOf([withPhase({ kind: 'ready' })]),
      textOf([withPhase({ kind: 'held', cause: person })]),
      textOf([withPhase({ kind: 'review', firings: [firing], returnsTo: { kind: 'soaking' } })]),
      textOf([withPhase({ kind: 'rolling-back', cause: person }, { percent: 0 as never })]),
      textOf([withPhase({ kind: 'rolled-back', cause: person }, { percent: 0 as never })]),
      textOf([withPhase({ kind: 'rollback-failed', cause: person, detail: 'not writable' })]),
      textOf([withPhase({ kind: 'completed' }, { percent: 100 as never })]),
    ]).toEqual([
      '$(rocket) 10 % · 3/4 · 12 s ago',
      '$(rocket) not begun',
      '$(arrow-circle-right) 10 % · ready · 12 s ago',
      '$(debug-pause) 10 % · held · 12 s ago',
      '$(warning) 10 % · review needed · 12 s ago',
      '$(loading~spin) rolling back to 0 %',
      '$(discard) 0 % · rolled back',
      '$(error) 10 % · rollback failed',
      '$(pass) 100 % · completed',
    ]);
  });

  it('calls data of the last seconds "now"', () => {
    const fresh = sampleSource({ arrived: wallTime(lookedAt - 4000) });
    expect(textOf([sampleRollout({ sources: [fresh] })])).toBe('$(rocket) 10 % · 3/4 · now');
  });

  it('tells a silent source from a silent daemon', () => {
    const old = wallTime(lookedAt - 16 * 60_000);
    expect([
      textOf([sampleRollout({ sources: [sampleSource({ arrived: old })] })]),
      textOf([sampleRollout({ sources: [sampleSource({ arrived: null, fresh: false })] })]),
      textOf([sampleRollout()], { kind: 'silent', since: lookedAt - 7000 }),
      textOf([sampleRollout()], { kind: 'lost', since: lookedAt, retryAt: lookedAt, detail: '' }),
      textOf([sampleRollout()], { kind: 'stopped', cause: { kind: 'ended' } }),
    ]).toEqual([
      '$(history) 10 % · 3/4 · no data for 16 m',
      '$(history) 10 % · 3/4 · no data yet',
      '$(debug-disconnect) 10 % · daemon silent 7 s',
      '$(debug-disconnect) 10 % · daemon gone, restarting',
      '$(debug-disconnect) 10 % · not watched',
    ]);
  });

  it('says what is the matter while there is nothing else to show', () => {
    expect([
      textOf(null, { kind: 'starting', since: lookedAt }),
      textOf(null, { kind: 'stopped', cause: { kind: 'manual' } }),
      textOf(null, {
        kind: 'stopped',
        cause: { kind: 'failed', detail: 'Node 18 is too old', place: null, told: false },
      }),
      textOf([]),
    ]).toEqual([
      '$(loading~spin) Rampwatch: starting',
      '$(debug-disconnect) Rampwatch: not running',
      '$(debug-disconnect) Rampwatch: cannot start',
      '$(warning) Rampwatch: no usable plan',
    ]);
  });

  it('takes a background for an alarm and for nothing less', () => {
    const alarmed = (view: RolloutView) => statusText([standingOf([view])], lookedAt, t)?.alarm;
    expect(alarmed(sampleRollout({}, { health: { kind: 'alarm', detail: 'low-success fires' } }))).toBe(true);
    expect(alarmed(sampleRollout({}, { health: { kind: 'degraded', detail: 'gaps' } }))).toBe(false);
    expect(alarmed(sampleRollout({}, { health: { kind: 'stale', detail: 'silent' } }))).toBe(false);
    expect(statusText([standingOf([sampleRollout()], { kind: 'silent', since: 0 })], lookedAt, t)?.alarm).toBe(false);
  });

  it('shows of several rollouts the one that most needs a person', () => {
    const calm = sampleRollout({ rollout: 'calm' });
    const review = sampleRollout(
      { rollout: 'review' },
      { phase: { kind: 'review', firings: [firing], returnsTo: { kind: 'soaking' } }, percent: 1 as never },
    );
    const alarm = sampleRollout({ rollout: 'alarm' }, { health: { kind: 'alarm', detail: 'x' }, percent: 50 as never });
    expect(textOf([calm, review])).toBe('$(warning) 1 % · review needed · 12 s ago · +1');
    expect(textOf([calm, review, alarm])).toBe('$(error) 50 % · 3/4 · 12 s ago · +2');
    expect(attentionOf([standingOf([calm, review, alarm])], t)).toEqual({
      value: 2,
      tooltip: 'Rollouts that need a person: 2',
    });
    expect(attentionOf([standingOf([calm])], t)).toBeUndefined();
  });

  it('keeps a rollback first and as an alarm until somebody has looked at it', () => {
    const live = sampleRollout({ rollout: 'live' }, { percent: 50 as never });
    const rolledBack = sampleRollout(
      { rollout: 'rolled-back' },
      { phase: { kind: 'rolled-back', cause: { kind: 'trigger', firing } }, percent: 0 as never },
    );
    const standings = [standingOf([live, rolledBack])];
    const isUnseen = ({ rollout }: RolloutStanding) => rollout.rollout === 'rolled-back';
    const unseen = statusText(standings, lookedAt, t, isUnseen);
    expect(unseen).toMatchObject({
      text: '$(error) 0 % · rolled back yesterday 05:00 UTC · low-success · +1',
      alarm: true,
    });
    expect(unseen?.tooltip).toContain('(command:rampwatch.showWhy)');
    expect(attentionOf(standings, t, isUnseen)?.value).toBe(1);
    const seen = statusText(standings, lookedAt, t);
    expect(seen).toMatchObject({ text: '$(rocket) 50 % · 3/4 · 12 s ago · +1', alarm: false });
    expect(attentionOf(standings, t)).toBeUndefined();
  });

  it('says what the flag says where somebody else has set it, as an alarm before all else', () => {
    const view = sampleRollout({}, { health: { kind: 'alarm', detail: '.env says 80' } });
    const flag = {
      target: '.env',
      effect: null,
      proof: null,
      values: {},
      drift: { found: percent(80), wanted: percent(5) },
    };
    const shown = statusText([standingOf([{ ...view, flag }])], lookedAt, t);
    expect(shown).toMatchObject({ text: '$(error) 80 %, not 5 %', alarm: true });
  });

  it('has one discreet sign for items that are due, and says nothing of others', () => {
    const item = { id: 'daily/logs', title: 'Review the logs', ticked: null };
    const list = (phase: 'due' | 'overdue' | 'waiting' | 'done') => [
      { id: 'daily', title: 'Daily', items: [{ ...item, phase }] },
    ];
    const shownIn = (phase: 'due' | 'overdue' | 'waiting' | 'done') =>
      textOf([sampleRollout({ checklists: list(phase), deliverables: undefined })]) ?? '';
    expect(shownIn('due')).toMatch(/ · \$\(checklist\) 1$/);
    expect(shownIn('overdue')).toMatch(/ · \$\(checklist\) 1$/);
    expect(shownIn('waiting')).not.toContain('checklist');
    expect(shownIn('done')).not.toContain('checklist');
  });

  it('puts every rollout that exposes users before those that expose none, whatever is the matter with these', () => {
    const planned = (health: 'stale' | 'degraded') =>
      sampleRollout(
        { rollout: health },
        { phase: { kind: 'planned' }, percent: 0 as never, health: { kind: health, detail: 'x' } },
      );
    expect(textOf([planned('stale'), sampleRollout(), planned('degraded')])).toBe(
      '$(rocket) 10 % · 3/4 · 12 s ago · +2',
    );
  });

  it('says the one sentence in its tooltip, with the way back beside it', () => {
    expect(statusText([standingOf([sampleRollout()])], lookedAt, t)?.tooltip).toBe(
      [
        '**Async upload rollout**',
        '',
        '10 % for 1 d 4 h; 3 of 4 conditions met; latency 108 % of control, needs 105 %; soak ends tomorrow 05\\:00\\.',
        '',
        'times in UTC',
        '',
        '---',
        '',
        '[Roll Back](command:rampwatch.rollBack) · [Open Dashboard](command:rampwatch.openDashboard) · [Show Status](command:rampwatch.showStatus) · [Open Plan](command:rampwatch.openPlan)',
      ].join('\n'),
    );
  });

  it('links only to commands that ask before they act, and lets no name of a plan make a link', () => {
    const evil = sampleRollout({
      plan: { ...sampleRollout().plan, name: '[x](command:workbench.action.quit) $(bug)' },
    });
    const { tooltip = '' } = statusText([standingOf([evil])], lookedAt, t) ?? {};
    const links = [...tooltip.matchAll(/(?<!\\)\]\(command:([^)]+)\)/g)].map((match) => match[1]);
    expect(links.filter((link) => !tooltipCommands.some((command) => command === link))).toEqual([]);
    expect(tooltip).not.toMatch(/(?<!\\)\$\(/);
  });

  it('says of old news that it is old', () => {
    const { tooltip = '' } =
      statusText([standingOf([sampleRollout()], { kind: 'silent', since: 0 })], lookedAt, t) ?? {};
    expect(tooltip).toMatch(/^\*\*Async upload rollout\*\*\n\nAs of \d\d\\:\d\d\\:\d\d\\: the daemon is silent\\\./);
  });
});
