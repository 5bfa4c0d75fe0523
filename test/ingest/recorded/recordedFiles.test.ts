import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recordedRuns } from '../../../daemon/ingest/recorded/recordedFiles.ts';
import { compileInstrument } from '../../../daemon/measure/instrument.ts';
import { loadPlan } from '../../../daemon/plan/load.ts';
import { smallPlan } from '../../support/smallPlan.ts';

/** The files of this folder that this process has open. */
function openIn(folder: string): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const target = readlinkSync(join('/proc/self/fd', descriptor));
      return target.startsWith(folder) ? [target] : [];
    } catch {
      return [];
    }
  });
}

describe.skipIf(process.platform !== 'linux')('recorded files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rampwatch-recorded-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'rampwatch.yaml');
  writeFileSync(file, smallPlan);
  const { plan } = loadPlan(file);
  const recording = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return { file: join(folder, name), name };
  };
  const upload = '{"timestamp":"2026-03-01T10:00:00Z","arm":"new","ok":true}\n';
  const good = recording('metrics.jsonl', upload.repeat(3));
  const read = (files: readonly { file: string; name: string }[]) =>
    recordedRuns(plan, compileInstrument(plan), files, {
      ignored: 0,
      rejected: {},
      damaged: [],
      read: [],
      untimed: [],
      undecided: {},
    });

  it('are closed when one of them cannot be read', async () => {
    const records = read([good, recording('binary.jsonl', '\u0000\u0001\u0002'.repeat(100))]);
    await expect(records.next()).rejects.toThrow('binary.jsonl');
    expect(openIn(folder)).toEqual([]);
  });

  it('are closed when the reader has seen enough', async () => {
    const records = read([good]);
    expect((await records.next()).done).toBe(false);
    expect(openIn(folder)).toEqual([good.file]);
    await records.return(undefined);
    expect(openIn(folder)).toEqual([]);
  });
});
