import { expect, it } from 'vitest';
import { protocolVersion } from '../../daemon/protocol/wire/messages.ts';
import { Session } from '../../daemon/protocol/wire/session.ts';
import { english } from '../../daemon/protocol/words/factWords.ts';
import { LastKnown } from '../../extension/connection/lastKnown.ts';
import { dashboardContent } from '../../extension/dashboard/dashboardContent.ts';
import { handClock } from '../support/handClock.ts';
import { mockMemento } from '../support/mockVscode.ts';
import { openSample } from './openSample.ts';
import { lookedAt, sampleRollout, sampleWorkspace } from './sampleViews.ts';

const view = sampleWorkspace([sampleRollout()]);

it('keeps what was heard of each folder, now and then, for the next window of the same version', () => {
  const [memory, clock] = [mockMemento(), handClock(lookedAt)];
  const known = new LastKnown(memory, clock, '1.0.0');
  known.heard('/app', view);
  clock.advance(9000);
  known.heard('/app', sampleWorkspace([]));
  known.heard('/other', view);
  const next = new LastKnown(memory, clock, '1.0.0');
  expect(next.of('/app')).toMatchObject({ heardAt: lookedAt, view: { rollouts: [{ rollout: 'async-upload' }] } });
  expect(next.of('/other')?.heardAt).toBe(lookedAt + 9000);
  expect(next.of('/none')).toBeNull();
  expect(new LastKnown(memory, clock, '1.0.1').of('/app')).toBeNull();
  clock.advance(1000);
  known.heard('/app', sampleWorkspace([]));
  expect(next.of('/app')?.view.rollouts).toEqual([]);
});

it('keeps few folders, and no state that is very large', () => {
  const [memory, clock] = [mockMemento(), handClock(lookedAt)];
  const known = new LastKnown(memory, clock, '1');
  for (let index = 0; index < 20; index += 1) known.heard(`/app${index}`, view);
  expect(
    Array.from({ length: 20 }, (_, index) => known.of(`/app${index}`)).filter((each) => each !== null),
  ).toHaveLength(8);
  known.heard('/huge', { ...view, faults: ['x'.repeat(300_000)] });
  expect(known.of('/huge')).toBeNull();
});

it('shows it before the daemon is heard, and asks the daemon for all of its state', () => {
  const session = new Session({ now: () => 0, known: view });
  expect(session.view).toBe(view);
  const sent: string[] = [];
  const connection = session.open({ send: (text) => sent.push(text), close: () => undefined });
  connection.receive(JSON.stringify({ type: 'hello', protocol: 0, version: '1', epoch: 'e', seq: 7 }));
  expect(session.stale()).toBe(true);
});

it('stands at once on the status bar, in the tree and on the page after a reload, as old', async () => {
  const { mock, until } = openSample((mock, daemon) => {
    const kept = { version: ` ${protocolVersion}`, folders: { '/workspace': { view, heardAt: lookedAt - 60_000 } } };
    void mock.workspaceState.update('rampwatch.lastKnown', kept);
    // The start takes its time.
    daemon.start = () => new Promise(() => undefined);
  });
  await until('the last known state', () => mock.tree('rampwatch.stages') !== '');
  expect(mock.statusBar.text).toContain('10 %');
  expect(mock.statusBar.text).not.toContain('now');
  expect(mock.tree('rampwatch.stages')).toContain('last known');
  expect(mock.trees.get('rampwatch.stages')?.message).toMatch(/^Connecting to the daemon\. This view is from \d\d:/);
  const link = { kind: 'starting', since: lookedAt } as const;
  const standing = { folder: '/workspace', planFiles: [], link, view, heardAt: lookedAt - 60_000 };
  expect(dashboardContent([standing], null, true, true, english)).toMatchObject({
    link: { kind: 'starting' },
    shown: { view: { rollout: 'async-upload' } },
  });
});
