import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordWindow } from '../../../daemon/ingest/recorded/recordWindow.ts';
import { eventTime } from '../../../daemon/protocol/domain/units.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const from = eventTime(Date.UTC(2026, 0, 5, 10, 1));
const to = eventTime(Date.UTC(2026, 0, 5, 10, 2));

async function linesOf(file: string, text: string, field = 'at'): Promise<readonly string[]> {
  const root = realpathSync(temporaryDirectory());
  writeFileSync(join(root, file), text);
  const source = { file, time: { field, zone: 'UTC' } };
  const options = { from, to, limit: 10_000, timezone: 'UTC', refused: () => false };
  const { excerpts, left } = await recordWindow(root, source, options);
  expect(left).toEqual([]);
  return excerpts.flatMap((excerpt) => excerpt.text.trimEnd().split('\n'));
}

const minutes = [0, 1, 2, 3].map((minute) => `2026-01-05 10:0${minute}:30`);

describe('the records of a window', () => {
  it.each([
    ['commas', ','],
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('are found in a file with %s, beneath its header', async (_, separator) => {
    const row = (...cells: readonly string[]) => cells.join(separator);
    const rows = minutes.map((at, index) => row(`"a${separator}b"`, `"${at}"`, String(index)));
    const header = row('"kind"', 'at', 'n');
    const lines = await linesOf('metrics.csv', `${[header, ...rows].join('\n')}\n`);
    expect(lines).toEqual([header, rows[1]]);
  });

  it('are found by a field inside an object', async () => {
    const records = minutes.map((at) => JSON.stringify({ result: { at } }));
    expect(await linesOf('metrics.jsonl', `${records.join('\n')}\n`, 'result.at')).toEqual([records[1]]);
  });

  it('are those of the pass that is asked for, where clocks were set back, however large the log', async () => {
    const root = realpathSync(temporaryDirectory());
    // 02:00 in Berlin for the second time.
    const change = Date.UTC(2026, 9, 25, 1);
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Europe/Berlin',
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    const instants = Array.from({ length: 8000 }, (_, index) => change - 4_000_000 + index * 1000);
    writeFileSync(join(root, 'app.log'), instants.map((at) => `${format.format(at)} INFO ${at}\n`).join(''));
    const source = { file: 'app.log', time: { field: 'timestamp', zone: 'Europe/Berlin' } };
    for (const start of [change - 2_000_000, change + 2_000_000]) {
      const options = {
        from: eventTime(start),
        to: eventTime(start + 60_000),
        limit: 100_000,
        timezone: 'UTC',
        refused: () => false,
      };
      const { excerpts } = await recordWindow(root, source, options);
      const found = excerpts
        .flatMap(({ text }) => text.trimEnd().split('\n'))
        .map((line) => Number(line.split(' ')[3]));
      expect(found).toEqual(instants.filter((at) => at >= start && at <= start + 60_000));
    }
  });

  it('are rows with the header of the generation before, where a copytruncate left none', async () => {
    const root = realpathSync(temporaryDirectory());
    const row = (minute: number): string => `${minutes[minute]},new`;
    writeFileSync(join(root, 'metrics.csv.1'), `at,arm\n${row(0)}\n`);
    writeFileSync(join(root, 'metrics.csv'), `${row(1)}\n${row(2)}\n`);
    const source = { file: 'metrics.csv', time: { field: 'at', zone: 'UTC' } };
    const options = { from, to, limit: 10_000, timezone: 'UTC', refused: () => false };
    const { excerpts } = await recordWindow(root, source, options);
    expect(excerpts.map(({ file, text, columns }) => ({ file, text, names: columns?.names }))).toEqual([
      { file: 'metrics.csv', text: `at,arm\n${row(1)}\n`, names: ['at', 'arm'] },
    ]);
  });

  it('are the lines of a log, with those that say no time', async () => {
    const text = minutes.map((at) => `${at} ERROR failed\n  at upload\n`).join('');
    expect(await linesOf('app.log', text)).toEqual([`${minutes[1]} ERROR failed`, '  at upload']);
  });
});
