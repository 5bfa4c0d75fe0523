import { describe, expect, it } from 'vitest';
import type { ChecklistItemView, ChecklistView } from '../../daemon/protocol/domain/checklistView.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { checklistRows } from '../../extension/views/checklistRows.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { openSample } from './openSample.ts';
import { rowIn, rowsText, standingOf } from './rowsText.ts';
import { lookedAt, sampleRollout, sampleWorkspace } from './sampleViews.ts';

const { t } = mockVscode().vscode.l10n;
const hour = 3_600_000;
const byAna = { by: 'ana', at: wallTime(lookedAt - hour), note: 'clean' };

function item(id: string, over: Partial<ChecklistItemView> = {}): ChecklistItemView {
  return { id: `daily/${id}`, title: id, ticked: null, ...over };
}

function daily(items: readonly ChecklistItemView[], over: Partial<ChecklistView> = {}): ChecklistView {
  return { id: 'daily', title: 'Each day', items, ...over };
}

const full = daily(
  [
    item('Review logs', { ticked: byAna, from: 'claim', phase: 'done', ticks: [byAna] }),
    item('Tests pass', {
      ticked: { by: 'evidence', at: wallTime(lookedAt - hour), note: null },
      from: 'evidence',
      phase: 'done',
      evidence: { state: 'holds', detail: '57 tests passed' },
    }),
    item('Call support', { skipped: { ...byAna, note: 'a holiday' }, phase: 'done' }),
    item('Check metrics', {
      phase: 'overdue',
      history: [{ occurrence: 'daily@2025-11-03', outcome: 'missed', tick: null }],
    }),
    item('Quiet night', { phase: 'due', evidence: { state: 'fails', detail: 'low-success fired' } }),
  ],
  {
    every: 'day',
    phase: 'overdue',
    occurrence: {
      id: 'daily@2025-11-04',
      from: wallTime(lookedAt - 9 * hour),
      due: wallTime(lookedAt - hour / 2),
      overdueAt: wallTime(lookedAt),
    },
    history: [{ id: 'daily@2025-11-03', from: wallTime(lookedAt - 33 * hour), done: 4, skipped: 1, total: 5 }],
  },
);

describe('the Checklists tree', () => {
  it('says when a list comes again whose time was over before the rollout began', () => {
    const occurrence = {
      id: 'daily@2025-11-04',
      from: wallTime(lookedAt - 9 * hour),
      due: wallTime(lookedAt - 2 * hour),
      overdueAt: wallTime(lookedAt - hour),
      nextDue: wallTime(lookedAt + 22 * hour),
    };
    const late = daily([item('Check metrics', { phase: 'waiting' })], { every: 'day', phase: 'waiting', occurrence });
    const [row] = checklistRows([standingOf([sampleRollout({ checklists: [late] })])], lookedAt, t);
    expect(row?.description).toBe('0 of 1 · next due tomorrow 07:00');
    expect(row?.tooltip).toContain('- Next due tomorrow 07:00');
    expect(row?.tooltip).not.toMatch(/Overdue|- Due/);
    expect(row?.children[0]?.tooltip).not.toContain('due');
  });

  it('says of each item whether it is done, by whom or from what, and what is due', () => {
    const rows = checklistRows([standingOf([sampleRollout({ checklists: [full] })])], lookedAt, t);
    expect(rowsText(rows)).toBe(
      [
        '[warning] Each day — 2 of 5 · 1 skipped · overdue since 08:30',
        '  [person] Review logs — ana, 08:00 · clean',
        '  [verified] Tests pass — 57 tests passed',
        '  [debug-step-over] Call support — skipped by ana · a holiday',
        '  [warning] Check metrics — overdue',
        '  [circle-slash] Quiet night — due · low-success fired',
      ].join('\n'),
    );
    expect(rows[0]?.children.map(({ checkbox }) => checkbox?.checked)).toEqual([true, true, false, false, false]);
    expect(rows[0]?.checkbox).toBeUndefined();
  });

  it('computes a list from its items, and needs no more than an older daemon says', () => {
    const rows = (list: ChecklistView) =>
      checklistRows([standingOf([sampleRollout({ checklists: [list] })])], lookedAt, t);
    expect(rowsText(rows(daily([item('a'), item('b', { ticked: byAna })])))).toBe(
      ['[checklist] Each day — 1 of 2', '  [circle-outline] a', '  [person] b — ana, 08:00 · clean'].join('\n'),
    );
    expect(rowsText(rows(daily([item('b', { ticked: byAna })])))).toContain('[pass-filled] Each day — 1 of 1');
  });

  it('says who and when in the tooltip, and how it went before', () => {
    const rows = checklistRows([standingOf([sampleRollout({ checklists: [full] })])], lookedAt, t);
    expect(rowIn(rows, 'Review logs').tooltip).toBe('**Review logs**\n\n- Ticked by ana, 08:00: clean');
    expect(rowIn(rows, 'Tests pass').tooltip).toContain('Evidence holds: 57 tests passed');
    expect(rowIn(rows, 'Check metrics').tooltip).toContain('2025\\-11\\-03: missed');
    expect(rowIn(rows, 'Each day').tooltip).toContain('yesterday 00:00: 4 of 5, 1 skipped');
  });

  it('ends with what there is to show', () => {
    const deliverables = daily([item('Report')], { id: 'deliverables', title: 'Deliverables' });
    const rows = checklistRows([standingOf([sampleRollout({ deliverables })])], lookedAt, t);
    expect(rowsText(rows)).toContain('Deliverables — 0 of 1');
  });
});

