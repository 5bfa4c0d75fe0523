import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { commands } from '../../daemon/cli/commands.ts';
import { manPage } from '../../daemon/cli/manPage.ts';

const page = manPage(commands, '1.2.3');
const hasGroff = spawnSync('groff', ['--version']).status === 0;

it('the manual page has every command with its usage and summary', () => {
  // As roff shows it: hyphens that are not broken, and three dots.
  const shown = page
    .replaceAll('\\-', '-')
    .replaceAll('\\&...', '…')
    .replaceAll(/\\f[BIR]|\\&/g, '');
  for (const { name, arguments: usage, summary } of commands) {
    expect(shown).toContain(`\n.TP\n${`${name} ${usage}`.trimEnd()}\n`);
    expect(shown.toLowerCase()).toContain(`\n${summary.toLowerCase()}.\n`);
  }
  expect(page.split('\n').filter((line) => /^[.']/.test(line) && !/^\.(?:TH|SH|TP|B|I)\b/.test(line))).toEqual([]);
});

it.skipIf(!hasGroff)('the manual page is set without a warning (with groff)', () => {
  const { stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-Tascii'], { input: page, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toContain('RAMPWATCH');
});
