import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const cli = resolve(import.meta.dirname, '../../daemon/cli.ts');
const guide = `# Rollout

- 10 % of users for 24 h
- 100 % of users

## Notes

- The error rate rose by 3 % in spring
- Ask Jo about the 7 shards
- Ask Kim about the 9 shards
`;

it('the remarks of an import are a line for each kind, with --all a line for each', () => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'GUIDE.md'), guide);
  const told = (...words: readonly string[]) => {
    const ran = spawnSync(process.execPath, [cli, 'import', '--dry-run', ...words, 'GUIDE.md'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
    });
    expect(ran.status).toBe(0);
    return ran.stderr.split('\n').filter((line) => line !== '');
  };
  const folded = told();
  const all = told('--all');
  const assumed = all.filter((line) => /^GUIDE\.md(?::\d+)?: assumed: /.test(line));
  expect(assumed.length).toBeGreaterThan(1);
  expect(folded).toContainEqual(expect.stringMatching(new RegExp(`^Assumed: ${assumed.length}, at GUIDE\\.md`)));
  expect(folded).toContain('--all shows each of them.');
  expect(folded.length).toBeLessThanOrEqual(10 + 8);
  expect(all).not.toContain('--all shows each of them.');
});
