import { describe, expect, it } from 'vitest';
import { connected } from './openSample.ts';
import { sampleRollout, sampleWorkspace } from './sampleViews.ts';

describe('Preview Report', () => {
  it('asks of which time, and shows the whole rollout as rendered Markdown', async () => {
    const { mock, daemon } = await connected();
    mock.answers.push('Whole Rollout');
    await mock.run('rampwatch.openReport');
    expect(mock.shown).toEqual([
      'pick: Preview Report | Which period? [Whole Rollout] [One Day… a daily report] [One Week… a weekly report]',
      'command: markdown.showPreview',
    ]);
    expect(daemon.reports).toEqual([{ rollout: 'async-upload', format: 'markdown', period: { kind: 'whole' } }]);
  });

  it('offers the days since the rollout began, newest first, in the time zone of the plan', async () => {
    const { mock, daemon } = await connected();
    mock.answers.push('One Day…', '2025-11-03');
    await mock.run('rampwatch.openReport', mock.element('rampwatch.stages', '10 %'));
    const days = mock.shown[1]?.match(/\d{4}-\d\d-\d\d/g) ?? [];
    expect(days).toEqual([...days].sort().reverse());
    expect(days).toContain('2025-11-03');
    expect(daemon.reports.at(-1)?.period).toEqual({ kind: 'day', date: '2025-11-03' });
  });

  it('offers each week once, by its Monday', async () => {
    const { mock, daemon } = await connected();
    mock.answers.push('One Week…', '2025-11-03');
    await mock.run('rampwatch.openReport');
    const weeks = mock.shown[1]?.match(/\d{4}-\d\d-\d\d/g) ?? [];
    expect(new Set(weeks).size).toBe(weeks.length);
    expect(weeks.every((week) => new Date(week).getUTCDay() === 1)).toBe(true);
    expect(daemon.reports.at(-1)?.period).toEqual({ kind: 'week', date: '2025-11-03' });
  });

  it('asks nothing of the daemon when nobody chooses', async () => {
    const { mock, daemon } = await connected();
    await mock.run('rampwatch.openReport');
    mock.answers.push('One Day…');
    await mock.run('rampwatch.openReport');
    expect(daemon.reports).toEqual([]);
  });

  it('lets a person choose among several rollouts', async () => {
    const { mock, daemon } = await connected((each) => {
      const other = sampleRollout();
      each.view = sampleWorkspace([
        sampleRollout(),
        { ...other, rollout: 'checkout', plan: { ...other.plan, id: 'checkout', name: 'Checkout' } },
      ]);
    });
    mock.answers.push('Checkout', 'Whole Rollout');
    await mock.run('rampwatch.openReport');
    expect(daemon.reports.map(({ rollout }) => rollout)).toEqual(['checkout']);
  });

  it('says in one line when there is no daemon to ask', async () => {
    const { mock, daemon, until } = await connected();
    await daemon.stop();
    await until('the end', () => mock.contextKeys.get('rampwatch.running') === false);
    mock.shown.length = 0;
    await mock.run('rampwatch.openReport');
    expect(mock.shown).toHaveLength(1);
    expect(mock.shown[0]).toMatch(/^error: Rampwatch: the daemon is not /);
    expect(daemon.reports).toEqual([]);
  });
});

describe('Save Report', () => {
  it('proposes a name beside the plan, and saves Markdown or HTML as the name ends', async () => {
    const { mock, daemon } = await connected();
    mock.answers.push('Whole Rollout', '/workspace/reports/end.md');
    await mock.run('rampwatch.saveReport');
    expect(mock.shown).toContain('save: Save Report | /workspace/async-upload-report-whole.md');
    expect(mock.written.get('/workspace/reports/end.md')).toContain('# markdown whole');
    mock.answers.push('Whole Rollout', '/workspace/reports/end.html');
    await mock.run('rampwatch.saveReport');
    expect(mock.written.get('/workspace/reports/end.html')).toContain('# html whole');
    expect(daemon.reports.map(({ format }) => format)).toEqual(['markdown', 'markdown', 'markdown', 'html']);
  });

  it('keeps what people wrote into an earlier report', async () => {
    const { mock } = await connected();
    mock.written.set(
      '/workspace/end.md',
      '<!-- rampwatch report: async-upload -->\n\n# old\n\n<!-- yours: lessons -->\n\nMeasure first.\n\n<!-- end -->\n',
    );
    mock.answers.push('Whole Rollout', '/workspace/end.md');
    await mock.run('rampwatch.saveReport');
    expect(mock.written.get('/workspace/end.md')).toBe(
      '<!-- rampwatch report: async-upload -->\n\n# markdown whole\n\n<!-- yours: lessons -->\n\nMeasure first.\n\n<!-- end -->\n',
    );
  });

  it('writes nothing when the dialog is left', async () => {
    const { mock } = await connected();
    mock.answers.push('Whole Rollout');
    await mock.run('rampwatch.saveReport');
    expect(mock.written.size).toBe(0);
  });
});
