import { describe, expect, it } from 'vitest';
import type { ChecklistItemView } from '../../daemon/protocol/domain/checklistView.ts';
import type { CommandOutcome } from '../../daemon/protocol/domain/rolloutCommand.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import type { Params } from '../../daemon/protocol/wire/messages.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { openSample, type Sample, type SampleDaemon } from './openSample.ts';
import { sampleReview } from './sampleReview.ts';
import { lookedAt, sampleRollout, sampleWorkspace } from './sampleViews.ts';

const titles: Readonly<Record<string, string>> = {
  logs: 'Review overnight logs',
  tests: 'Tests pass',
  success: 'Success rate is good',
  metrics: 'Check $(metrics)',
};
const proven = { by: 'evidence', at: wallTime(lookedAt), note: '57 tests passed' };

/** Four items of today, one of them proven; and a person's answers so far. */
function daily(said: Readonly<Record<string, Partial<ChecklistItemView>>> = {}): RolloutView {
  const items = Object.entries(titles).map(
    ([id, title]): ChecklistItemView => ({
      id: `daily/${id}`,
      title,
      ticked: id === 'tests' ? proven : null,
      ...(id === 'tests' && {
        from: 'evidence' as const,
        evidence: { state: 'holds' as const, detail: '57 tests passed' },
      }),
      phase: id === 'tests' ? 'done' : id === 'logs' ? 'overdue' : 'due',
      ...said[id],
    }),
  );
  const occurrence = {
    id: 'daily@2025-11-04',
    from: wallTime(lookedAt - 9 * 3_600_000),
    due: wallTime(lookedAt - 3_600_000),
    overdueAt: wallTime(lookedAt),
  };
  return sampleRollout({ checklists: [{ id: 'daily', title: 'Each day', items, phase: 'overdue', occurrence }] });
}

/** As the daemon does: a ticked item is shown. */
function obey(daemon: SampleDaemon): void {
  const said: Record<string, Partial<ChecklistItemView>> = {};
  daemon.answerTick = ({ item, ticked, note, as }: Params<'tick'>): CommandOutcome => {
    const id = item.slice('daily/'.length);
    const tick = { by: 'ana', at: wallTime(lookedAt), note: note ?? null };
    if (as === 'note') said[id] = { ...said[id], notes: [tick] };
    else if (as === 'skip') said[id] = { ...said[id], skipped: tick, phase: 'done' };
    else said[id] = { ...said[id], skipped: null, ticked: ticked ? tick : null, phase: ticked ? 'done' : 'due' };
    daemon.show(daily(said));
    return { kind: 'done', revision: 7, message: 'ticked' };
  };
}

async function opened(): Promise<Sample> {
  const sample = openSample((_mock, daemon) => {
    daemon.view = sampleWorkspace([daily()]);
    obey(daemon);
  });
  await sample.until('the connection', () => sample.mock.contextKeys.get('rampwatch.running') === true);
  await sample.until('the items', () => sample.mock.tree('rampwatch.checklists').includes('overnight'));
  return sample;
}

async function reviewed({ mock, until }: Sample, ...answers: (string | undefined)[]): Promise<readonly string[]> {
  mock.answers.push(...answers);
  let over = false;
  const running = mock.run('rampwatch.dailyReview').finally(() => {
    over = true;
  });
  await until('the end of the review', () => over);
  await running;
  return mock.shown.filter((line) => !line.startsWith('progress'));
}

const pages = (shown: readonly string[]) =>
  shown.filter((line) => line.startsWith('pick: ')).map((line) => line.slice('pick: '.length, line.indexOf(' | ')));

