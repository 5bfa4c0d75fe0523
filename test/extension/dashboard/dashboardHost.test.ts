import { describe, expect, it } from 'vitest';
import { percent, wallTime } from '../../../daemon/protocol/domain/units.ts';
import type { HostMessage, PageMessage, RolloutName } from '../../../daemon/protocol/wire/dashboardMessages.ts';
import type { MarkedEvent } from '../../../daemon/protocol/wire/markedEvents.ts';
import type { RolloutView } from '../../../daemon/protocol/wire/view.ts';
import type { Link, Standing } from '../../../extension/connection/standing.ts';
import { dashboardContent } from '../../../extension/dashboard/dashboardContent.ts';
import { type DashboardActions, DashboardHost } from '../../../extension/dashboard/dashboardHost.ts';
import { pageHtml } from '../../../extension/pages/pageHtml.ts';
import { handClock } from '../../support/handClock.ts';
import { sampleSeries } from '../../webview/dashboardSamples.ts';
import { lookedAt, sampleRollout, sampleWorkspace } from '../sampleViews.ts';

const name = { folder: '/app', rollout: 'async-upload' };
const t = (message: string, ...values: readonly (string | number)[]): string =>
  message.replaceAll(/\{(\d+)\}/g, (_whole, index: string) => String(values[Number(index)]));

function standing(rollouts: readonly RolloutView[], link: Link = { kind: 'live' }): Standing {
  return { folder: '/app', planFiles: [], link, view: sampleWorkspace(rollouts), heardAt: lookedAt };
}

function hosted() {
  const clock = handClock(lookedAt);
  const posted: HostMessage[] = [];
  const acted: unknown[] = [];
  const happened: HostMessage[] = [];
  const world: {
    standings: readonly Standing[];
    series: DashboardActions['series'];
    events: readonly MarkedEvent[];
  } = {
    standings: [standing([sampleRollout()])],
    events: [],
    series: async () => sampleSeries(3),
  };
  const marks: number[] = [];
  const host = new DashboardHost(
    (message) => {
      if (message.type === 'mark') marks.push(message.mark);
      else if (message.type === 'events') happened.push(message);
      else posted.push(message);
    },
    {
      content: (wanted: RolloutName | null) => dashboardContent(world.standings, wanted, true, true, t),
      series: (rollout, params) => world.series(rollout, params),
      events: async () => world.events,
      command: (rollout, kind) => acted.push(['command', rollout, kind]),
      openEvidence: (rollout, place) => acted.push(['evidence', rollout, place]),
      openPlanLine: (rollout, part) => acted.push(['line', rollout, part]),
      openFaultyPlan: (file) => acted.push(['plan', file]),
      showWhy: (rollout, about) => acted.push(['why', rollout, about]),
      copyForChat: (rollout) => acted.push(['chat', rollout]),
      dailyReview: (rollout) => acted.push(['daily-review', rollout]),
      help: (topic) => acted.push(['help', topic]),
      language: { Hold: 'Anhalten' },
      log: (detail) => acted.push(['log', detail]),
    },
    clock,
  );
  const say = (message: PageMessage): void => host.receive(message);
  const read = (): void => say({ type: 'read', mark: marks.at(-1) ?? 0 });
  /** A moment in which the page reads what there is. */
  const pass = (): void => {
    read();
    clock.advance(60);
  };
  return { clock, posted, acted, happened, world, host, say, pass, read, marks };
}

describe('what a dashboard shows', () => {
  it('names the folder of rollouts that share a name', () => {
    const folders = ['/work/app', '/work/other'].map((folder) => ({ ...standing([sampleRollout()]), folder }));
    const { frame } = dashboardContent(folders, null, true, true, t);
    expect(frame.rollouts.map(({ name }) => name)).toEqual([
      'Async upload rollout (app)',
      'Async upload rollout (other)',
    ]);
  });
});

