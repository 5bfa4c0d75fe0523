import { chmodSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escalationHash } from '../../daemon/approval/approvals.ts';
import { boundCommand, pathOutside } from '../../daemon/approval/boundCommand.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const environment = { PATH: `/usr/bin${delimiter}/bin` };

function workspaceWith(files: Readonly<Record<string, string>>): string {
  const root = temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const hashIn = (root: string, argv: readonly string[]) =>
  escalationHash('r', { command: [...argv] }, boundCommand(argv, root, environment));

describe('a bound command', () => {
  it('changes with each file of the workspace that its words name, however they name it', () => {
    const named: readonly (readonly [readonly string[], string])[] = [
      [['node', 'tools/page.mjs'], 'tools/page.mjs'],
      [['node', './tools/../tools/page.mjs'], 'tools/page.mjs'],
      [['node', '--import=./tools/page.mjs', '-e', '0'], 'tools/page.mjs'],
      [['sh', 'link.sh'], 'tools/page.mjs'],
      [['node', 'tools'], 'tools/deep/index.js'],
      [['npm', 'run', 'page'], 'package.json'],
      [['npm', 'run', 'page'], '.npmrc'],
      [['make', 'page'], 'Makefile'],
    ];
    for (const [argv, file] of named) {
      const root = workspaceWith({
        'tools/page.mjs': 'a',
        'tools/deep/index.js': 'a',
        'package.json': '{}',
        '.npmrc': '',
        Makefile: 'a',
        'other.txt': 'a',
      });
      symlinkSync(join(root, 'tools/page.mjs'), join(root, 'link.sh'));
      const before = hashIn(root, argv);
      writeFileSync(join(root, 'other.txt'), 'b');
      expect(hashIn(root, argv), argv.join(' ')).toBe(before);
      writeFileSync(join(root, file), 'changed');
      expect(hashIn(root, argv), argv.join(' ')).not.toBe(before);
    }
  });

  it('names the program by its absolute path, and another one first in PATH is another command', () => {
    const root = workspaceWith({ 'bin/sh': '#!/bin/true', 'page.sh': 'echo' });
    chmodSync(join(root, 'bin/sh'), 0o755);
    chmodSync(join(root, 'page.sh'), 0o755);
    const plain = boundCommand(['sh', '-c', 'true'], root, environment);
    expect(plain.program).toBe(realpathSync('/bin/sh'));
    const shadowed = boundCommand(['sh', '-c', 'true'], root, { PATH: `bin${delimiter}${environment.PATH}` });
    expect(shadowed).toMatchObject({ program: join(realpathSync(root), 'bin/sh'), files: [{ path: 'bin/sh' }] });
    expect(boundCommand(['./page.sh'], root, environment).files).toMatchObject([{ path: 'page.sh' }]);
    expect(boundCommand(['there-is-no-such-program'], root, environment)).toMatchObject({ program: null, files: [] });
    rmSync(join(root, 'page.sh'));
    expect(boundCommand(['./page.sh'], root, environment).program).toBeNull();
  });

  it('leaves places outside of the workspace and the workspace itself alone, and refuses what is too much', () => {
    const outside = workspaceWith({ 'x.mjs': 'a' });
    const root = workspaceWith({ 'a.txt': 'a' });
    expect(
      boundCommand(['node', join(outside, 'x.mjs'), '.', 'https://example.org/a.txt'], root, environment).files,
    ).toEqual([]);
    mkdirSync(join(root, 'many'));
    for (let index = 0; index < 510; index += 1) writeFileSync(join(root, 'many', `${index}`), '');
    expect(() => boundCommand(['node', 'many'], root, environment)).toThrow(/name the program's file instead/);
  });

  it('never throws anything else, whatever its words are', () => {
    const root = workspaceWith({ 'a.txt': 'a' });
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (argv) => {
        boundCommand(argv, root, environment);
      }),
    );
  });
});

it('a command gets a PATH without the folders of the workspace', () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'bin'));
  const path = ['/usr/bin', join(root, 'bin'), 'node_modules/.bin', '', '/bin', root].join(delimiter);
  expect(pathOutside(root, path)).toBe(['/usr/bin', '/bin'].join(delimiter));
});
