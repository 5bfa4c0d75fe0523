import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../daemon/cli/commands.ts';
import { completionScript, type Shell } from '../../daemon/cli/completionScripts.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const names = commands.map(({ name }) => name);

function scriptFile(shell: Shell): string {
  const file = join(temporaryDirectory(), `completion.${shell}`);
  writeFileSync(file, completionScript(shell, commands));
  return file;
}

/** What bash proposes for the words of a line, the last of which is being written. */
function proposedByBash(lines: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const calls = lines.map((line) => {
    const words = line.map((word) => `'${word}'`).join(' ');
    return `COMP_WORDS=(${words}); COMP_CWORD=${line.length - 1}; _rampwatch; echo "\${COMPREPLY[*]}"`;
  });
  const { stdout, stderr } = spawnSync(
    'bash',
    ['--norc', '-c', [`source '${scriptFile('bash')}'`, ...calls].join('\n')],
    {
      encoding: 'utf8',
    },
  );
  expect(stderr).toBe('');
  return stdout
    .trimEnd()
    .split('\n')
    .map((each) => (each === '' ? [] : each.split(' ')));
}

describe('completion in bash', () => {
  it('proposes every command, and those that begin as written', () => {
    const [all, some] = proposedByBash([
      ['rampwatch', ''],
      ['rampwatch', 're'],
    ]);
    expect(all?.toSorted()).toEqual([...names, 'help'].toSorted());
    expect(some?.toSorted()).toEqual(names.filter((name) => name.startsWith('re')).toSorted());
  });

  it('proposes the options that the usage of each command shows', () => {
    const proposed = proposedByBash(commands.map(({ name }) => ['rampwatch', name, '--']));
    for (const [index, { name, arguments: usage }] of commands.entries()) {
      const shown = [...usage.matchAll(/--[a-z-]+/g)].map(([option]) => option);
      expect(new Set(proposed[index]), name).toEqual(new Set([...shown, '--plan', '--json', '--help']));
    }
  });

  it('proposes the values that an option takes, and leaves files to the shell', () => {
    expect(
      proposedByBash([
        ['rampwatch', 'report', '--format', ''],
        ['rampwatch', 'report', '--format', 'h'],
        ['rampwatch', 'lint', '--format', ''],
        ['rampwatch', 'replay', '--format', 's'],
        ['rampwatch', 'report', '--out', ''],
        ['rampwatch', 'replay', ''],
        ['rampwatch', 'journal', 'v'],
        ['rampwatch', 'completion', ''],
      ]),
    ).toEqual([
      ['markdown', 'html'],
      ['html'],
      ['github', 'sarif'],
      ['sarif'],
      [],
      [],
      ['verify'],
      ['bash', 'zsh', 'fish'],
    ]);
  });
});

it.skipIf(!has('zsh'))('completion in zsh is a script that defines it (with zsh)', () => {
  const script = `autoload -Uz compinit && compinit -D -u; source '${scriptFile('zsh')}'; print -r -- $_comps[rampwatch]`;
  const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: '_rampwatch\n', stderr: '' });
});

it.skipIf(!has('fish'))('completion in fish proposes commands, options and values (with fish)', () => {
  const home = temporaryDirectory();
  mkdirSync(join(home, '.config'));
  const lines = ['rampwatch re', 'rampwatch report --fo', 'rampwatch report --format ', 'rampwatch completion '];
  const script = [`source '${scriptFile('fish')}'`, ...lines.map((line) => `complete -C '${line}'; echo ===`)].join(
    '\n',
  );
  const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script], {
    encoding: 'utf8',
    cwd: home,
    env: { ...process.env, HOME: home },
  });
  expect(stderr).toBe('');
  const proposed = stdout.split('===\n').map((part) => part.split('\n').flatMap((line) => line.split('\t')[0] || []));
  const [some, option, values, words] = proposed;
  expect(some?.toSorted()).toEqual(names.filter((name) => name.startsWith('re')).toSorted());
  expect(option?.toSorted()).toEqual(['--force', '--format']);
  expect(values?.toSorted()).toEqual(['html', 'markdown']);
  expect(words).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
});
