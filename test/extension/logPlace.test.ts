import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRecord } from '../../extension/evidence/logPlace.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';
import { openSample } from './openSample.ts';
import { firing, sampleRollout, sampleWorkspace } from './sampleViews.ts';

const { t } = mockVscode().vscode.l10n;
const records = Array.from({ length: 1000 }, (_, index) => `{"number":${index + 1},"success":false}`);
const content = `${records.join('\n')}\n`;

function placeOf(line: number, file = 'metrics.jsonl') {
  return {
    file,
    line,
    offset: Buffer.byteLength(
      records
        .slice(0, line - 1)
        .map((each) => `${each}\n`)
        .join(''),
    ),
  };
}

function recordAt(found: Awaited<ReturnType<typeof findRecord>>): string | undefined {
  return found.around[found.line - found.from];
}

describe('finding a record again', () => {
  it('finds it in the file it was read from', async () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, 'metrics.jsonl'), content);
    const found = await findRecord(root, placeOf(700), t);
    expect(found).toMatchObject({ file: join(root, 'metrics.jsonl'), line: 700, from: 500, openable: true });
    expect(recordAt(found)).toBe(records[699]);
  });

  it('finds it in the file that this was rotated to, compressed or not', async () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, 'metrics.jsonl'), content);
    renameSync(join(root, 'metrics.jsonl'), join(root, 'metrics.jsonl.1'));
    writeFileSync(join(root, 'metrics.jsonl'), `${'x'.repeat(50_000)}\n`);
    expect(await findRecord(root, placeOf(700), t)).toMatchObject({
      file: join(root, 'metrics.jsonl.1'),
      openable: true,
    });
    writeFileSync(join(root, 'metrics.jsonl.1'), 'something else\n');
    writeFileSync(join(root, 'metrics.jsonl.2.gz'), gzipSync(content));
    const found = await findRecord(root, placeOf(700), t);
    expect(found).toMatchObject({ file: join(root, 'metrics.jsonl.2.gz'), openable: false });
    expect(recordAt(found)).toBe(records[699]);
  });

  it('says so when it is nowhere any more', async () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, 'metrics.jsonl'), 'short\n');
    await expect(findRecord(root, placeOf(700), t)).rejects.toThrow(
      'line 700 of metrics.jsonl is gone: the file was rotated away or replaced.',
    );
  });

  it("opens nothing outside the plan's folder, by whatever way", async () => {
    const outer = temporaryDirectory();
    const root = join(outer, 'project');
    mkdirSync(root);
    writeFileSync(join(outer, 'metrics.jsonl'), content);
    symlinkSync(join(outer, 'metrics.jsonl'), join(root, 'metrics.jsonl'));
    symlinkSync(outer, join(root, 'logs'));
    for (const file of ['../metrics.jsonl', join(outer, 'metrics.jsonl'), 'metrics.jsonl', 'logs/metrics.jsonl', '.']) {
      await expect(findRecord(root, placeOf(700, file), t), file).rejects.toThrow(/outside the plan's folder/);
    }
  });

  it('finds every line of any file, and only at the offset where it starts', async () => {
    const root = temporaryDirectory();
    const line = fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/[\r\n]/g, ' '));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 30 }), fc.nat(29), async (lines, pick) => {
        const index = pick % lines.length;
        writeFileSync(join(root, 'any.log'), lines.map((each) => `${each}\n`).join(''));
        const offset = Buffer.byteLength(
          lines
            .slice(0, index)
            .map((each) => `${each}\n`)
            .join(''),
        );
        const found = await findRecord(root, { file: 'any.log', line: index + 1, offset }, t);
        expect(recordAt(found)).toBe(lines[index]);
        await expect(findRecord(root, { file: 'any.log', line: index + 1, offset: offset + 1 }, t)).rejects.toThrow(
          /is gone/,
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('Open Log at Line', () => {
  async function inReview(root: string, lines: readonly number[]) {
    const evidence = lines.map((line) => placeOf(line));
    const phase = { kind: 'review', firings: [{ ...firing, evidence }], returnsTo: { kind: 'soaking' } } as const;
    const view = sampleRollout({}, { phase });
    const sample = openSample((_mock, daemon) => {
      daemon.view = sampleWorkspace([
        {
          ...view,
          plan: { ...view.plan, file: join(root, 'rampwatch.yaml') },
          journal: [
            {
              seq: 1,
              rollout: 'async-upload',
              attempt: 1,
              at: view.standing.since,
              body: { kind: 'review-opened', firings: phase.firings },
              previous: '',
              hash: '',
            },
          ],
        },
      ]);
    });
    await sample.until('the journal', () => sample.mock.tree('rampwatch.activity').includes('Review needed'));
    return sample;
  }

  it('puts the cursor on the very line', async () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, 'metrics.jsonl'), content);
    const { mock } = await inReview(root, [700, 701]);
    mock.answers.push('metrics.jsonl:701');
    await mock.run('rampwatch.openLogAtLine', mock.element('rampwatch.activity', 'Review needed'));
    expect(mock.shown).toEqual([
      'pick: Open Log at Line | Which of the 2 records? The newest is first. [metrics.jsonl:701] [metrics.jsonl:700]',
    ]);
    expect(mock.opened).toEqual([{ file: join(root, 'metrics.jsonl'), line: 701 }]);
  });

  it('shows the lines around it, read-only, where the file is compressed', async () => {
    const root = temporaryDirectory();
    writeFileSync(join(root, 'metrics.jsonl.1.gz'), gzipSync(content));
    const { mock } = await inReview(root, [700]);
    await mock.run('rampwatch.openLogAtLine', mock.element('rampwatch.activity', 'Review needed'));
    const [opened] = mock.opened;
    expect(opened?.file).toBe('/metrics.jsonl.1');
    expect(mock.documents.text().split('\n')[(opened?.line ?? 0) - 1]).toBe(records[699]);
  });

  it('refuses a place that no rollout of ours has', async () => {
    const root = temporaryDirectory();
    const { mock } = await inReview(root, [700]);
    await mock.run('rampwatch.openLogAtLine', {
      folder: '/elsewhere',
      rollout: 'async-upload',
      planPart: null,
      places: [placeOf(1)],
    });
    expect(mock.shown.at(-1)).toContain('that rollout is not known any more');
  });
});