describe('a dashboard’s host', () => {
  it('says nothing to a page that is not there, and everything to one that says it is', () => {
    const { host, posted, say, pass } = hosted();
    host.changed();
    pass();
    expect(posted).toEqual([]);
    say({ type: 'ready', shown: null });
    expect(posted).toMatchObject([
      { type: 'snapshot', now: lookedAt + 60, link: { kind: 'live' }, empty: null, language: { Hold: 'Anhalten' } },
    ]);
  });

  it('tells only the parts that changed, once for several changes of one moment', () => {
    const { host, posted, world, say, pass } = hosted();
    const view = sampleRollout();
    world.standings = [standing([view])];
    say({ type: 'ready', shown: null });
    const changed = { ...view, checklists: [] };
    for (let times = 0; times < 3; times += 1) {
      world.standings = [standing([{ ...changed, triggers: [] }])];
      host.changed();
    }
    pass();
    expect(posted.slice(1)).toEqual([{ type: 'parts', rollout: name, parts: { checklists: [], triggers: [] } }]);
    host.changed();
    pass();
    expect(posted).toHaveLength(2);
  });

  it('tells of the link by itself, and everything anew when the list of rollouts changes', () => {
    const { host, posted, world, say, pass } = hosted();
    const view = sampleRollout();
    world.standings = [standing([view])];
    say({ type: 'ready', shown: null });
    const since = lookedAt - 4000;
    world.standings = [standing([view], { kind: 'lost', since, retryAt: lookedAt, detail: 'reset' })];
    host.changed();
    pass();
    expect(posted.slice(1)).toEqual([
      { type: 'link', link: { kind: 'gone', since: wallTime(since), detail: 'reset' } },
    ]);
    world.standings = [standing([view, { ...view, rollout: 'search' }])];
    host.changed();
    pass();
    expect(posted.at(-1)?.type).toBe('snapshot');
  });

  it('forgets a hidden page: nothing is said to it, and all of it again when it is back', () => {
    const { host, posted, say, pass } = hosted();
    say({ type: 'ready', shown: null });
    host.changed();
    host.hidden();
    pass();
    host.changed();
    pass();
    expect(posted).toHaveLength(1);
    say({ type: 'ready', shown: name });
    expect(posted).toHaveLength(2);
  });

  it('shows what the reader chose, also after a reload, and something else when that is gone', () => {
    const { posted, world, say } = hosted();
    const view = sampleRollout();
    world.standings = [standing([view, { ...view, rollout: 'search' }])];
    say({ type: 'choose', rollout: { folder: '/app', rollout: 'search' } });
    expect(posted.at(-1)).toMatchObject({ shown: { view: { rollout: 'search' } } });
    world.standings = [standing([view])];
    say({ type: 'ready', shown: { folder: '/app', rollout: 'search' } });
    expect(posted.at(-1)).toMatchObject({ shown: { view: { rollout: 'async-upload' } } });
  });

  it('answers with figures, or with why there are none', async () => {
    const { posted, world, say, read } = hosted();
    say({ type: 'ready', shown: null });
    const params = { from: null, to: null, points: 60 };
    say({ type: 'series-wanted', id: 1, rollout: name, params });
    await new Promise(setImmediate);
    read();
    world.series = async () => {
      throw new Error('the daemon knows no series');
    };
    say({ type: 'series-wanted', id: 2, rollout: name, params });
    await new Promise(setImmediate);
    expect(posted.slice(1)).toEqual([
      { type: 'series', id: 1, answer: { kind: 'series', series: sampleSeries(3) } },
      { type: 'series', id: 2, answer: { kind: 'refused', message: 'the daemon knows no series' } },
    ]);
  });

  it('tells what happened in the time of the figures, and nothing of it to a page that has gone meanwhile', async () => {
    const { happened, host, world, say } = hosted();
    say({ type: 'ready', shown: null });
    world.events = [{ kind: 'deploy', at: lookedAt, name: 'v1.4' }];
    const params = { from: null, to: null, points: 60 };
    say({ type: 'series-wanted', id: 1, rollout: name, params });
    await new Promise(setImmediate);
    expect(happened).toEqual([{ type: 'events', rollout: name, events: world.events }]);
    say({ type: 'series-wanted', id: 2, rollout: name, params });
    host.hidden();
    await new Promise(setImmediate);
    expect(happened).toHaveLength(1);
  });

  it('says no more to a page that does not read, and then the newest of all in one message', () => {
    const { clock, host, posted, world, say, read } = hosted();
    const view = sampleRollout();
    world.standings = [standing([view])];
    say({ type: 'ready', shown: null });
    for (let turn = 1; turn <= 36_000; turn += 1) {
      const standingOf = { ...view.standing, revision: turn };
      world.standings = [standing([{ ...view, standing: standingOf }])];
      host.changed();
      clock.advance(100);
    }
    expect(posted).toHaveLength(1);
    read();
    clock.advance(60);
    expect(posted.slice(1)).toEqual([
      { type: 'parts', rollout: name, parts: { standing: { ...view.standing, revision: 36_000 } } },
    ]);
    // An answer that belongs to an earlier page, or to an earlier state, is none.
    say({ type: 'read', mark: 1 });
    world.standings = [standing([view])];
    host.changed();
    clock.advance(60);
    expect(posted).toHaveLength(2);
    say({ type: 'ready', shown: null });
    expect(posted).toHaveLength(3);
  });

  it('asks for the figures of a page that does not read once, and then for the newest question', async () => {
    const { posted, world, say, read } = hosted();
    let asked = 0;
    world.series = async () => {
      asked += 1;
      return sampleSeries(3);
    };
    say({ type: 'ready', shown: null });
    const params = { from: null, to: null, points: 60 };
    for (let id = 1; id <= 400; id += 1) {
      say({ type: 'series-wanted', id, rollout: name, params });
      await new Promise(setImmediate);
    }
    expect(asked).toBe(1);
    read();
    await new Promise(setImmediate);
    expect(posted.slice(1)).toMatchObject([
      { type: 'series', id: 1 },
      { type: 'series', id: 400 },
    ]);
  });

  it('hands on what a person wants, and takes nothing that the protocol does not know', () => {
    const { acted, host, say } = hosted();
    const place = { file: 'logs/metrics.jsonl', line: 12, offset: 900 };
    say({ type: 'command', rollout: name, kind: 'rollback' });
    say({ type: 'open-evidence', rollout: name, place });
    say({ type: 'open-plan-line', rollout: name, part: 'stages.2' });
    say({ type: 'open-faulty-plan', file: '/app/rampwatch.yaml' });
    say({ type: 'copy-for-chat', rollout: name });
    say({ type: 'show-why', rollout: name, about: { kind: 'moment', at: lookedAt } });
    say({ type: 'daily-review', rollout: name });
    say({ type: 'help', with: 'start-daemon' });
    for (const odd of [null, 'ready', { type: 'command', rollout: name, kind: 'delete' }, { type: 'ready' }]) {
      host.receive(odd);
    }
    expect(acted).toEqual([
      ['command', name, 'rollback'],
      ['evidence', name, place],
      ['line', name, 'stages.2'],
      ['plan', '/app/rampwatch.yaml'],
      ['chat', name],
      ['why', name, { kind: 'moment', at: lookedAt }],
      ['daily-review', name],
      ['help', 'start-daemon'],
      ...Array(4).fill(['log', 'the dashboard sent a message that the protocol does not know']),
    ]);
  });
});

