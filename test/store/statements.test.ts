import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folder = join(import.meta.dirname, '../../daemon/store/sqlite');

it('has no numbered parameter in a statement: the SQLite of Node 22.17, which the manifest allows, cannot bind one', () => {
  const numbered = readdirSync(folder).filter((file) => /\?\d/.test(readFileSync(join(folder, file), 'utf8')));
  expect(numbered).toEqual([]);
});