describe('Daily Review', () => {
  it('goes through what is open, with the figures each item is about, and ends with the entry', async () => {
    const sample = await opened();
    const shown = await reviewed(
      sample,
      'Go Through',
      'Tick',
      'Skip with a Reason',
      'measured elsewhere',
      'Tick with a Note',
      'as ever',
      'Write the Entry',
      'Copy',
    );
    expect(pages(shown)).toEqual([
      'Daily Review: Async upload rollout · times in UTC',
      '1 of 4: Review overnight logs',
      '3 of 4: Success rate is good',
      '4 of 4: Check \\$(metrics)',
      'End the Daily Review',
    ]);
    // A row is one line: a long fact goes on in the rows below it, and none is cut.
    const rows = [...(shown[0] ?? '').matchAll(/\[([^\]]+)\]/g)].map(([, row]) => row ?? '');
    expect(rows.join('|')).toMatch(
      /Latency overnight p50 [^|]*\|\$\(blank\) night before [^|]*\|\$\(blank\) control p50 /,
    );
    expect(rows.filter((row) => row.length > 110)).toEqual([]);
    const { daemon } = sample;
    expect(daemon.ticks.map(({ item, ticked, note, as }) => [item, ticked, note, as])).toEqual([
      ['daily/logs', true, undefined, undefined],
      ['daily/success', false, 'measured elsewhere', 'skip'],
      ['daily/metrics', true, 'as ever', undefined],
    ]);
    expect(daemon.closings).toEqual([
      { rollout: 'async-upload', key: expect.any(String), by: expect.any(String), since: sampleReview.period.from },
    ]);
    expect(shown.slice(-2)).toEqual([
      'information: Async upload rollout: all calm. [Copy] [Open Review Log]',
      'clipboard: Async upload rollout: all calm.',
    ]);
  });

  it('opens the log at the entry that was written last', async () => {
    const sample = await opened();
    const log = '# Reviews\n\n## 2025-11-03 09:00 · ana\n\nCalm.\n\n## 2025-11-04 09:00 · ana\n\n### Triggers\n';
    sample.mock.written.set('/workspace/async-upload.review.md', log);
    await reviewed(sample, 'Go Through', 'Tick', 'Tick', 'Tick', 'Write the Entry', 'Open Review Log');
    await sample.until('the log', () => sample.mock.opened.length > 0);
    expect(sample.mock.opened).toEqual([{ file: '/workspace/async-upload.review.md', line: 7 }]);
  });

  it('shows the overview first, then what an item is about, worst marked', async () => {
    const sample = await opened();
    const [overview = '', logs = '', success = ''] = await reviewed(sample, 'Go Through', 'Leave Open', undefined);
    expect(overview).toContain('[$(arrow-right) Go Through the Items 3 of 4 are open]');
    expect(overview).toContain('[--- Since the last review, yesterday 09:00]');
    expect(overview).toContain('[Success overnight 99.5 % of 612 · night before 100 % of 7 · control 100 % of 6,120]');
    expect(overview).toContain('[$(warning) critical_errors 2, before none; newest logs/app.log:12]');
    expect(overview).toContain('low-success success_rate 95.8 % of 24 (03:00), fires below 95 %, 84 % of the way]');
    // Words of people are no icons.
    expect(overview).toContain('held by ana: \\$(bug) [x](y)');
    expect(logs).toContain('1 of 4: Review overnight logs | Each day · overdue since 08:00 [←] [$(check) Tick]');
    expect(logs).toContain('[$(warning) critical_errors 2, before none');
    expect(logs).not.toContain('Success overnight');
    expect(success).toContain('night before 100 % of 7 (too few: 7 of 20 records)]');
    expect(success).toContain('[$(warning) Trigger low-success');
  });

  it('may be stopped anywhere and gone on with: what was ticked stays, and keeps its number', async () => {
    const sample = await opened();
    const first = await reviewed(sample, 'Go Through', 'Tick', undefined);
    expect(first.at(-1)).toMatch(/^status: Review stopped: ticks stay/);
    expect(sample.daemon.closings).toEqual([]);
    sample.mock.shown.length = 0;
    const second = await reviewed(sample, 'Go Through', 'Leave Open', 'Leave Open', 'Write the Entry with', 'calm');
    expect(second[0]).toContain('2 of 4 are open');
    expect(pages(second).slice(1)).toEqual([
      '3 of 4: Success rate is good',
      '4 of 4: Check \\$(metrics)',
      'End the Daily Review',
    ]);
    expect(second.find((line) => line.includes('End the Daily Review'))).toContain('2 of 4 stay open.');
    expect(sample.daemon.closings[0]?.note).toBe('calm');
  });

  it('goes back, shows what was said, and takes it back', async () => {
    const sample = await opened();
    const shown = await reviewed(
      sample,
      'Go Through',
      'Tick',
      '←',
      'Take the Tick Back',
      'Only Note',
      'odd',
      undefined,
    );
    expect(pages(shown)).toEqual([
      'Daily Review: Async upload rollout · times in UTC',
      '1 of 4: Review overnight logs',
      '3 of 4: Success rate is good',
      '1 of 4: Review overnight logs',
      '1 of 4: Review overnight logs',
      '1 of 4: Review overnight logs',
    ]);
    expect(shown.find((line) => line.includes('Take the Tick Back'))).toContain('ticked by ana, 09:00');
    expect(shown.findLast((line) => line.startsWith('pick'))).toContain('[--- Notes] [ana, 09:00 odd]');
    expect(sample.daemon.ticks.map(({ ticked, as }) => [ticked, as])).toEqual([
      [true, undefined],
      [false, undefined],
      [false, 'note'],
    ]);
  });

  it('stays where it is when a figure is chosen, a reason is missing, or the daemon refuses', async () => {
    const sample = await opened();
    sample.daemon.answerTick = () => ({ kind: 'refused', code: 'no-item', revision: 7, message: 'not [now](x)' });
    const shown = await reviewed(sample, 'Go Through', 'Skip with a Reason', '  ', 'Tick', undefined);
    expect(shown).toContain('invalid: A word is needed.');
    expect(shown).toContain('warning: Rampwatch: not [now] (x)');
    expect(pages(shown).slice(1)).toEqual(Array(3).fill('1 of 4: Review overnight logs'));
    sample.daemon.answerClosing = { kind: 'refused', message: 'the review was not closed: the disk is full' };
    sample.mock.shown.length = 0;
    const leave = ['Leave Open', 'Leave Open', 'Leave Open'];
    const refused = await reviewed(sample, 'Go Through', ...leave, 'Write the Entry', undefined);
    expect(refused).toContain('error: Rampwatch: the review was not closed: the disk is full');
    expect(pages(refused).slice(-2)).toEqual(['End the Daily Review', 'End the Daily Review']);
  });

  it('can be ended when nothing is due, and needs a daemon', async () => {
    const sample = await opened();
    const done = { ticked: { by: 'ana', at: wallTime(lookedAt), note: null }, phase: 'done' } as const;
    sample.daemon.show(daily({ logs: done, success: done, metrics: done }));
    await sample.until('the list', () => sample.mock.tree('rampwatch.checklists').includes('4 of 4'));
    const shown = await reviewed(sample, 'End the Review', 'Write the Entry');
    expect(shown[0]).toContain('[$(arrow-right) End the Review nothing is due]');
    expect(sample.daemon.closings).toHaveLength(1);
    await sample.daemon.stop();
    await sample.until('the end', () => sample.mock.contextKeys.get('rampwatch.stopped') === true);
    sample.mock.shown.length = 0;
    expect((await reviewed(sample))[0]).toMatch(/^error: Rampwatch: the daemon is not running; /);
  });

  it('puts first of several rollouts the one under way that has something due', async () => {
    const list = daily().checklists;
    const sample = openSample((_mock, daemon) => {
      const named = (rollout: string, name: string) => ({ rollout, plan: { ...sampleRollout().plan, name } });
      daemon.view = sampleWorkspace([
        sampleRollout({ ...named('later', 'Later'), checklists: list }, { phase: { kind: 'planned' } }),
        sampleRollout(named('calm', 'Calm')),
        sampleRollout({ ...named('due', 'Due'), checklists: list }),
      ]);
    });
    await sample.until('the rollouts', () => sample.mock.statusBar.text.includes('+2'));
    const [choice] = await reviewed(sample, undefined);
    expect([...(choice ?? '').matchAll(/\[(.*?)\]/g)].map(([, item]) => item)).toEqual([
      'Due 10 % · soaking · 3 due',
      'Calm 10 % · soaking · nothing due',
      '--- not begun, or over',
      'Later 10 % · not begun · 3 due',
    ]);
  });
});