describe('what a dashboard shows first', () => {
  it.each([
    { health: { kind: 'alarm', detail: 'fired' } },
    { phase: { kind: 'review', firings: [], returnsTo: { kind: 'soaking' } } },
  ] as const)('is whatever needs a person: %o', (waiting) => {
    const calm = sampleRollout();
    const alarmed = sampleRollout({ rollout: 'search' }, waiting);
    const planned = sampleRollout({ rollout: 'later' }, { phase: { kind: 'planned' }, percent: percent(0) });
    const content = dashboardContent([standing([planned, calm, alarmed])], null, true, true, t);
    expect(content.shown?.view.rollout).toBe('search');
    expect(content.frame.rollouts.map(({ summary }) => summary).slice(0, 2)).toEqual([
      '0 %, not begun',
      '10 %, soaking',
    ]);
  });

  it('says why it shows nothing', () => {
    const emptyFor = (standings: readonly Standing[], looked = true, trusted = true) =>
      dashboardContent(standings, null, looked, trusted, t).frame.empty;
    const stopped = standing([], { kind: 'stopped', cause: { kind: 'manual' } });
    const problems = [{ file: 'rampwatch.yaml', message: 'no stages' }];
    expect(emptyFor([], false)).toBe('looking');
    expect(emptyFor([])).toBe('no-plan');
    expect(emptyFor([], true, false)).toBe('untrusted');
    expect(emptyFor([stopped])).toBe('daemon-stopped');
    expect(emptyFor([{ ...standing([]), view: sampleWorkspace([], { problems }) }])).toBe('unusable-plan');
    // A plan's problem from a daemon that has ended may be mended by now.
    expect(emptyFor([{ ...stopped, view: sampleWorkspace([], { problems }) }])).toBe('daemon-stopped');
  });

  it('says which plan kept the daemon from starting', () => {
    const place = { file: '/app/rampwatch.yaml', line: 3, column: 1 };
    const detail = 'rampwatch.yaml:3:1: `stages` is missing';
    const link: Link = { kind: 'stopped', cause: { kind: 'failed', detail, place, told: true } };
    const { frame } = dashboardContent([{ ...standing([], link), view: null }], null, true, true, t);
    expect(frame).toMatchObject({ empty: 'unusable-plan', problems: [{ file: place.file, message: detail }] });
  });

  it('tells once of a plan whose last good text goes on', () => {
    const problem = 'rampwatch.yaml:3:1: unknown key';
    const rollout = sampleRollout({ plan: { ...sampleRollout().plan, problem } });
    const others = { file: '/app/b.rampwatch.yaml', message: 'b.rampwatch.yaml:1:1: not YAML' };
    const problems = [{ file: rollout.plan.file, message: problem }, others];
    const about = { ...standing([]), view: sampleWorkspace([rollout], { problems }) };
    expect(dashboardContent([about], null, true, true, t).frame.problems).toEqual([others]);
    const place = { file: rollout.plan.file, line: 3, column: 1 };
    const link: Link = { kind: 'stopped', cause: { kind: 'failed', detail: problem, place, told: true } };
    expect(dashboardContent([{ ...about, link }], null, true, true, t).frame.problems).toEqual(problems.slice(0, 1));
  });
});

describe('the document', () => {
  it('allows one script and one style sheet, and nothing inline', () => {
    const html = pageHtml(
      { script: 'https://a/x.js?"', style: 'https://a/x.css', source: 'https://a', nonce: 'n1', language: 'de' },
      'sidebar',
    );
    expect(html).toContain("default-src 'none'; style-src https://a; script-src 'nonce-n1'");
    expect(html).toContain('src="https://a/x.js?&quot;"');
    expect(html).not.toMatch(/ style=|unsafe|<style/);
  });
});
