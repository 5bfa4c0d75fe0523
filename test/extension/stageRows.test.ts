import { describe, expect, it } from 'vitest';
import { eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import type { Link, Standing } from '../../extension/connection/standing.ts';
import type { Row } from '../../extension/views/row.ts';
import { RowTree } from '../../extension/views/rowTree.ts';
import { stageRows } from '../../extension/views/stageRows.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { allRows, rowIn, rowsText, standingOf } from './rowsText.ts';
import { condition, firing, lookedAt, sampleRollout, sampleSource, sampleWorkspace, withPhase } from './sampleViews.ts';

const { vscode } = mockVscode();
const { t } = vscode.l10n;

const rowOf = (standing: Standing, label: string): Row => rowIn(stageRows([standing], lookedAt, t), label);

describe('the Stages tree', () => {
  it('shows each stage, and of the current one every condition with figure, sample, verdict and evidence', () => {
    expect(rowsText(stageRows([standingOf([sampleRollout()])], lookedAt, t))).toBe(
      [
        '[pass-filled] 0 % — off · passed',
        '[pass-filled] 1 % — one · passed',
        '  [pass] success_rate — 99.8 % of 1,204 · ≥ 99.5 % · met · 380 more to prove',
        '[play-circle] 10 % — ten · 3/4 met · soak 20 h',
        '  [pass] success_rate — 99.8 % of 1,204 · ≥ 99.5 % · met · 380 more to prove',
        '  [pass] error_rate — 0.2 % of 1,204 · ≤ 0.5 % · met · proven',
        '  [error] latency — 108 % of control · ≤ 105 % · not met · n 1,204',
        '  [pass] uploads — 1,204 · ≥ 1,000 · met',
        '  [watch] Soak — 20 h left of 2 d',
        '  [pass] Flag in .env — 10 % in force',
        '[circle-outline] 50 % — fifty',
        '  [circle-outline] success_rate — ≥ 99.5 %',
        '  [circle-outline] error_rate — ≤ 0.5 %',
        '[circle-outline] 100 % — full',
      ].join('\n'),
    );
  });

  it('names every phase, by word and by icon', () => {
    const faceOf = (view: RolloutView) => {
      const row = rowOf(standingOf([view]), '10 %');
      return `[${row.icon.id}] ${row.description}`;
    };
    const person = { kind: 'person', by: 'ana', reason: null } as const;
    expect([
      faceOf(withPhase({ kind: 'planned' })),
      faceOf(withPhase({ kind: 'ready' })),
      faceOf(withPhase({ kind: 'held', cause: person })),
      faceOf(withPhase({ kind: 'review', firings: [firing], returnsTo: { kind: 'soaking' } })),
      faceOf(withPhase({ kind: 'rolling-back', cause: person })),
      faceOf(withPhase({ kind: 'rolled-back', cause: person })),
      faceOf(withPhase({ kind: 'rollback-failed', cause: person, detail: '.env is not writable' })),
      faceOf(withPhase({ kind: 'completed' })),
    ]).toEqual([
      '[circle-outline] ten · not begun',
      '[arrow-circle-right] ten · ready to advance',
      '[debug-pause] ten · held · 3/4 met',
      '[warning] ten · review needed · 3/4 met',
      '[loading~spin] ten · rolling back',
      '[discard] ten · rolled back by ana',
      '[error] ten · rollback failed',
      '[pass-filled] ten · completed',
    ]);
  });

  it('is red at the stage that was rolled back, and no tick of that attempt is green any more', () => {
    const cause = { kind: 'person', by: 'ana', reason: null } as const;
    const colors = (view: RolloutView) =>
      allRows(stageRows([standingOf([view])], lookedAt, t))
        .filter(({ icon }) => icon.id === 'pass-filled' || icon.id === 'discard' || icon.id === 'pass')
        .map(({ label, icon }) => `${label} ${icon.color}`);
    const ticks = (color: string) => [
      `0 % ${color}`,
      `1 % ${color}`,
      `success_rate ${color}`,
      ...(color === 'disabledForeground' ? ['10 % testing.iconFailed'] : []),
      `success_rate ${color}`,
      `error_rate ${color}`,
      `uploads ${color}`,
      'Flag in .env testing.iconPassed',
    ];
    expect(colors(sampleRollout())).toEqual(ticks('testing.iconPassed'));
    expect(colors(withPhase({ kind: 'rolled-back', cause }))).toEqual(ticks('disabledForeground'));
  });

  it('says every verdict in words: too few and no data are no small "met"', () => {
    const gate = [
      condition('a >= 1%', 'a', { verdict: 'insufficient', figure: { value: 1, unit: '%', n: 7, good: 7 } }),
      condition('b >= 1%', 'b', { verdict: 'no-data', figure: { value: null, unit: '%', n: 0, good: null } }),
      condition('c >= 1%', 'c', { verdict: 'error', figure: { value: null, unit: '%', n: 0, good: null } }),
      condition('d >= 99.5%', 'd', {
        verdict: 'unmet',
        figure: { value: 0.99499, unit: '%', n: 100_000, good: 99_499 },
        limit: 0.995,
        label: { kind: 'refuted' },
      }),
    ];
    const [, , ten] = sampleRollout().stages;
    const stages = sampleRollout().stages.map((stage) =>
      stage === ten || stage.id === 'ten' ? { ...stage, gate } : stage,
    );
    const rows = rowOf(standingOf([sampleRollout({ stages })]), '10 %').children.slice(0, 4);
    expect(rowsText(rows)).toBe(
      [
        '[watch] a — 100 % of 7 · ≥ 1 % · too few',
        '[question] b — ≥ 1 % · no data',
        '[warning] c — ≥ 1 % · error',
        '[error] d — 99.499 % of 100,000 · ≥ 99.5 % · not met · refuted',
      ].join('\n'),
    );
  });

  it('says what a condition on the baseline is held against, judged or not', () => {
    const gate = sampleRollout().stages[2]?.gate.slice(2, 3) ?? [];
    const without = gate.map((verdict) => ({ ...verdict, verdict: 'no-data' as const, baseline: null }));
    const stages = sampleRollout().stages.map((stage) =>
      stage.id === 'fifty' || stage.id === 'ten' ? { ...stage, gate: without } : stage,
    );
    const standing = standingOf([sampleRollout({ stages })]);
    expect(rowOf(standing, '50 %').children[0]?.description).toBe('≤ 105 % of baseline');
    expect(rowOf(standing, '10 %').children[0]?.description).toBe('940 ms · ≤ 105 % of baseline · no data · n 1,204');
  });

  it('counts the soak down in whole minutes, and in seconds only at the end', () => {
    const soak = { required: 60_000 as never, soaked: 18_000 as never, countingSince: wallTime(lookedAt - 1500) };
    expect(rowOf(standingOf([sampleRollout({}, { soak })]), 'Soak').description).toBe('40 s left of 1 m');
    const still = { ...soak, countingSince: null };
    expect(rowOf(standingOf([sampleRollout({}, { soak: still })]), 'Soak').description).toBe(
      '42 s left of 1 m, paused',
    );
    const over = { ...soak, soaked: 60_000 as never };
    expect(rowOf(standingOf([sampleRollout({}, { soak: over })]), 'Soak').description).toBe('done');
  });

  it('names a source whose silence blocks the gate, also when only this clock has noticed', () => {
    const old = wallTime(lookedAt - 16 * 60_000);
    const silent = sampleRollout({ sources: [sampleSource({ arrived: old, fresh: true })] });
    expect(rowOf(standingOf([silent]), 'logs/metrics.jsonl').description).toBe('silent, last record 16 m ago');
    const never = sampleRollout({ sources: [sampleSource({ arrived: null, newest: null, fresh: false })] });
    expect(rowOf(standingOf([never]), 'logs/metrics.jsonl').description).toBe('no record yet');
    const unneeded = sampleRollout({ sources: [sampleSource({ arrived: old, fresh: false, needed: false })] });
    expect(() => rowOf(standingOf([unneeded]), 'logs/')).toThrow();
  });

  it('says of a source in error what is wrong with it, before anything begins too, and where to approve it', () => {
    const detail = 'nobody has approved this command on this machine: look at it with `rampwatch approve`';
    const health = { ...sampleSource().health, state: 'error', detail, unapproved: true } as const;
    const source = sampleSource({ arrived: null, newest: null, fresh: false, health });
    for (const rollout of [
      sampleRollout({ sources: [source] }),
      { ...withPhase({ kind: 'planned' }), sources: [{ ...source, needed: false }] },
    ]) {
      const row = rowOf(standingOf([rollout]), 'logs/metrics.jsonl');
      expect(row.description).toBe(detail);
      expect(row.context).toContain('unapprovedSource');
    }
    const armless = 'none of the 32,160 records belongs to an arm: none has `variant`; check `arms` in the plan';
    const talks = sampleSource({ fresh: false, health: { ...sampleSource().health, state: 'error', detail: armless } });
    expect(rowOf(standingOf([sampleRollout({ sources: [talks] })]), 'logs/metrics.jsonl').description).toBe(armless);
  });

  it('offers in the current stage what the daemon would not refuse, and nowhere else', () => {
    const rows = stageRows([standingOf([sampleRollout()])], lookedAt, t);
    expect(rows.map((row) => row.context.filter((word) => word.startsWith('can')))).toEqual([
      [],
      [],
      ['canRollBack', 'canAdvance', 'canHold'],
      [],
      [],
    ]);
  });

  it('takes the colour from what is only the last known, and leaves open nothing but the way back', () => {
    const link: Link = { kind: 'lost', since: lookedAt, retryAt: lookedAt + 1000, detail: 'closed' };
    const stage = rowOf(standingOf([sampleRollout()], { link }), '10 %');
    expect(stage.description).toBe('ten · last known · 3/4 met · soak 20 h');
    expect(stage.icon).toEqual({ id: 'debug-disconnect' });
    expect(stage.context.filter((word) => word.startsWith('can'))).toEqual(['canRollBack']);
    const coloured = stage.children.filter((row) => /Passed|Failed/.test(row.icon.color ?? ''));
    expect(coloured.map((row) => row.label)).toEqual([]);
    expect(stage.children.length).toBe(6);
  });

  it('shows nothing of a daemon that was stopped', () => {
    const link: Link = { kind: 'stopped', cause: { kind: 'ended' } };
    expect(stageRows([standingOf([sampleRollout()], { link })], lookedAt, t)).toEqual([]);
  });

  it('puts rollouts above their stages where there are several, and says per folder what is wrong with it', () => {
    const second = sampleRollout({ rollout: 'search', plan: { ...sampleRollout().plan, name: 'Search' } });
    const rows = stageRows(
      [
        standingOf([sampleRollout(), second]),
        standingOf([], { folder: '/other', view: null, link: { kind: 'starting', since: lookedAt } }),
        standingOf([], {
          folder: '/third',
          view: null,
          link: { kind: 'stopped', cause: { kind: 'failed', detail: 'Node 18 is too old', place: null, told: false } },
        }),
      ],
      lookedAt,
      t,
    );
    expect(rows.map((row) => `[${row.icon.id}] ${row.label} — ${row.description}`)).toEqual([
      '[play-circle] Async upload rollout — 10 % · soaking',
      '[play-circle] Search — 10 % · soaking',
      '[loading~spin] other — starting the daemon',
      '[debug-disconnect] third — Node 18 is too old',
    ]);
    const ids = allRows(rows).map((row) => row.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('shows a plan that cannot be used, a plan with an error, and the daemon in trouble', () => {
    const broken = sampleRollout({ plan: { ...sampleRollout().plan, problem: 'rampwatch.yaml:3:1: unknown key' } });
    const view = sampleWorkspace([broken], {
      problems: [
        { file: '/workspace/b.rampwatch.yaml', message: 'b.rampwatch.yaml:1:1: not YAML' },
        { file: '/workspace/rampwatch.yaml', message: 'rampwatch.yaml:3:1: unknown key' },
      ],
      faults: ['the disk is full'],
    });
    const rows = stageRows([standingOf([], { view })], lookedAt, t);
    expect(rows.slice(0, 4).map((row) => `${row.label} — ${row.description} [${row.context.join(' ')}]`)).toEqual([
      'Plan cannot be used — b.rampwatch.yaml:1:1: not YAML [problem]',
      'Daemon in trouble — the disk is full [trouble]',
      'The plan file cannot be used; the last good one stays in use — rampwatch.yaml:3:1: unknown key [problem]',
      expect.stringMatching(/^0 %/),
    ]);
  });

  it('makes control and bidi characters visible, and escapes Markdown in tooltips', () => {
    const evil = condition('x\u202e >= 1% [a](command:evil)\u001b[2J', 'x\u202e', {
      verdict: 'unmet',
      figure: { value: 0, unit: '%', n: 1, good: 0 },
      reason: '![](http://evil/x.png) <b>$(bug)</b>',
    });
    const stages = sampleRollout().stages.map((stage) => (stage.id === 'ten' ? { ...stage, gate: [evil] } : stage));
    const [row] = rowOf(standingOf([sampleRollout({ stages })]), '10 %').children;
    expect(row?.label).toBe('x\\u202e');
    expect(row?.description).toContain('x\\u202e >= 1% [a](command:evil)\\u001b[2J');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is about control characters
    expect(row?.tooltip).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
    expect(row?.tooltip).not.toMatch(/(?<!\\)\]\(|(?<!\\)</);
  });

  it('tells a screen reader what the icon tells the eye', () => {
    expect(rowOf(standingOf([sampleRollout()]), '10 %').spoken).toBe('10 %, ten · 3/4 met · soak 20 h, current stage');
    expect(rowOf(standingOf([sampleRollout()]), '50 %').spoken).toBe('50 %, fifty, ahead');
  });

  it('keeps in the tooltip what a narrow side bar cuts', () => {
    const { tooltip } = rowOf(standingOf([sampleRollout()]), '10 %');
    expect(tooltip.split('\n')).toEqual([
      '**ten** · 10 %',
      '',
      'soaking',
      '',
      '- Entered yesterday 05:00 (1 d 4 h ago)',
      '- Soak at least 2 d',
      '- Treatment 1,204, control 10,836 records',
      '',
      'Missing before an advance:',
      '- latency 108 % of control, needs 105 %',
      '- soak ends tomorrow 05\\:00',
    ]);
  });

  it('tells an override for ever', () => {
    const stages = sampleRollout().stages.map((stage) =>
      stage.id === 'one' && stage.visit !== null
        ? {
            ...stage,
            visit: { ...stage.visit, override: { by: 'ana', reason: 'quiet week', unmet: ['uploads >= 100'] } },
          }
        : stage,
    );
    const row = rowOf(standingOf([sampleRollout({ stages })]), '1 %');
    expect(row.description).toBe('one · passed by override');
    expect(row.tooltip).toContain('Passed by override of ana: quiet week');
  });
});

describe('drawing the tree', () => {
  function drawn(first: RolloutView, second: RolloutView): string[] {
    const tree = new RowTree(vscode);
    const labels: string[] = [];
    tree.update(stageRows([standingOf([first])], lookedAt, t), lookedAt);
    tree.onDidChangeTreeData((elements) => labels.push(...(elements?.map(({ row }) => row.label) ?? ['everything'])));
    tree.update(stageRows([standingOf([second])], lookedAt, t), lookedAt);
    return labels;
  }

  it('draws nothing again when nothing that shows has changed', () => {
    expect(drawn(sampleRollout(), sampleRollout({}, { revision: 8, watermark: eventTime(1) }))).toEqual([]);
  });

  it('draws the changed row alone', () => {
    const stages = sampleRollout().stages.map((stage) =>
      stage.id === 'ten'
        ? {
            ...stage,
            gate: stage.gate.map((verdict) =>
              verdict.measure === 'uploads' ? { ...verdict, figure: { ...verdict.figure, value: 1205 } } : verdict,
            ),
          }
        : stage,
    );
    expect(drawn(sampleRollout(), sampleRollout({ stages }))).toEqual(['uploads']);
  });

  it('lets figures wait for each other, so that a row keeps its buttons under the pointer; a change of state does not wait', () => {
    const tree = new RowTree(vscode);
    const drawings: string[][] = [];
    const counted = (uploads: number, more: Partial<RolloutView> = {}) => {
      const stages = sampleRollout().stages.map((stage) => ({
        ...stage,
        gate: stage.gate.map((verdict) =>
          verdict.measure === 'uploads' ? { ...verdict, figure: { ...verdict.figure, value: uploads } } : verdict,
        ),
      }));
      return stageRows([standingOf([sampleRollout({ stages, ...more })])], lookedAt, t);
    };
    tree.update(counted(1204), 0);
    tree.onDidChangeTreeData((elements) => drawings.push(elements?.map(({ row }) => row.label) ?? ['everything']));
    for (let uploads = 1205; uploads < 1235; uploads += 1) tree.update(counted(uploads), (uploads - 1204) * 100);
    expect(drawings).toEqual([['uploads'], ['uploads']]);
    const { flag } = sampleRollout();
    if (flag?.effect == null) throw new Error('the sample has set its flag');
    const failed = { flag: { ...flag, effect: { ...flag.effect, progress: 'failed' as const } } };
    tree.update(counted(1235, failed), 3100);
    expect(drawings.at(-1)).toEqual(['Flag in .env']);
    tree.update(counted(1235, failed), 4200);
    expect(drawings.at(-1)).toEqual(['uploads']);
  });

  it('draws a stage once when it and what is below it change', () => {
    expect(drawn(sampleRollout(), sampleRollout({}, { phase: { kind: 'ready' }, gateMet: 4 }))).toEqual(['10 %']);
  });

  it('opens the stage that becomes the current one, as a row that the editor has not seen closed', () => {
    const before = rowOf(standingOf([sampleRollout()]), '50 %');
    const after = rowOf(standingOf([sampleRollout({}, { stageIndex: 3 })]), '50 %');
    expect([before.expansion, after.expansion]).toEqual(['collapsed', 'expanded']);
    expect(after.id).not.toBe(before.id);
  });

  it('keeps the identity of what stays when stages come and go', () => {
    const tree = new RowTree(vscode);
    tree.update(stageRows([standingOf([sampleRollout()])], lookedAt, t), lookedAt);
    const before = tree.getChildren();
    const stages = sampleRollout().stages.filter((stage) => stage.id !== 'one');
    const fewer = sampleRollout({ stages }, { stageIndex: 1, percent: percent(10) });
    tree.update(stageRows([standingOf([fewer])], lookedAt, t), lookedAt);
    expect(tree.getChildren().map((element) => before.indexOf(element))).toEqual([0, 2, 3, 4]);
  });
});
