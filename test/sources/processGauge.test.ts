import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sampleResidentMemory } from '../../daemon/sources/processGauge.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

it('the process that a pid file names is measured', async () => {
  const file = join(temporaryDirectory(), 'app.pid');
  writeFileSync(file, ` ${process.pid}\n`);
  const sample = await sampleResidentMemory(file);
  if (sample.kind === 'none') throw new Error(sample.detail);
  expect(sample.value).toBeGreaterThan(10);
  expect(sample.value).toBeLessThan(100_000);
});

it('what is no pid file is told at once: nothing, other text, a folder, a pipe', async () => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'text'), 'not a pid');
  writeFileSync(join(folder, 'long'), '1'.repeat(1_000_000));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const told = async (name: string) => await sampleResidentMemory(join(folder, name));
  for (const name of ['missing', '.', 'pipe']) {
    expect(await told(name)).toMatchObject({ kind: 'none', detail: expect.stringContaining('cannot be read') });
  }
  for (const name of ['text', 'long']) expect(await told(name)).toMatchObject({ kind: 'none' });
});
