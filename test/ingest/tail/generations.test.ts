import { renameSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scanStart } from '../../../daemon/ingest/formats/scan.ts';
import { discover, parseGlob } from '../../../daemon/ingest/tail/discover.ts';
import { fileStats, isUntouched, noMark } from '../../../daemon/ingest/tail/fileIdentity.ts';
import { Generations } from '../../../daemon/ingest/tail/generations.ts';
import { wallTime } from '../../../daemon/protocol/domain/units.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const now = wallTime(1000);

describe('a search that falls into the middle of a rotation', () => {
  it('declares nothing; only a second one that misses the file too does', async () => {
    const root = temporaryDirectory();
    const glob = parseGlob('metrics.jsonl');
    writeFileSync(join(root, 'metrics.jsonl'), 'one\n');
    const { device, inode, birth } = fileStats(await stat(join(root, 'metrics.jsonl'), { bigint: true }));
    const known = { version: 1, path: 'metrics.jsonl', family: 'metrics.jsonl', device, inode, birth } as const;
    const marks = { head: noMark, marker: noMark, ...scanStart, offset: 4, line: 2, columns: null };
    const rest = { compressed: false, finished: false, detached: false, lost: false, copy: false, seen: 0 };
    const stored = { source: 0, generation: 'stored', body: JSON.stringify({ ...known, ...marks, ...rest }) };

    renameSync(join(root, 'metrics.jsonl'), join(root, 'on its way'));
    writeFileSync(join(root, 'metrics.jsonl'), 'two\n');
    const between = await discover(root, glob);
    renameSync(join(root, 'on its way'), join(root, 'metrics.jsonl.1'));
    const after = await discover(root, glob);

    const luckless = new Generations(0, root, [stored], now);
    expect(await luckless.reconcile(between, now)).toMatchObject({ gaps: [], unsure: true });
    expect((await luckless.reconcile(between, now)).gaps.length).toBe(1);
    expect((await luckless.reconcile(between, now)).gaps.length).toBe(0);

    const lucky = new Generations(0, root, [stored], now);
    expect(await lucky.reconcile(between, now)).toMatchObject({ gaps: [], unsure: true });
    expect(await lucky.reconcile(after, now)).toMatchObject({ gaps: [], unsure: false });
  });

  it('takes no number for missing that it only did not see', async () => {
    const root = temporaryDirectory();
    const glob = parseGlob('metrics.jsonl');
    const file = join(root, 'metrics.jsonl');
    for (const name of [`${file}.1`, file]) writeFileSync(name, `of ${name}\n`);
    const before = await discover(root, glob);
    const lucky = new Generations(0, root, [], now);
    const luckless = new Generations(0, root, [], now);
    for (const generations of [lucky, luckless]) await generations.reconcile(before, now);
    for (const [from, to] of [
      [`${file}.1`, `${file}.2`],
      [file, `${file}.1`],
    ] as const) {
      renameSync(from, to);
    }
    writeFileSync(file, 'new\n');
    const after = await discover(root, glob);
    const torn = { ...after, files: after.files.filter(({ path }) => path !== 'metrics.jsonl.1') };

    expect(await lucky.reconcile(torn, now)).toMatchObject({ gaps: [], unsure: true });
    expect((await lucky.reconcile(after, now)).gaps).toEqual([]);

    await luckless.reconcile(torn, now);
    // The live file is held open since it was looked at: of that one nothing is lost.
    expect((await luckless.reconcile(torn, now)).gaps).toMatchObject([{ file: 'metrics.jsonl.1' }]);
    for (const { list } of [lucky, luckless]) for (const generation of list) await generation.end();
  });
});

it('a file modified a moment before it was looked at may change again without its times telling', async () => {
  const file = join(temporaryDirectory(), 'metrics.jsonl');
  // A busy machine may look too late: it looks again.
  const lookAtNew = async () => {
    writeFileSync(file, 'one\n');
    return fileStats(await stat(file, { bigint: true }));
  };
  await expect.poll(async () => (await lookAtNew()).racy).toBe(true);
  const stats = { ...(await lookAtNew()), racy: true };
  expect(isUntouched(stats, stats)).toBe(false);
  expect(isUntouched({ ...stats, racy: false }, stats)).toBe(true);
});
