import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../daemon/protocol/domain/explanation.ts';
import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { duration, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { TriggerStatus } from '../../daemon/protocol/domain/verdict.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { whyText } from '../../extension/evidence/whyText.ts';
import type { WhyAbout } from '../../extension/views/row.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { openSample } from './openSample.ts';
import { standingOf } from './rowsText.ts';
import { condition, firing, lookedAt, sampleRollout, sampleWorkspace, withPhase } from './sampleViews.ts';

const { t } = mockVscode().vscode.l10n;
const evidence = [
  { file: 'logs/metrics.jsonl', line: 120, offset: 9000 },
  { file: 'logs/metrics.jsonl', line: 130, offset: 9900 },
];
const fired = { ...firing, evidence };
const entry = { seq: 1, rollout: 'async-upload', attempt: 1, at: wallTime(lookedAt), previous: '', hash: '' };
const lowSuccess: TriggerStatus = {
  id: 'low-success',
  when: 'success_rate < 95%',
  consequence: 'rollback',
  over: duration(300_000),
  for: duration(0),
  min: 20,
  phase: { kind: 'idle' },
  verdict: condition('success_rate < 95%', 'success_rate', {
    verdict: 'no-data',
    figure: { value: null, unit: '%', n: 0, good: 0 },
    label: { kind: 'insufficient', needed: 2 },
    reason: 'no uploads yet',
  }),
  sequential: null,
};

function why(view: RolloutView, about: WhyAbout) {
  const plan = { ...view.plan, lines: { ...view.plan.lines, 'triggers.0': 61 } };
  const rollout = { ...view, plan };
  const shown = { standing: standingOf([rollout]), rollout };
  return whyText(shown, [shown], about, lookedAt, t);
}

const latency = { kind: 'condition', stage: 'ten', condition: 'latency <= 105% of baseline' } as const;

describe('what explains the failures', () => {
  const explanation: Explanation = {
    about: { kind: 'trigger', trigger: fired.trigger, firedAt: fired.at },
    from: fired.window.from,
    to: fired.at,
    of: 'share',
    failed: 37,
    passed: 400,
    control: { failed: 0, passed: 4000 },
    factors: [
      {
        field: 'provider',
        content: { kind: 'value', text: '[gemini](command:evil) <b>`x`' },
        failed: { n: 34, of: 37 },
        passed: { n: 2, of: 400 },
        control: null,
      },
    ],
    signatures: [
      {
        field: 'error.stack',
        content: { kind: 'frame', text: 'checkoutV2.mjs:9' },
        failed: { n: 37, of: 37 },
        control: { n: 0, of: 0 },
        isNew: true,
        firstSeen: fired.at,
      },
    ],
    mix: null,
    compared: { fields: 9, values: 60 },
    left: null,
  };
  const view = withPhase({ kind: 'rolled-back', cause: { kind: 'trigger', firing: fired } });

  it('stands in Why of the rollback, escaped, and its stack frame leads to the source', () => {
    const text = why({ ...view, triggers: [lowSuccess], explanations: [explanation] }, { kind: 'rollback' });
    expect(text?.text).toContain(
      '34 of 37 failures have provider = \\[gemini\\](command:evil) \\<b\\>\\`x\\`; 2 of 400 successes do',
    );
    expect(text?.text).toContain(
      '37 of 37 failures have error.stack at checkoutV2.mjs:9: NEW, the control has no failures',
    );
    expect(text?.links.map(({ command, argument }) => ({ command, argument }))).toContainEqual({
      command: 'rampwatch.openSourceAtLine',
      argument: { source: { file: 'checkoutV2.mjs', line: 9 } },
    });
  });

  it('is left out of another firing', () => {
    const other = { ...explanation, about: { ...explanation.about, trigger: 'other' } } as Explanation;
    const text = why({ ...view, triggers: [lowSuccess], explanations: [other] }, { kind: 'rollback' });
    expect(text?.text).not.toContain('What explains');
  });
});

describe('the reasons', () => {
  it('of an unmet condition: counts, limit, baseline, rule with its line', () => {
    expect(why(sampleRollout(), latency)?.text).toMatchSnapshot();
  });

  it('of a rollback by a trigger: what fired, its window, its rule, and the records, newest first', () => {
    const view = withPhase({ kind: 'rolled-back', cause: { kind: 'trigger', firing: fired } });
    const text = why({ ...view, triggers: [lowSuccess] }, { kind: 'rollback' });
    expect(text?.text).toMatchSnapshot();
    expect(text?.links.map(({ line, from, to }) => text.text.split('\n')[line - 1]?.slice(from, to))).toEqual([
      'rampwatch.yaml:61',
      'logs/metrics.jsonl:130',
      'logs/metrics.jsonl:120',
    ]);
  });

  it('of a rollback by a person, of a firing of the journal, and of a trigger that is merely armed', () => {
    const cause = { kind: 'person', by: 'ana', reason: '![x](http://evil/)' } as const;
    const byPerson = why(withPhase({ kind: 'rolling-back', cause }), { kind: 'rollback' })?.text ?? '';
    expect(byPerson).toContain('Reason: !\\[x\\](http:');
    const view = { ...sampleRollout(), triggers: [lowSuccess] };
    expect(why(view, { kind: 'firing', firing: fired })?.text).toContain('`logs/metrics.jsonl:130`');
    const ofOne = why(view, { kind: 'firing', firing: { ...fired, until: fired.at } })?.text ?? '';
    expect(ofOne).toContain('- At 08:59:00\n');
    expect(ofOne).not.toContain('From 08:59:00');
    const armed = why(view, { kind: 'trigger', trigger: 'low-success' })?.text ?? '';
    expect(armed).toContain('No record is kept for this');
    const journal = [{ ...entry, body: { kind: 'firing', firing: fired } }] as const;
    const after = why({ ...view, journal }, { kind: 'trigger', trigger: 'low-success' })?.text ?? '';
    // Every heading has content below it, and an empty sample has nothing to count or to prove.
    for (const text of [armed, after]) {
      expect(text).not.toMatch(/## [^\n]*\n+##/);
      expect(text).not.toContain('0 count towards it');
      expect(text).not.toContain('as they go now');
    }
    expect([armed, after].map((text) => [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title))).toEqual([
      ['Counts', 'Evidence', 'Rule', 'Failing records'],
      ['When it fired', 'Now', 'Evidence', 'Rule', 'Failing records'],
    ]);
  });

  it('of what is not so any more are not made up', () => {
    expect(why(sampleRollout(), { kind: 'rollback' })).toBeNull();
    expect(why(sampleRollout(), { kind: 'trigger', trigger: 'gone' })).toBeNull();
    expect(why(sampleRollout(), { ...latency, condition: 'gone' })).toBeNull();
  });

  it('names the records that triggers on the same measure kept', () => {
    const journal: readonly JournalEntry[] = [{ ...entry, body: { kind: 'firing', firing: fired } }];
    const about = { kind: 'condition', stage: 'ten', condition: 'success_rate >= 99.5%' } as const;
    expect(why(sampleRollout({ journal }), about)?.text).toContain('`logs/metrics.jsonl:120`');
    expect(why(sampleRollout({ journal }), latency)?.text).not.toContain('metrics.jsonl');
  });
});

describe('Show Why', () => {
  it('opens the reasons of a row, with links that lead on', async () => {
    const { mock, until } = openSample((_mock, daemon) => {
      daemon.view = sampleWorkspace([sampleRollout()]);
    });
    await until('the tree', () => mock.tree('rampwatch.stages') !== '');
    await mock.run('rampwatch.showWhy', mock.element('rampwatch.stages', 'latency'));
    expect(mock.opened.at(-1)).toEqual({ file: '/Why latency.md', line: 1 });
    expect(mock.documents.text()).toContain('# latency in the gate of ten');
    const [link] = mock.documents.links();
    expect(link?.words).toBe('rampwatch.yaml:34');
    const [command = '', words = ''] = (link?.target ?? '').replace('command:', '').split('?');
    await mock.run(command, ...JSON.parse(words));
    expect(mock.opened.at(-1)).toEqual({ file: '/workspace/rampwatch.yaml', line: 34 });
  });

  it('asks in the palette only when there are several things to explain', async () => {
    const view = withPhase({ kind: 'rolled-back', cause: { kind: 'trigger', firing: fired } });
    const { mock, until, daemon } = openSample((_mock, sample) => {
      sample.view = sampleWorkspace([{ ...view, triggers: [lowSuccess] }]);
    });
    await until('the tree', () => mock.tree('rampwatch.stages') !== '');
    mock.answers.push('rolled back');
    await mock.run('rampwatch.showWhy');
    expect(mock.shown).toEqual([
      'pick: Show Why | Explain what? [rolled back] [low-success: success_rate was 92.3 % (48 of 52), below 95 %] ' +
        '[latency 108 % of control, needs 105 %]',
    ]);
    expect(mock.opened.at(-1)?.file).toBe('/Why Rollback.md');
    daemon.show(sampleRollout({ stages: [] }));
    await until('the change', () => mock.tree('rampwatch.stages') === '');
    await mock.run('rampwatch.showWhy');
    expect(mock.shown.at(-1)).toContain('nothing to explain');
  });
});
