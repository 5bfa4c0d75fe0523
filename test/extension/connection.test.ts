import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planFolders } from '../../extension/connection/planFolders.ts';
import { openSample } from './openSample.ts';
import { sampleRollout, sampleTrigger } from './sampleViews.ts';

const live = '$(rocket) 10 % · 3/4 ·';

describe('the connection to the daemon', () => {
  it('starts the daemon when a folder with a plan is opened, and shows what it says', async () => {
    const { mock, daemon, until } = openSample();
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
    expect(daemon.starts).toBe(1);
    expect(mock.tree('rampwatch.stages')).toContain('[play-circle charts.blue] 10 % — ten · 3/4 met');
    expect(mock.trees.get('rampwatch.stages')?.description).toBe('Async upload rollout · times in UTC');
    daemon.show(sampleRollout({}, { percent: 50 as never }));
    await until('the change', () => mock.statusBar.text.startsWith('$(rocket) 50 %'));
  });

  it('starts nothing in a workspace that is not trusted, and everything once it is', async () => {
    const { mock, daemon, clock, until } = openSample((mock) => {
      mock.trusted = false;
    });
    clock.advance(60_000);
    expect(daemon.starts).toBe(0);
    expect(mock.statusBar.visible).toBe(false);
    mock.grantTrust();
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
  });

  it('starts nothing by itself when the settings say so', async () => {
    const { mock, daemon, until } = openSample((mock) => {
      mock.configuration.set('rampwatch.autoStart', false);
    });
    await until('the plan', () => mock.contextKeys.get('rampwatch.obstacle') === 'stopped');
    expect(mock.statusBar.text).toBe('$(debug-disconnect) Rampwatch: not running');
    expect(daemon.starts).toBe(0);
    await mock.run('rampwatch.startDaemon');
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
  });

  it('shows at once that the daemon died, and brings it back by itself', async () => {
    const { mock, daemon, until } = openSample();
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
    const discovery = join(daemon.directory, 'daemon.json');
    const left = readFileSync(discovery);
    await daemon.stop();
    writeFileSync(discovery, left, { mode: 0o600 });
    await until('the loss', () => mock.statusBar.text === '$(debug-disconnect) 10 % · daemon gone, restarting');
    expect(mock.tree('rampwatch.stages')).toContain('[debug-disconnect] 10 % — ten · last known · 3/4 met');
    expect(mock.trees.get('rampwatch.stages')?.message).toMatch(
      /^The daemon has been gone since \d\d:\d\d:\d\d and is being restarted\. This view is from that time\.$/,
    );
    await until('the return', () => mock.statusBar.text.startsWith(live));
    expect(daemon.starts).toBe(2);
    expect(mock.trees.get('rampwatch.stages')?.message).toBe('');
  });

  it('leaves alone a daemon that was ended on purpose, until somebody starts it', async () => {
    const { mock, daemon, clock, until } = openSample();
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
    await daemon.stop();
    await until('the end', () => mock.contextKeys.get('rampwatch.obstacle') === 'stopped');
    expect(mock.statusBar.text).toBe('$(debug-disconnect) 10 % · not watched');
    expect(mock.tree('rampwatch.stages')).toBe('');
    clock.advance(60_000);
    expect(daemon.starts).toBe(1);
    // `rampwatch start` in a terminal.
    await daemon.start();
    await until('the return', () => mock.statusBar.text.startsWith(live));
    expect(daemon.starts).toBe(1);
  });

  it('says that a daemon is silent although its connection stands', async () => {
    const { mock, clock, until } = openSample();
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
    clock.advance(6000);
    expect(mock.statusBar.text).toMatch(/^\$\(debug-disconnect\) 10 % · daemon silent \d s$/);
    expect(mock.trees.get('rampwatch.stages')?.message).toMatch(/^The daemon has been silent since /);
    await until('the next heartbeat', () => mock.statusBar.text.startsWith(live));
  });

  it('gives up after four failures to start, says why once, and leaves it to a person', async () => {
    const { mock, daemon, clock, until } = openSample((_mock, daemon) => {
      daemon.startFailure = 'Node 22.13 or newer is needed and this is 18.0.0';
    });
    await until('giving up', () => {
      clock.advance(1000);
      return mock.contextKeys.get('rampwatch.obstacle') === 'failed';
    });
    expect(daemon.starts).toBe(4);
    const told = 'error: Rampwatch: Node 22.13 or newer is needed and this is 18.0.0 [Start Daemon] [Show Log]';
    expect(mock.shown).toEqual([told]);
    clock.advance(60_000);
    expect(daemon.starts).toBe(4);
    expect(mock.shown).toEqual([told]);
    daemon.startFailure = null;
    mock.fileChanged('/workspace/rampwatch.yaml');
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
  });

  it('says at once which line of the plan is at fault, leads there, and tries again when it is saved', async () => {
    const fault = 'rampwatch.yaml:4:1: unknown key `sourcs` — did you mean `sources`?';
    const { mock, daemon, until } = openSample((mock, daemon) => {
      daemon.startFailure = fault;
      daemon.startFault = { file: '/workspace/rampwatch.yaml', line: 4, column: 1 };
      mock.answers.push('Open Plan');
    });
    await until('giving up', () => mock.contextKeys.get('rampwatch.obstacle') === 'unusable');
    expect(daemon.starts).toBe(1);
    expect(mock.shown).toEqual([`error: Rampwatch: ${fault} [Open Plan] [Show Log]`]);
    expect(mock.statusBar.text).toBe('$(warning) Rampwatch: no usable plan');
    expect(mock.statusBar.tooltip).toMatch(/unknown key .*Open Plan/s);
    await until('the plan', () => mock.opened.length > 0);
    expect(mock.opened).toMatchObject([{ file: '/workspace/rampwatch.yaml', line: 4 }]);
    mock.fileChanged('/elsewhere/rampwatch.yaml');
    expect(daemon.starts).toBe(1);
    // Who is at work on it sees the faults in the editor, and needs no message at each save.
    mock.fileChanged('/workspace/rampwatch.yaml');
    await until(
      'the next fault',
      () => daemon.starts === 2 && mock.contextKeys.get('rampwatch.obstacle') === 'unusable',
    );
    expect(mock.shown).toHaveLength(1);
    daemon.startFailure = null;
    mock.fileChanged('/workspace/rampwatch.yaml');
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
  });

  it('says of a view that it has nothing only when that is known', async () => {
    const { mock, daemon, until } = openSample();
    const nothing = () =>
      ['noActivity', 'noChecklists', 'noDocuments', 'noTriggers'].filter(
        (key) => mock.contextKeys.get(`rampwatch.${key}`) === true,
      );
    expect(nothing()).toEqual([]);
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
    expect(nothing()).toEqual(['noActivity', 'noChecklists', 'noDocuments', 'noTriggers']);
    daemon.show(sampleRollout({ triggers: [sampleTrigger('low-success')] }));
    await until('the trigger', () => !nothing().includes('noTriggers'));
    await daemon.stop();
    await until('the end', () => mock.contextKeys.get('rampwatch.obstacle') === 'stopped');
    expect(nothing()).toEqual([]);
  });

  it('follows plans that are created and deleted while it runs', async () => {
    const { mock, until } = openSample((mock) => {
      mock.files = [];
    });
    await until('looking', () => mock.contextKeys.get('rampwatch.looked') === true);
    expect(mock.contextKeys.get('rampwatch.hasPlan')).toBe(false);
    expect(mock.statusBar.visible).toBe(false);
    mock.fileCreated('/workspace/rampwatch.yaml');
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
    mock.fileDeleted('/workspace/rampwatch.yaml');
    await until('the end', () => !mock.statusBar.visible);
    expect(mock.tree('rampwatch.stages')).toBe('');
  });

  it('draws ten messages of one moment once', async () => {
    const { mock, daemon, until } = openSample();
    await until('the rollout', () => mock.statusBar.text.startsWith(live));
    const tree = mock.trees.get('rampwatch.stages');
    tree?.drawn.splice(0);
    for (let met = 0; met < 10; met += 1) daemon.show(sampleRollout({}, { gateMet: met, gateTotal: 10 }));
    await until('the last of them', () => mock.statusBar.text.startsWith('$(rocket) 10 % · 9/10'));
    expect(tree?.drawn.length).toBeLessThan(10);
  });
});

describe('plan folders', () => {
  it('are told apart by folder, with rampwatch.yaml first', () => {
    expect(planFolders(['/w/b/x.rampwatch.yaml', '/w/a.rampwatch.yaml', '/w/rampwatch.yaml'])).toEqual([
      { folder: '/w', files: ['/w/rampwatch.yaml', '/w/a.rampwatch.yaml'] },
      { folder: '/w/b', files: ['/w/b/x.rampwatch.yaml'] },
    ]);
  });
});
