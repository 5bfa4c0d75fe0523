import { describe, expect, it } from 'vitest';
import type { JournalBody, JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { Params } from '../../daemon/protocol/wire/messages.ts';
import type { SeriesResult } from '../../daemon/protocol/wire/series.ts';
import { SubjectArgument } from '../../extension/commands/forRollout.ts';
import { linkTarget, rolloutLink } from '../../extension/links.ts';
import type { MomentFacts } from '../../extension/why/momentReasons.ts';
import { whyContent } from '../../extension/why/whyContent.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { sampleSeries } from '../webview/dashboardSamples.ts';
import { openSample } from './openSample.ts';
import { standingOf } from './rowsText.ts';
import { firing, lookedAt, sampleRollout, sampleWorkspace } from './sampleViews.ts';

const { t } = mockVscode().vscode.l10n;
const minute = 60_000;
/** 08:30 of the sample's day. */
const moment = lookedAt - 30 * minute;

function entry(seq: number, at: number, body: JournalBody, attempt = 1): JournalEntry {
  return { seq, rollout: 'async-upload', attempt, at: wallTime(at), body, previous: '', hash: '' };
}

const entered = (seq: number, at: number, attempt = 1) =>
  entry(
    seq,
    at,
    {
      kind: 'stage-entered',
      stage: 1,
      id: 'one',
      percent: percent(1),
      at: eventTime(at),
      cause: 'advance',
      by: 'ana',
      reason: null,
      unmet: [],
    },
    attempt,
  );

function figures(treatment: readonly [n: number, good: number], control: readonly [n: number, good: number]) {
  const base = sampleSeries(1);
  const arm = ([n, good]: readonly [number, number]) => ({ n: [n], good: [good], quantiles: [] });
  return { ...base, arms: { treatment: arm(treatment), control: arm(control) } } satisfies SeriesResult;
}

function told(facts: Partial<MomentFacts>, rollout = sampleRollout()) {
  const known: MomentFacts = { series: figures([52, 48], [400, 398]), entries: [], deploys: [], ...facts };
  const shown = { standing: standingOf([rollout]), rollout };
  const asked = { kind: 'moment', at: moment } as const;
  return whyContent(shown, [shown], asked, lookedAt, t, { against: [], firing: null, moment: known })?.content;
}

const factsOf = (content: ReturnType<typeof told>, title: string) =>
  content?.sections.find((section) => section.title === title)?.facts;

describe('why at a moment', () => {
  it('says what both arms showed in the window until then, and draws it', () => {
    const content = told({});
    expect(content?.title).toBe('At 08:30');
    expect(content?.sentence).toBe(
      'Treatment 48 of 52 good (92.3 %), control 398 of 400 good (99.5 %) in the 5 m until then.',
    );
    expect(content?.figure).toEqual({ measure: 'success_rate', condition: null, firedAt: moment });
    const nobody = told({ series: figures([0, 0], [400, 398]) });
    expect(nobody?.sentence).toMatch(/^Treatment no records, control 398 of 400/);
  });

  it('names the stage of that time, and what happened around it: journal and tags, in order', () => {
    const entries = [
      entry(9, moment + 60 * minute, { kind: 'acknowledged', by: 'ana', reason: 'later', triggers: ['x'] }),
      entry(4, moment, { kind: 'firing', firing: { ...firing, at: eventTime(moment - minute) } }),
      entry(3, moment - 20 * minute, { kind: 'daemon', detail: 'not marked' }),
      entered(2, moment - 40 * minute),
    ];
    const deploys = [
      { kind: 'deploy', at: moment - 8 * minute, name: 'v1.4' },
      { kind: 'deploy', at: moment - 30 * 24 * 60 * minute, name: 'v1.3' },
    ] as const;
    const content = told({ entries, deploys });
    expect(factsOf(content, 'The window at that time')?.at(-1)).toBe('Stage one at 1 %, attempt 1');
    expect(factsOf(content, 'Around this time')?.map((fact) => fact.split(':').slice(0, 3).join(':'))).toEqual([
      '07:50: Entered one at 1 %',
      '08:22: tag v1.4',
      '08:29: low-success fired',
    ]);
  });

  it('tells of the last tag however old it is, and of the time before and after attempts', () => {
    const deploys = [{ kind: 'deploy', at: moment - 26 * 60 * minute, name: 'v1.3' }] as const;
    expect(factsOf(told({ deploys }), 'Around this time')).toEqual(['v1.3, the last tag before it, is 1 d 2 h older']);
    const none = sampleRollout({ stages: sampleRollout().stages.map((stage) => ({ ...stage, visit: null })) });
    const stage = (entries: readonly JournalEntry[]) =>
      factsOf(told({ entries }, none), 'The window at that time')?.at(-1);
    expect(stage([])).toBe('Before the first attempt');
    const cause = { kind: 'person', by: 'ana', reason: null } as const;
    const back = { kind: 'rollback-started', cause, to: 0, at: eventTime(moment - minute) } as const;
    expect(stage([entry(3, moment, back), entered(2, moment - 40 * minute)])).toBe('After the rollback of attempt 1');
  });

  it('is a page of its own, which asks the daemon, and a link leads to it', async () => {
    const asked: Params<'series'>[] = [];
    const { mock, until } = openSample((_mock, daemon) => {
      daemon.view = sampleWorkspace([sampleRollout()]);
      daemon.forward = async (method, params) => {
        if (method !== 'series') throw new Error(method);
        asked.push(params as Params<'series'>);
        return figures([52, 48], [400, 398]);
      };
    });
    await until('the tree', () => mock.tree('rampwatch.stages') !== '');
    const link = new URL(rolloutLink('vscode', '/workspace', 'async-upload', { kind: 'moment', at: moment }));
    const target = linkTarget({ path: link.pathname, query: link.search.slice(1) });
    expect(target).toMatchObject({ shows: 'why', subject: { why: { kind: 'moment', at: moment } } });
    if (target === null) throw new Error('no target');
    await mock.run('rampwatch.showWhy', new SubjectArgument({ ...target.subject, folder: '/workspace' }));
    const page = mock.webviews.at(-1);
    expect(page?.title).toBe('At 08:30');
    page?.send({ type: 'ready' });
    await until('the page', () => page?.heard('snapshot') !== undefined);
    expect(page?.heard('snapshot')).toMatchObject({ content: { title: 'At 08:30' }, kept: { about: { at: moment } } });
    expect(asked).toHaveLength(1);
    expect((asked[0]?.to ?? 0) - (asked[0]?.from ?? 0)).toBe(5 * minute);
  });

  it('of a firing that the state lists no more is found in the journal', async () => {
    const fired = { ...firing, trigger: 'long-ago', at: eventTime(moment) };
    const journal = Array.from({ length: 50 }, (_, index) =>
      entry(100 - index, lookedAt - index * 1000, { kind: 'daemon', detail: 'started' }),
    );
    const { mock, until } = openSample((_mock, daemon) => {
      daemon.view = sampleWorkspace([sampleRollout({ journal })]);
      daemon.journal = () => [entry(50, moment, { kind: 'firing', firing: fired })];
    });
    await until('the tree', () => mock.tree('rampwatch.stages') !== '');
    const subject = { folder: '/workspace', rollout: 'async-upload', planPart: null };
    const why = { kind: 'fired', trigger: 'long-ago', at: moment } as const;
    await mock.run('rampwatch.showWhy', new SubjectArgument({ ...subject, why }));
    const page = mock.webviews.at(-1);
    expect(page?.title).toBe('Why long-ago');
    page?.send({ type: 'ready' });
    await until('the page', () => page?.heard('snapshot') !== undefined);
    expect(page?.heard('snapshot')).toMatchObject({ content: { title: 'Trigger long-ago' } });
  });
});
