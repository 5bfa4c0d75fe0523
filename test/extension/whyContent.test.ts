import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../daemon/protocol/domain/explanation.ts';
import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { duration, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { TriggerStatus } from '../../daemon/protocol/domain/verdict.ts';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { placeText } from '../../daemon/protocol/words/placeText.ts';
import { whyChatText } from '../../extension/commands/chatText.ts';
import { linkTarget, rolloutLink } from '../../extension/links.ts';
import type { WhyAbout } from '../../extension/views/row.ts';
import { whyContent } from '../../extension/why/whyContent.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { openSample } from './openSample.ts';
import { standingOf } from './rowsText.ts';
import { sampleExplanation } from './sampleExplanation.ts';
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
  return whyContent(shown, [shown], about, lookedAt, t);
}

const latency = { kind: 'condition', stage: 'ten', condition: 'latency <= 105% of baseline' } as const;

describe('what explains the failures', () => {
  const [klarna] = sampleExplanation(fired).factors;
  const hostile = { kind: 'value', text: '[gemini](command:evil) <b>`x`' } as const;
  const explanation = sampleExplanation(fired, {
    factors: klarna === undefined ? [] : [{ ...klarna, content: hostile }],
  });
  const view = withPhase({ kind: 'rolled-back', cause: { kind: 'trigger', firing: fired } });

  it('stands in Why of the rollback, and is asked for by its subject', () => {
    const told = why({ ...view, triggers: [lowSuccess], explanations: [explanation] }, { kind: 'rollback' });
    expect(told?.content.explanation).toEqual(explanation);
    expect(told?.subject).toEqual(explanation.about);
  });

  it('is left out of another firing', () => {
    const other = { ...explanation, about: { ...explanation.about, trigger: 'other' } } as Explanation;
    const told = why({ ...view, triggers: [lowSuccess], explanations: [other] }, { kind: 'rollback' });
    expect(told?.content.explanation).toBeNull();
  });

  it('is copied for a chat in six lines, as text', () => {
    const told = why({ ...view, triggers: [lowSuccess], explanations: [explanation] }, { kind: 'rollback' });
    if (told === null) throw new Error('nothing is told');
    const link = rolloutLink('vscode', '/workspace', 'async-upload', { kind: 'rollback' });
    const text = whyChatText(told.content, link, t);
    expect(text.split('\n')).toHaveLength(6);
    expect(text).toContain('34 of 37 failures have provider = \\[gemini\\](command:evil)');
    expect(text).toContain('why=rollback');
    expect(linkTarget({ path: '/rollout', query: new URL(link).search.slice(1) })).toMatchObject({ shows: 'why' });
  });
});

function places(told: ReturnType<typeof why>): readonly string[] {
  return (told?.content.records ?? []).map(({ place }) => placeText(place));
}

function facts(told: ReturnType<typeof why>): string {
  return (told?.content.sections ?? []).flatMap((section) => section.facts).join('\n');
}

describe('the reasons', () => {
  it('of an unmet condition: counts, limit, baseline, rule with its line', () => {
    expect(why(sampleRollout(), latency)).toMatchSnapshot();
  });

  it('of a rollback by a trigger: what fired, its window, its rule, and the records, newest first', () => {
    const view = withPhase({ kind: 'rolled-back', cause: { kind: 'trigger', firing: fired } });
    const told = why({ ...view, triggers: [lowSuccess] }, { kind: 'rollback' });
    expect(told).toMatchSnapshot();
    expect(told?.content.rule?.line?.text).toBe('rampwatch.yaml:61');
    expect(places(told)).toEqual(['logs/metrics.jsonl:130', 'logs/metrics.jsonl:120']);
  });

  it('of a rollback by a person, of a firing of the journal, and of a trigger that is merely armed', () => {
    const cause = { kind: 'person', by: 'ana', reason: '![x](http://evil/)' } as const;
    const byPerson = why(withPhase({ kind: 'rolling-back', cause }), { kind: 'rollback' });
    expect(byPerson?.content.sections).toEqual([{ title: 'Who', facts: ['ana', 'Reason: ![x](http://evil/)'] }]);
    expect(byPerson?.subject).toBeNull();
    const view = { ...sampleRollout(), triggers: [lowSuccess] };
    expect(places(why(view, { kind: 'firing', firing: fired }))).toContain('logs/metrics.jsonl:130');
    const ofOne = facts(why(view, { kind: 'firing', firing: { ...fired, until: fired.at } }));
    expect(ofOne).toContain('At 08:59:00\n');
    expect(ofOne).not.toContain('From 08:59:00');
    const armed = why(view, { kind: 'trigger', trigger: 'low-success' });
    expect(armed?.content.records).toEqual([]);
    const journal = [{ ...entry, body: { kind: 'firing', firing: fired } }] as const;
    const after = why({ ...view, journal }, { kind: 'trigger', trigger: 'low-success' });
    // Every heading has content below it, and an empty sample has nothing to count or to prove.
    for (const told of [armed, after]) {
      expect(told?.content.sections.every((section) => section.facts.length > 0)).toBe(true);
      expect(facts(told)).not.toContain('0 of 0');
      expect(facts(told)).not.toContain('as they go now');
    }
    expect([armed, after].map((told) => told?.content.sections.map(({ title }) => title))).toEqual([
      ['Counts', 'Evidence'],
      ['When it fired', 'Now', 'Evidence'],
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
    expect(places(why(sampleRollout({ journal }), about))).toContain('logs/metrics.jsonl:120');
    expect(places(why(sampleRollout({ journal }), latency))).toEqual([]);
  });
});

describe('Show Why', () => {
  it('opens the page of a row, which leads on to the plan, and the same page when it is asked again', async () => {
    const { mock, until } = openSample((_mock, daemon) => {
      daemon.view = sampleWorkspace([sampleRollout()]);
    });
    await until('the tree', () => mock.tree('rampwatch.stages') !== '');
    await mock.run('rampwatch.showWhy', mock.element('rampwatch.stages', 'latency'));
    const [page, ...others] = mock.webviews;
    expect(others).toEqual([]);
    expect(page?.title).toBe('Why latency <= 105% of baseline');
    expect(page?.html).toContain("default-src 'none'");
    page?.send({ type: 'ready' });
    await until('the page', () => page?.heard('snapshot') !== undefined);
    expect(page?.heard('snapshot')).toMatchObject({
      content: { title: 'latency in the gate of ten', rule: { line: { text: 'rampwatch.yaml:34' } } },
    });
    const part = why(sampleRollout(), latency)?.content.rule?.line?.part;
    page?.send({ type: 'open-plan-line', part });
    await until('the plan', () => mock.opened.length > 0);
    expect(mock.opened.at(-1)?.file).toBe('/workspace/rampwatch.yaml');
    await mock.run('rampwatch.showWhy', mock.element('rampwatch.stages', 'latency'));
    expect(mock.webviews).toHaveLength(1);
    page?.send({ type: 'command', kind: 'stopDaemon' });
    await until('the refusal', () => mock.log.some((line) => line.includes('does not know')));
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
    expect(mock.webviews.at(-1)?.title).toBe('Why Rollback');
    daemon.show(sampleRollout({ stages: [] }));
    await until('the change', () => mock.tree('rampwatch.stages') === '');
    await mock.run('rampwatch.showWhy');
    expect(mock.shown.at(-1)).toContain('nothing to explain');
  });
});
