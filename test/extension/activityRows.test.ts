import { describe, expect, it } from 'vitest';
import type { JournalBody, JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { duration, eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import { activityRows } from '../../extension/views/activityRows.ts';
import { JournalMemory } from '../../extension/views/journalMemory.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { openSample } from './openSample.ts';
import { rowIn, rowsText, standingOf } from './rowsText.ts';
import { firing, lookedAt, sampleRollout, sampleWorkspace } from './sampleViews.ts';

const { t } = mockVscode().vscode.l10n;

function entry(seq: number, body: JournalBody): JournalEntry {
  const at = wallTime(lookedAt - (1000 - seq) * 60_000);
  return { seq, rollout: 'async-upload', attempt: 1, at, body, previous: '', hash: '' };
}

const place = { file: 'logs/metrics.jsonl', line: 120, offset: 9000 };
const fired = { ...firing, evidence: [place] };
const flag = sampleRollout().flag?.effect;
const on = { attempt: 1, stage: 'ten', revision: 7 };
const every: readonly JournalBody[] = [
  { kind: 'begun', by: 'ana', attempt: 1, planHash: '' },
  {
    kind: 'stage-entered',
    stage: 2,
    id: 'ten',
    percent: percent(10),
    at: eventTime(lookedAt),
    cause: 'override',
    by: 'ana',
    reason: 'a bug in the gate',
    unmet: ['latency <= 105% of baseline'],
  },
  { kind: 'gate-ready' },
  { kind: 'gate-lost', conditions: ['latency <= 105% of baseline'] },
  { kind: 'held', cause: { kind: 'person', by: 'ana', reason: 'lunch' } },
  { kind: 'resumed', by: 'ana' },
  { kind: 'clock-gap', from: wallTime(0), to: wallTime(3_600_000) },
  { kind: 'data-fresh' },
  { kind: 'review-opened', firings: [fired] },
  { kind: 'acknowledged', by: 'ana', reason: 'a test', triggers: ['low-success'] },
  { kind: 'rollback-started', cause: { kind: 'trigger', firing: fired }, to: 0, at: eventTime(lookedAt) },
  ...(flag === undefined || flag === null ? [] : [{ kind: 'effect-intended' as const, effect: flag }]),
  { kind: 'effect-progressed', id: 'effect-2', progress: 'in-force', detail: null, took: duration(4000) },
  { kind: 'promise-broken', trigger: 'low-success', promised: duration(60_000), took: duration(90_000) },
  { kind: 'rolled-back' },
  { kind: 'rollback-failed', detail: '.env is not writable' },
  { kind: 'completed', by: 'ana', reason: null, unmet: [] },
  { kind: 'plan-changed', planHash: '', stage: 2 },
  {
    kind: 'command',
    key: 'k',
    by: 'ana',
    command: { kind: 'advance', on },
    outcome: { kind: 'refused', code: 'gate-not-met', revision: 7, message: 'the gate is not met' },
  },
  { kind: 'firing', firing: fired },
  { kind: 'source', glob: 'logs/*.jsonl', file: 'logs/a.jsonl', detail: 'truncated' },
  { kind: 'signal', name: 'complaint', by: 'ana', note: 'ticket 7', at: eventTime(lookedAt) },
  { kind: 'tick', item: 'daily/logs', by: 'ana', ticked: true, note: null },
  { kind: 'tick', item: 'daily/logs', by: 'ana', ticked: false, note: 'a holiday', as: 'skip' },
  { kind: 'evidence', item: 'daily/logs', occurrence: 'daily@2025-11-04', holds: true, detail: '57 tests passed' },
  { kind: 'daemon', detail: 'started' },
];
const checklists = [{ id: 'daily', title: 'Daily', items: [{ id: 'daily/logs', title: 'Review logs', ticked: null }] }];
const journal = every.map((body, index) => entry(999 - index, body));
const shown = standingOf([sampleRollout({ journal, checklists })]);
const whole = (memory: JournalMemory, view = shown) =>
  activityRows([view], (each) => memory.known(each), memory.filter, lookedAt, t);

describe('the Activity tree', () => {
  it('tells every kind of entry in plain words, newest first', () => {
    expect(rowsText(whole(new JournalMemory()))).toMatchSnapshot();
  });

  it('can be limited to one kind', () => {
    const memory = new JournalMemory();
    memory.filter = 'sources';
    expect(whole(memory).map(({ label }) => label)).toEqual([
      'The clock stopped for 1 h',
      'New data has arrived',
      'Source logs/a.jsonl',
      'complaint reported',
      'Daemon',
    ]);
  });

  it('leads from a firing to its records and to why', () => {
    const row = rowIn(whole(new JournalMemory()), 'low-success fired');
    expect(row.subject.places).toEqual([place]);
    expect(row.context).toEqual(expect.arrayContaining(['hasRecords', 'hasWhy']));
    expect(row.open).toBe('rampwatch.openLogAtLine');
  });

  it('shows what logs and people wrote as text', () => {
    const nasty = entry(1, { kind: 'daemon', detail: '[x](command:evil)\u202e\n$(zap)' });
    const [row] = whole(new JournalMemory(), standingOf([sampleRollout({ journal: [nasty] })]));
    expect(row?.tooltip).not.toContain('[x](');
    expect(row?.description).toContain('\\u202e↵');
  });
});

describe('a rollback in the Activity tree', () => {
  const steps: readonly JournalBody[] = [
    { kind: 'signal', name: 'complaint', by: 'ana', note: null, at: eventTime(lookedAt) },
    { kind: 'firing', firing: fired },
    { kind: 'rollback-started', cause: { kind: 'trigger', firing: fired }, to: 0, at: eventTime(lookedAt) },
    ...(flag === undefined || flag === null ? [] : [{ kind: 'effect-intended' as const, effect: flag }]),
    { kind: 'effect-progressed', id: 'effect-2', progress: 'verified', detail: null, took: duration(400) },
    { kind: 'tick', item: 'daily/logs', by: 'ana', ticked: true, note: null },
    { kind: 'rolled-back' },
  ];
  const newest = (count: number) =>
    standingOf([
      sampleRollout({
        checklists,
        journal: steps
          .slice(0, count)
          .map((body, index) => ({ ...entry(900 + index, body), at: wallTime(lookedAt + index * 1000) }))
          .toReversed(),
      }),
    ]);
  const told = (count: number, memory = new JournalMemory()) => whole(memory, newest(count));

  it('is one row that unfolds, with everything that is a part of it and nothing else', () => {
    const rows = told(steps.length);
    expect(rows.map(({ label }) => label)).toEqual([
      'Ticked "Review logs"',
      'Rollback to off (0 %)',
      'complaint reported',
    ]);
    const row = rowIn(rows, 'Rollback to off');
    expect(row.expansion).toBe('collapsed');
    expect(row.description).toMatch(/^done after 4 s · \d\d:\d\d · trigger low-success/);
    expect(row.children.map(({ label }) => label)).toEqual([
      'Rolled back',
      'Flag written and read back',
      'Flag to be set to 10 %',
      'low-success fired',
    ]);
    expect(row.context).toContain('hasWhy');
  });

  it('says while it is under way that it is, and begins with its cause alone', () => {
    expect(told(5)[0]?.description).toMatch(/^under way · /);
    expect(told(2).map(({ label }) => label)).toEqual(['low-success fired', 'complaint reported']);
  });

  it('keeps its steps under a filter', () => {
    const memory = new JournalMemory();
    memory.filter = 'triggers';
    const [row, ...others] = told(steps.length, memory);
    expect(others).toEqual([]);
    expect(row?.children.map(({ label }) => label)).toEqual(['low-success fired']);
  });
});

describe('older entries', () => {
  const numbered = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) =>
      entry(from - index, { kind: 'daemon', detail: `number ${from - index}` }),
    );
  const standing = (newest: readonly JournalEntry[]) => {
    const rollout = sampleRollout({ journal: newest });
    return { standing: standingOf([rollout]), rollout };
  };

  it('are offered when there may be some, and stay while new ones come', () => {
    const memory = new JournalMemory();
    expect(memory.known(standing(numbered(20, 20))).more).toBe(false);
    const at = standing(numbered(900, 50));
    expect(memory.known(at).more).toBe(true);
    memory.add(at, numbered(850, 30), 100);
    const later = memory.known(standing(numbered(910, 50)));
    expect(later.entries.map(({ seq }) => seq)).toEqual(numbered(910, 90).map(({ seq }) => seq));
    expect(later.more).toBe(false);
  });

  it('are let go of rather than shown with a hole', () => {
    const memory = new JournalMemory();
    memory.add(standing(numbered(100, 50)), numbered(50, 50), 50);
    const later = memory.known(standing(numbered(300, 50)));
    expect(later).toEqual({ entries: numbered(300, 50), more: true });
  });

  it('are asked of the daemon by the last row, and the filter is chosen from a list', async () => {
    const asked: unknown[] = [];
    const { mock, until } = openSample((_mock, daemon) => {
      daemon.view = sampleWorkspace([sampleRollout({ journal: numbered(900, 50) })]);
      daemon.journal = (params) => {
        asked.push(params);
        return numbered(850, 3);
      };
    });
    await until('the journal', () => mock.tree('rampwatch.activity').includes('number 900'));
    await mock.run('rampwatch.loadOlderActivity', mock.element('rampwatch.activity', 'Load older'));
    expect(asked).toEqual([{ rollout: 'async-upload', before: 851, limit: 100 }]);
    expect(mock.tree('rampwatch.activity').split('\n').at(-1)).toContain('number 848');
    mock.answers.push('Decisions');
    await mock.run('rampwatch.filterActivity');
    expect(mock.tree('rampwatch.activity')).toBe('');
    expect(mock.trees.get('rampwatch.activity')?.description).toBe('decisions only · times in UTC');
  });
});
