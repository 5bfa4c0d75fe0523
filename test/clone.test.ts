import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const sources = ['test', 'scripts', 'bench'].flatMap((top) =>
  readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[mc]?[jt]sx?$/.test(file))
    .map((file) => join(root, top, file)),
);

/** The relative paths that a text writes, in one literal or as the leading arguments of a join. */
function relativePathsOf(text: string): readonly string[] {
  const literals = [...text.matchAll(/(['"`])(\.\.\/[^'"`\n]*)\1/g)].map((match) => match[2] ?? '');
  const joined = [...text.matchAll(/(?:(['"`])\.\.\1,?\s*)+/g)].map(([steps]) =>
    [...steps.matchAll(/\.\./g)].join('/'),
  );
  return [...literals, ...joined];
}

function leavesTheRepository(file: string, path: string): boolean {
  const target = relative(root, resolve(dirname(file), path));
  return target === '..' || target.startsWith(`..${sep}`);
}

/** A clone is enough: everything that a test, a script or a benchmark reads is in the repository, or is made by it. */
describe('a clone', () => {
  it('has every file that its tests read: no path of theirs leads out of the repository', () => {
    const leading = sources.flatMap((file) =>
      relativePathsOf(readFileSync(file, 'utf8'))
        .filter((path) => leavesTheRepository(file, path))
        .map((path) => `${relative(root, file)} names ${path}`),
    );
    expect(leading).toEqual([]);
  });

  it('knows no folder beside it', () => {
    const beside = /(?:\broot|\brepository), *(['"`])\.\.\1|\bshared\/|(['"`])shared\2/;
    const wrong = sources
      .filter((file) => file !== import.meta.filename && beside.test(readFileSync(file, 'utf8')))
      .map((file) => relative(root, file));
    expect(wrong).toEqual([]);
  });
});
