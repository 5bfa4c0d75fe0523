import { describe, expect, it } from 'vitest';
import type { StartedDaemon } from '../../extension/connection/daemonProgram.ts';
import { DaemonStarts } from '../../extension/connection/daemonStarts.ts';

const program = { node: 'node', cli: 'cli.mjs', stateDirectory: '' };

/** The starts of a window, whose command line answers when the test says so. */
function window() {
  let now = 1_000_000;
  const asked: { readonly folder: string; readonly beside: string | null; settle(failure?: Error): void }[] = [];
  const starts = new DaemonStarts(
    (_program, planFile, beside) =>
      new Promise<StartedDaemon>((resolve, reject) => {
        const folder = planFile.replace('/rampwatch.yaml', '');
        const settle = (failure?: Error) =>
          failure === undefined ? resolve({ kind: 'started', stateDirectory: folder }) : reject(failure);
        asked.push({ folder, beside, settle });
      }),
    { now: () => now },
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    starts,
    asked,
    turn,
    pass(milliseconds: number) {
      now += milliseconds;
    },
    /** Starts a folder whose command line answers at once, and gives the folder beside which it was started. */
    async start(folder: string): Promise<string | null | undefined> {
      const started = starts.start(program, `${folder}/rampwatch.yaml`);
      await turn();
      asked.at(-1)?.settle();
      await started;
      return asked.at(-1)?.beside;
    },
  };
}

describe('the starts of a window’s daemons', () => {
  it('wait for the first, then go side by side into its process', async () => {
    const { starts, asked, turn } = window();
    const all = ['/a', '/b', '/c'].map((folder) => starts.start(program, `${folder}/rampwatch.yaml`));
    await turn();
    expect(asked.map(({ folder, beside }) => [folder, beside])).toEqual([['/a', null]]);
    asked[0]?.settle();
    await turn();
    expect(asked.slice(1).map(({ folder, beside }) => [folder, beside])).toEqual([
      ['/b', '/a'],
      ['/c', '/a'],
    ]);
    for (const each of asked) each.settle();
    expect((await Promise.all(all)).map(({ stateDirectory }) => stateDirectory)).toEqual(['/a', '/b', '/c']);
  });

  it('begin with the next folder when the first is refused, who is told', async () => {
    const { starts, asked, turn } = window();
    const first = starts.start(program, '/a/rampwatch.yaml');
    const second = starts.start(program, '/b/rampwatch.yaml');
    const refused = expect(first).rejects.toThrow('a stage needs an id');
    await turn();
    asked[0]?.settle(new Error('rampwatch.yaml:7:3: a stage needs an id'));
    await refused;
    await turn();
    expect(asked[1]).toMatchObject({ folder: '/b', beside: null });
    asked[1]?.settle();
    await second;
  });

  it('begin anew after the process has ended, by whichever folder comes first', async () => {
    const { starts, start } = window();
    expect(await start('/a')).toBe(null);
    starts.ended('/b', true);
    expect(await start('/b')).toBe('/a');
    starts.ended('/a', false);
    expect(await start('/b')).toBe(null);
    expect(await start('/a')).toBe('/b');
  });

  it('each have a process of their own once the common one was lost twice in ten minutes', async () => {
    const { starts, start, pass } = window();
    const lose = async () => {
      await start('/a');
      starts.ended('/a', true);
    };
    await lose();
    pass(11 * 60_000);
    await lose();
    expect([await start('/a'), await start('/b')]).toEqual([null, '/a']);
    pass(9 * 60_000);
    starts.ended('/a', true);
    expect([await start('/a'), await start('/b')]).toEqual([null, null]);
  });
});
