import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ReportSearch } from '../../daemon/ingest/junit/reportSearch.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

it('finds the files of a glob, and none in hidden folders, in packages, or behind a link to a folder', async () => {
  const folder = temporaryDirectory();
  for (const name of [
    'a/TEST-1.xml',
    'a/b/TEST-2.xml',
    'a/b/c/TEST-3.xml',
    '.git/TEST-4.xml',
    'node_modules/x/TEST-5.xml',
    'other/x.xml',
  ]) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), '');
  }
  symlinkSync(join(folder, 'a'), join(folder, 'link'));
  const found = (pattern: string) => new ReportSearch(folder, pattern).names();
  expect(await found('**/TEST-*.xml')).toEqual(['a/TEST-1.xml', 'a/b/TEST-2.xml', 'a/b/c/TEST-3.xml']);
  expect(await found('a/*/TEST-*.xml')).toEqual(['a/b/TEST-2.xml']);
  expect(await found('{a,other}/*.xml')).toEqual(['a/TEST-1.xml', 'other/x.xml']);
  expect(await found('nowhere/*.xml')).toEqual([]);
  expect(await found('reports/one.xml')).toEqual(['reports/one.xml']);
});

it('one of many entries gives other work its turns, and is not repeated at once', async () => {
  const folder = temporaryDirectory();
  for (let index = 0; index < 3000; index += 1) writeFileSync(join(folder, `${index}.txt`), '');
  const search = new ReportSearch(folder, '*.xml');
  let turns = 0;
  const count = setInterval(() => {
    turns += 1;
  }, 0);
  expect(await search.names()).toEqual([]);
  writeFileSync(join(folder, 'late.xml'), '');
  expect(await search.names()).toEqual([]);
  await expect.poll(() => search.names(), { timeout: 60_000 }).toEqual(['late.xml']);
  clearInterval(count);
  expect(turns).toBeGreaterThan(0);
});
