import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathWithin } from '../../../daemon/protocol/domain/pathWithin.ts';

describe('the way from a folder to a path', () => {
  it.each([
    ['/srv/shop', '/srv/shop/logs/a.jsonl', 'logs/a.jsonl'],
    ['/srv/shop', '/srv/shop', ''],
    ['/srv/shop', '/srv/shopping/a', null],
    ['/srv/shop', '/srv', null],
    ['/srv/shop', '/srv/shop/..a', '..a'],
    ['/srv/shop', '/srv/SHOP/a', null],
    ['/srv/shop', '/srv/shop/a\\b', 'a\\b'],
    ['/', '/a', 'a'],
  ])('is with / from %s to %s: %s', (folder, path, way) => {
    expect(pathWithin(folder, path, posix.sep)).toBe(way);
  });

  it.each([
    ['C:\\srv\\shop', 'C:\\srv\\shop\\logs\\a.jsonl', 'logs/a.jsonl'],
    ['C:\\srv\\shop', 'C:\\srv\\shop', ''],
    ['c:\\srv\\shop', 'C:\\Srv\\shop\\Logs\\A.jsonl', 'Logs/A.jsonl'],
    ['C:\\srv\\shop', 'C:\\srv\\shopping\\a', null],
    ['C:\\srv\\shop', 'D:\\srv\\shop\\a', null],
    ['C:\\srv\\shop', 'C:\\srv', null],
    ['C:\\', 'C:\\a', 'a'],
    ['\\\\host\\share\\shop', '\\\\host\\share\\shop\\a\\b', 'a/b'],
    ['\\\\host\\share\\shop', '\\\\host\\other\\shop\\a', null],
  ])('is with \\ from %s to %s: %s', (folder, path, way) => {
    expect(pathWithin(folder, path, win32.sep)).toBe(way);
  });

  it.each([
    ['/', posix, '/'],
    ['\\', win32, 'C:\\'],
  ] as const)('is the one of Node with %s, and null where that leads out', (_, paths, root) => {
    const name = fc.constantFrom('a', 'b', 'A', '..', '.', '..a', 'a b', 'ab');
    const path = fc.array(name, { maxLength: 5 }).map((names) => paths.resolve(root, ...names));
    fc.assert(
      fc.property(path, path, (folder, file) => {
        const way = paths.relative(folder, file);
        const isOut = way === '..' || way.startsWith(`..${paths.sep}`);
        const within = pathWithin(folder, file, paths.sep);
        expect(within).toBe(isOut ? null : way.replaceAll(paths.sep, '/'));
        if (within !== null) expect(paths.resolve(folder, within)).toBe(paths.resolve(folder, way));
      }),
    );
  });
});
