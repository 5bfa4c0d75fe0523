import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

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

  it('installs on every platform: the lock file names each package that a package of it may need', () => {
    const { packages } = lockFile.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
    const missing = Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !placesFrom(place).some((folder) => `${folder}node_modules/${name}` in packages))
        .map((name) => `${place} needs ${name}`),
    );
    expect(missing).toEqual([]);
  });
});

const names = z.record(z.string(), z.string()).default({});
const lockFile = z.object({
  packages: z.record(z.string(), z.object({ dependencies: names, optionalDependencies: names })),
});

/** The folders in which Node looks for a package that is needed at a place of the lock file. */
function placesFrom(place: string): readonly string[] {
  if (place === '') return [''];
  const parts = `${place}/`.split('node_modules/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('node_modules/'));
}
