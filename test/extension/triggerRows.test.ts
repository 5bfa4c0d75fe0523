import { describe, expect, it } from 'vitest';
import { duration, eventTime } from '../../daemon/protocol/domain/units.ts';
import { triggerRows } from '../../extension/views/triggerRows.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { rowIn, rowsText, standingOf } from './rowsText.ts';
import { condition, firing, lookedAt, sampleRollout, sampleTrigger } from './sampleViews.ts';

const { t } = mockVscode().vscode.l10n;
const minute = 60_000;

const few = condition('success_rate < 95%', 'success_rate', {
  verdict: 'insufficient',
  figure: { value: 6 / 7, unit: '%', n: 7, good: 6 },
  limit: 0.95,
  reason: 'needs 20 uploads, has 7',
});
const none = condition('latency > 120% of baseline', 'latency', {
  verdict: 'no-data',
  figure: { value: null, unit: 'ms', n: 0, good: null },
});
const since = eventTime(lookedAt - 10 * minute);
const review = { kind: 'review', firings: [firing], returnsTo: { kind: 'soaking' } } as const;

describe('the Triggers tree', () => {
  it('says of each trigger how it stands, how far from firing, and whether its sample is there', () => {
    const triggers = [
      sampleTrigger('armed'),
      sampleTrigger('few', { verdict: few }),
      sampleTrigger('blind', { verdict: none, min: 1 }),
      sampleTrigger('pending', { phase: { kind: 'pending', since }, for: duration(30 * minute) }),
      sampleTrigger('firing', { phase: { kind: 'firing', since } }),
      sampleTrigger('idle', { phase: { kind: 'idle' } }),
      sampleTrigger('tested', { sequential: { capital: 3.25, threshold: 100 } }),
    ];
    expect(rowsText(triggerRows([standingOf([sampleRollout({ triggers })])], lookedAt, t))).toBe(
      [
        '[shield] armed — armed · 99.8 % of 1,204 · fires < 95 %',
        '[shield] few — armed · 85.7 % of 7 · fires < 95 % · 7 of 20 records',
        '[question] blind — armed · no data · fires > 120 % of baseline',
        '[watch] pending — holds since 08:50, 9 m of 30 m · 99.8 % of 1,204 · fires < 95 %',
        '[error] firing — firing since 08:50 · 99.8 % of 1,204 · fires < 95 %',
        '[circle-outline] idle — idle, nobody is exposed',
        '[shield] tested — armed · 99.8 % of 1,204 · fires < 95 % · sequential 3.3 × of 100 ×',
      ].join('\n'),
    );
  });

  it('keeps a firing that waits for a person, and offers Acknowledge only in a review', () => {
    const triggers = [sampleTrigger('low-success'), sampleTrigger('other')];
    const inReview = sampleRollout({ triggers }, { phase: review, may: ['acknowledge', 'rollback'] });
    const rows = triggerRows([standingOf([inReview])], lookedAt, t);
    expect(rowsText(rows)).toContain('[bell-dot] low-success — fired 08:59, latched · 99.8 % of 1,204');
    expect(rows.map(({ context }) => context.includes('canAcknowledge'))).toEqual([true, false]);
    const back = { kind: 'rolled-back', cause: { kind: 'trigger', firing } } as const;
    const rolledBack = sampleRollout(
      { triggers: [sampleTrigger('low-success', { phase: { kind: 'idle' } })] },
      { phase: back },
    );
    const [row] = triggerRows([standingOf([rolledBack])], lookedAt, t);
    expect(row?.description).toBe('fired 08:59, latched');
    expect(row?.context).not.toContain('canAcknowledge');
  });

  it('is on guard only with as many records as it needs, by the plan or by its measure', () => {
    const byMeasure = sampleTrigger('tail', { min: 1, verdict: few });
    const [row] = triggerRows([standingOf([sampleRollout({ triggers: [byMeasure] })])], lookedAt, t);
    expect(row?.description).toBe('armed · 85.7 % of 7 · fires < 95 % · too few');
    expect(row?.icon).toEqual({ id: 'shield', color: 'disabledForeground' });
    const figure = { value: 0, unit: '', n: 0, good: null };
    const quiet = sampleTrigger('critical', { min: 1, verdict: { ...few, verdict: 'unmet', figure } });
    const [guard] = triggerRows([standingOf([sampleRollout({ triggers: [quiet] })])], lookedAt, t);
    expect(guard?.icon.color).toBe('testing.iconPassed');
  });

  it('says in the tooltip what fired and what the rule is', () => {
    const inReview = sampleRollout({ triggers: [sampleTrigger('low-success', { verdict: few })] }, { phase: review });
    const { tooltip } = rowIn(triggerRows([standingOf([inReview])], lookedAt, t), 'low-success');
    expect(tooltip.replaceAll('\\', '')).toBe(
      [
        '**low-success** · rolls back',
        '`success_rate < 95%` over 5 m',
        'Fired 08:59: success_rate was 92.3 % (48 of 52), below 95 %',
        '- Figure: 85.7 % (n 7)\n- Limit: 95 %\n- From firing: 13 failures in a row would fire it\n' +
          '- Minimum sample: 7 of 20, not reached\n- Window: 08:54:48 to 08:59:48\n- needs 20 uploads, has 7',
        'Acknowledge with a reason to continue, or roll back.',
      ].join('\n\n'),
    );
  });

  it('shows what was last known without colour and without actions', () => {
    const inReview = sampleRollout(
      { triggers: [sampleTrigger('low-success')] },
      { phase: review, may: ['acknowledge'] },
    );
    const lost = { kind: 'lost', since: lookedAt, retryAt: lookedAt, detail: '' } as const;
    const [row] = triggerRows([standingOf([inReview], { link: lost })], lookedAt, t);
    expect(row?.description).toMatch(/^last known · fired/);
    expect(row?.icon.color).toBe('disabledForeground');
    expect(row?.context).not.toContain('canAcknowledge');
  });

  it('keeps a row by its trigger, with the line of the plan', () => {
    const view = sampleRollout({ triggers: [sampleTrigger('armed')] });
    const rollout = { ...view, plan: { ...view.plan, lines: { 'triggers.0': 61 } } };
    const [row] = triggerRows([standingOf([rollout])], lookedAt, t);
    expect(row?.id).toBe('/workspace|async-upload|trigger:armed');
    expect(row?.context).toContain('inPlan');
    expect(
      triggerRows([standingOf([rollout], { link: { kind: 'stopped', cause: { kind: 'ended' } } })], lookedAt, t),
    ).toEqual([]);
  });
});
