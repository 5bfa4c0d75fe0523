import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { complaint, complaintDocument } from '../support/complaint.ts';
import { testWorkspace } from '../support/runningDaemon.ts';
import { smallPlan } from '../support/smallPlan.ts';

describe.concurrent('wrong use', () => {
  it.for<[string[], string]>([
    [['fly'], 'unknown command `fly`; `rampwatch help`'],
    [['rollbak'], 'unknown command `rollbak`, did you mean `rollback`?'],
    [['journal', '--limit', '-3'], "'--limit' argument is ambiguous; usage: rampwatch journal"],
    [['--plan', 'rampwatch.yaml', 'status'], 'the command comes first'],
    [['status', '--bogus'], "Unknown option '--bogus'"],
    [['status', 'extra'], 'usage: rampwatch status [--follow]'],
    [['replay'], 'usage: rampwatch replay FILE…'],
    [['tick'], 'usage: rampwatch tick ITEM'],
    [['tick', ''], 'usage: rampwatch tick ITEM'],
    [['advance', '--reason'], "'--reason <value>' argument missing"],
    [['journal', 'burn'], '`journal burn` is not known'],
    [['journal', '--limit', 'all'], '--limit takes a whole number'],
    [['journal', 'verify', '--head', 'abc'], '--head takes the 64 hexadecimal digits'],
    [['logs', '--lines', '0'], '--lines takes a whole number'],
    [['watch', '--port', '99999'], '--port takes a number'],
    [['watch', '--idle', 'soon'], '--idle takes a duration'],
  ])('%j exits 2 with one line', async ([words, told], { onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    expect(complaint(await workspace.run(...words), 2)).toContain(told);
  });

  it.for([
    ['hold', 'reason'],
    ['tick', 'note', 'before/read-the-docs'],
  ])('more words with %s than are kept', async ([command = '', option = '', ...words], { onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    const said = complaint(await workspace.run(command, ...words, `--${option}`, 'x'.repeat(2001)), 2);
    expect(said).toBe(`--${option} takes at most 2000 characters, and this has 2001`);
  });

  it.for([['fly'], ['tick'], ['status', '--bogus'], ['journal', '--limit', 'all']])(
    '%j exits 2 with one document under --json',
    async ([command = '', ...rest], { onTestFinished }) => {
      const workspace = testWorkspace(smallPlan, onTestFinished);
      expect(complaintDocument(await workspace.run(command, '--json', ...rest), 2).code).toBe('usage');
    },
  );

  it('an item or a plan that is none: the nearest item is named, and the plan is said not to be there', async ({
    onTestFinished,
  }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    workspace.startDaemon();
    const daemon = await workspace.connect();
    const said = async (...words: string[]): Promise<string> => complaint(await workspace.run(...words));
    expect(await said('tick', 'before/read-the-doc')).toContain('; did you mean `before/read-the-docs`?');
    expect(await said('tick', 'tell-teh-team')).toContain('; did you mean `before/tell-the-team`?');
    expect(await said('tick', 'quite different')).not.toContain('did you mean');
    expect(await said('hold', '--plan', 'uploads')).toContain('uploads: there is no such plan');
    await daemon.close();
  });

  it.skipIf(process.platform !== 'linux')('output that cannot be written is a failure, in one line', async () => {
    const cli = fileURLToPath(new URL('../../daemon/cli.ts', import.meta.url));
    const full = openSync('/dev/full', 'w');
    for (const words of [['schema'], ['help', '--json']]) {
      const { status, stderr } = spawnSync(process.execPath, [cli, ...words], {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      });
      expect({ words, status, stderr }).toEqual({
        words,
        status: 1,
        stderr: 'rampwatch: the output cannot be written (ENOSPC); check the disk that it goes to\n',
      });
    }
    closeSync(full);
  });

  it.skipIf(process.platform === 'win32')('from a folder that was removed: one line', () => {
    const cli = fileURLToPath(new URL('../../daemon/cli.ts', import.meta.url));
    const remove = 'cd "$(mktemp -d)" && rmdir "$PWD" && exec "$@"';
    const { status, stderr } = spawnSync('sh', ['-c', remove, 'sh', process.execPath, cli, 'status'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'rampwatch: the folder that you are in was removed: change to another one\n',
    });
  });

  it('no command at all shows the help and exits 2; asked for, it exits 0', async ({ onTestFinished }) => {
    const workspace = testWorkspace(null, onTestFinished);
    const [none, help, json, one] = await Promise.all([
      workspace.run(),
      workspace.run('help'),
      workspace.run('help', '--json'),
      workspace.run('advance', '--help'),
    ]);
    expect({ code: none.code, stdout: none.stdout }).toEqual({ code: 2, stdout: '' });
    expect(help.stdout).toBe(none.stderr);
    expect(help.stdout.split('\n').every((line) => line.length <= 120)).toBe(true);
    expect(JSON.parse(json.stdout)).toHaveProperty('commands');
    expect({ code: one.code, stdout: one.stdout }).toEqual({
      code: 0,
      stdout:
        'usage: rampwatch advance [--from STAGE] [--to STAGE] [--reason TEXT] [--yes]\n  go to the next stage; past an unmet gate only with a reason\n',
    });
  });
});
