import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';
import { zipEntry } from '../support/zipEntry.ts';

const repository = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const packing = (...words: string[]) =>
  run(process.execPath, ['scripts/package.mjs', '--built', ...words], { cwd: repository });

describe('a package for a marketplace', () => {
  it('is packed without a warning, and its links and images lead to files of the repository', async () => {
    const folder = temporaryDirectory();
    const vsix = join(folder, 'rampwatch.vsix');
    const url = 'https://github.com/some-team/rampwatch';
    const before = readFileSync(join(repository, 'package.json'), 'utf8');
    const { stdout, stderr } = await packing('--repository', url, '--out', vsix);
    expect(`${stdout}${stderr}`).not.toMatch(/warn/i);
    expect(readFileSync(join(repository, 'package.json'), 'utf8')).toBe(before);
    const manifest = JSON.parse(zipEntry(vsix, 'extension/package.json'));
    expect(manifest).toMatchObject({
      repository: { type: 'git', url: `${url}.git` },
      bugs: { url: `${url}/issues` },
      homepage: `${url}#readme`,
    });
    expect(manifest.badges).toHaveLength(2);
    const readme = zipEntry(vsix, 'extension/readme.md');
    const paths = [...readme.matchAll(/https:\/\/github\.com\/some-team\/rampwatch\/(?:raw|blob)\/HEAD\/([^)\s"#]+)/g)];
    expect(paths.some(([, path]) => path?.endsWith('.png'))).toBe(true);
    expect(paths.map(([, path = '']) => path).filter((path) => !existsSync(join(repository, path)))).toEqual([]);
    // No image or link is left that leads nowhere from a marketplace.
    expect(readme).not.toMatch(/\]\((?!https?:|#|mailto:)/);
  });

  it.each([['http://github.com/a/b'], ['https://example.org/a/b'], ['https://github.com/a']])(
    'is refused for %s in one line',
    async (url) => {
      await expect(packing('--repository', url)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^--repository must be https:\/\/github\.com\/OWNER\/NAME or .+\n$/),
      });
    },
  );
});
