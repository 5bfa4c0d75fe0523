import { expect, it } from 'vitest';
import type { RolloutView } from '../../daemon/protocol/wire/view.ts';
import { english } from '../../daemon/protocol/words/factWords.ts';
import { isolatedText } from '../../daemon/protocol/words/isolatedText.ts';
import { stageRows } from '../../extension/views/stageRows.ts';
import { stagesHeading } from '../../extension/views/stagesHeading.ts';
import { triggerRows } from '../../extension/views/triggerRows.ts';
import { lookedAt, sampleWorkspace, withPhase } from './sampleViews.ts';

const person = { kind: 'person', by: 'ana', reason: null } as const;
const named = (name: string, view: RolloutView): RolloutView => ({
  ...view,
  rollout: name,
  plan: { ...view.plan, name },
});

it('shows those that expose users or wait for somebody first and open, the rest folded behind them', () => {
  const rollouts = [
    named('later', withPhase({ kind: 'planned' })),
    named('done', withPhase({ kind: 'completed' })),
    named('soaks', withPhase({ kind: 'soaking' })),
    named('back', withPhase({ kind: 'rolled-back', cause: person })),
    named('held', withPhase({ kind: 'held', cause: person })),
  ];
  const standing = { folder: '/app', planFiles: [], heardAt: lookedAt, link: { kind: 'live' } as const };
  const standings = [{ ...standing, view: sampleWorkspace(rollouts) }];
  const shown = ['soaks expanded', 'back expanded', 'held expanded', 'later collapsed', 'done collapsed'];
  const stages = stageRows(standings, lookedAt, english);
  expect(stages.map(({ label, expansion }) => `${label} ${expansion}`)).toEqual(shown);
  const triggers = triggerRows(standings, lookedAt, english);
  // None of these plans has a trigger: there is nothing to open.
  expect(triggers.map(({ label, expansion }) => `${label} ${expansion}`)).toEqual(
    shown.map((row) => row.replace(/ .*/, ' leaf')),
  );
  for (const rows of [stages, triggers]) expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
});

it('names the time zone once: beside the title, or at each rollout where they differ', () => {
  const inZone = (name: string, timezone: string): RolloutView => {
    const view = named(name, withPhase({ kind: 'soaking' }));
    return { ...view, plan: { ...view.plan, timezone } };
  };
  const heard = lookedAt - 60_000;
  const standing = { folder: '/app', planFiles: [], heardAt: heard, link: { kind: 'starting', since: heard } as const };
  const of = (...views: RolloutView[]) => [{ ...standing, view: sampleWorkspace(views) }];
  const one = of(inZone('search', 'Asia/Tokyo'));
  expect(stagesHeading(one, lookedAt, english)).toEqual({
    description: 'search · times in Asia/Tokyo',
    message: 'Connecting to the daemon. This view is from 17:59:00.',
  });
  const alike = of(inZone('search', 'Asia/Tokyo'), inZone('shop', 'Asia/Tokyo'));
  expect(stagesHeading(alike, lookedAt, english).description).toBe('times in Asia/Tokyo');
  const unlike = of(inZone('search', 'Asia/Tokyo'), inZone('shop', 'UTC'));
  expect(stagesHeading(unlike, lookedAt, english).description).toBe('');
  for (const rows of [stageRows(unlike, lookedAt, english), triggerRows(unlike, lookedAt, english)]) {
    expect(rows.map(({ description }) => / · (times in .*)$/.exec(description)?.[1])).toEqual([
      'times in Asia/Tokyo',
      'times in UTC',
    ]);
  }
  for (const row of stageRows(alike, lookedAt, english)) expect(row.description).not.toContain('times in');
});

it('keeps a name that is written from right to left from turning the words around it', () => {
  expect(isolatedText('Async upload')).toBe('Async upload');
  expect(isolatedText('השקה 50 %')).toBe('\u2068השקה 50 %\u2069');
  expect(isolatedText('إطلاق')).toBe('\u2068إطلاق\u2069');
});
