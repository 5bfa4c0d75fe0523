import { chmodSync, chownSync, lstatSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { networkFileSystem, stateDirectory } from '../../daemon/store/stateDirectory.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

it('a workspace has one private directory, however it is spelt', () => {
  const [base, root] = [temporaryDirectory(), temporaryDirectory()];
  const environment = { RAMPWATCH_STATE_DIRECTORY: join(base, 'deep', 'state') };
  const directory = stateDirectory(root, environment);
  expect(directory.startsWith(join(base, 'deep', 'state'))).toBe(true);
  expect(lstatSync(directory).mode & 0o777).toBe(0o700);
  symlinkSync(root, join(base, 'link'));
  expect(stateDirectory(join(base, 'link'), environment)).toBe(directory);
  expect(stateDirectory(`${root}/.`, environment)).toBe(directory);
  expect(stateDirectory(base, environment)).not.toBe(directory);
});

it.runIf(process.platform === 'linux')('without a choice it is where the platform keeps state', () => {
  const [home, root] = [temporaryDirectory(), temporaryDirectory()];
  const withXdg = stateDirectory(root, { HOME: home, XDG_STATE_HOME: join(home, 'xdg') });
  expect(withXdg.startsWith(join(home, 'xdg', 'rampwatch'))).toBe(true);
  const relativeXdg = stateDirectory(root, { HOME: home, XDG_STATE_HOME: 'relative' });
  expect(relativeXdg.startsWith(join(home, '.local', 'state', 'rampwatch'))).toBe(true);
});

it('what is not a private directory of this user is refused with the remedy', () => {
  const [base, root] = [temporaryDirectory(), temporaryDirectory()];
  const environment = { RAMPWATCH_STATE_DIRECTORY: base };
  const directory = stateDirectory(root, environment);
  const refusal = (code: string, message: RegExp) => {
    expect(() => stateDirectory(root, environment)).toThrow(
      expect.objectContaining({ name: 'UserError', code, message: expect.stringMatching(message) }),
    );
  };
  chmodSync(directory, 0o750);
  refusal('state-unsafe', /is open to other users; run: chmod 700 /);
  chmodSync(directory, 0o700);
  const moved = join(base, 'moved');
  renameSync(directory, moved);
  symlinkSync(moved, directory);
  refusal('state-unsafe', /is a symbolic link/);
  renameSync(directory, join(base, 'old link'));
  writeFileSync(directory, '');
  refusal('state-unsafe', /is not a directory/);
});

it.runIf(process.getuid !== undefined)(
  'a folder above it that others may write is refused, unless it is sticky',
  () => {
    const [base, root] = [temporaryDirectory(), temporaryDirectory()];
    const environment = { RAMPWATCH_STATE_DIRECTORY: join(base, 'common', 'state') };
    const directory = stateDirectory(root, environment);
    for (const folder of [join(base, 'common', 'state'), join(base, 'common')]) {
      for (const mode of [0o777, 0o757, 0o702]) {
        chmodSync(folder, mode);
        expect(() => stateDirectory(root, environment), `${folder} ${mode.toString(8)}`).toThrow(
          expect.objectContaining({
            code: 'state-unsafe',
            message: expect.stringMatching(/chmod go-w .*RAMPWATCH_STATE/),
          }),
        );
      }
      chmodSync(folder, 0o1777);
      expect(stateDirectory(root, environment)).toBe(directory);
      chmodSync(folder, 0o755);
      expect(stateDirectory(root, environment)).toBe(directory);
    }
  },
);

it.runIf(process.getuid?.() === 0)(
  'a folder above it that is another user’s is refused, the workspace owner’s is not',
  () => {
    const [base, root] = [temporaryDirectory(), temporaryDirectory()];
    const environment = { RAMPWATCH_STATE_DIRECTORY: join(base, 'theirs', 'state') };
    stateDirectory(root, environment);
    chownSync(join(base, 'theirs'), 12_345, 12_345);
    expect(() => stateDirectory(root, environment)).toThrow(
      /theirs, above the state directory, belongs to another user/,
    );
    chownSync(root, 12_345, 12_345);
    expect(() => stateDirectory(root, environment)).not.toThrow();
  },
);

it('a workspace that does not exist, a relative choice, a place that cannot be', () => {
  const base = temporaryDirectory();
  const choose = (place: string) => () => stateDirectory(base, { RAMPWATCH_STATE_DIRECTORY: place });
  expect(() => stateDirectory(join(base, 'none'), { RAMPWATCH_STATE_DIRECTORY: base })).toThrow(
    /cannot open the workspace/,
  );
  expect(choose('relative')).toThrow(/must be an absolute path/);
  writeFileSync(join(base, 'file'), '');
  expect(choose(join(base, 'file'))).toThrow(/cannot make the state directory/);
  // A kernel that makes no folders says so of each of them.
  if (process.platform === 'linux') expect(choose('/proc/deep/state')).toThrow(/cannot make .* \(ENOENT\)/);
  mkdirSync(join(base, 'fine'));
  expect(choose(join(base, 'fine'))).not.toThrow();
});

it('network file systems are known by their numbers', () => {
  expect([0x6969, 0xff534d42, -11_317_950, 0xfe534d42, 0x01021997].map(networkFileSystem)).toEqual([
    'nfs',
    'cifs',
    'cifs',
    'smb2',
    '9p',
  ]);
  // ext4, tmpfs, overlay.
  expect([0xef53, 0x01021994, 0x794c7630].map(networkFileSystem)).toEqual([undefined, undefined, undefined]);
});