describe('a tick', () => {
  const open = sampleRollout({ checklists: [daily([item('Review logs')])] });
  const done = sampleRollout({ checklists: [daily([item('Review logs', { ticked: byAna })])] });

  async function opened() {
    const sample = openSample((_mock, daemon) => {
      daemon.view = sampleWorkspace([open]);
    });
    const tree = () => sample.mock.tree('rampwatch.checklists');
    await sample.until('the list', () => tree().includes('☐'));
    const click = (ticked: boolean) =>
      sample.mock.trees
        .get('rampwatch.checklists')
        ?.tick(sample.mock.element('rampwatch.checklists', 'Review'), ticked);
    return { ...sample, tree, click };
  }

  it('is a request with a key, and shown once the daemon has it', async () => {
    const { daemon, until, tree, click } = await opened();
    daemon.answerTick = () => {
      daemon.show(done);
      return { kind: 'done', revision: 7, message: 'ticked' };
    };
    click(true);
    await until('the tick', () => tree().includes('☑'));
    expect(daemon.ticks).toEqual([
      {
        rollout: 'async-upload',
        key: 'key-number-1',
        by: expect.any(String),
        item: 'daily/Review logs',
        ticked: true,
      },
    ]);
  });

  it('that the daemon refuses is taken back, with the reason', async () => {
    const { mock, daemon, until, tree, click } = await opened();
    daemon.answerTick = () => ({ kind: 'refused', code: 'no-item', revision: 7, message: 'the evidence holds' });
    const drawn = mock.trees.get('rampwatch.checklists')?.drawn ?? [];
    drawn.length = 0;
    click(true);
    await until('the refusal', () => mock.shown.some((line) => line.includes('the evidence holds')));
    await until('the redraw', () => drawn.includes('Review logs'));
    expect(tree()).toContain('☐');
  });

  it('without a connection is taken back at once', async () => {
    const { mock, daemon, until, click } = await opened();
    await daemon.stop();
    await until('the loss', () => mock.contextKeys.get('rampwatch.running') === false);
    const element = mock.trees.get('rampwatch.checklists');
    if (mock.tree('rampwatch.checklists') !== '') click(true);
    else element?.tick({ subject: { folder: '/workspace', rollout: 'async-upload', item: 'daily/x' } }, true);
    await until('the word', () => mock.shown.some((line) => line.includes('nothing was ticked')));
    expect(daemon.ticks).toEqual([]);
  });
});
