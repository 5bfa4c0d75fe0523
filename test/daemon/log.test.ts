import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileLog, logFiles } from '../../daemon/log.ts';
import { testWorkspace } from '../support/runningDaemon.ts';
import { smallPlan } from '../support/smallPlan.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const full = 2000;

function messages(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line).msg);
}

describe("the daemon's log", () => {
  it('is bounded while it runs, and loses no line before the oldest that it keeps', () => {
    const file = join(temporaryDirectory(), 'daemon.log');
    const log = fileLog(file, full);
    for (let index = 0; index < 100; index += 1) log.info(`line ${index}`);
    const kept = logFiles(file).filter((each) => existsSync(each));
    expect(kept).toHaveLength(4);
    for (const each of kept) expect(statSync(each).size).toBeLessThanOrEqual(full);
    const told = kept.toReversed().flatMap(messages);
    const first = 100 - told.length;
    expect(told).toEqual(Array.from({ length: told.length }, (_, index) => `line ${first + index}`));
  });

  it('goes on where a start before it left off, and with a line that is longer than a whole log', () => {
    const file = join(temporaryDirectory(), 'daemon.log');
    fileLog(file, full).info('before');
    const log = fileLog(file, full);
    log.warn('long'.repeat(full));
    log.info('after');
    expect(logFiles(file).slice(0, 3).map(messages)).toEqual([['after'], ['long'.repeat(full)], ['before']]);
  });

  it('that cannot be put aside is written on', () => {
    const file = join(temporaryDirectory(), 'daemon.log');
    // A folder with something in it is replaced by no file.
    for (const each of logFiles(file).slice(-2)) mkdirSync(join(each, 'something'), { recursive: true });
    const log = fileLog(file, full);
    for (let index = 0; index < 100; index += 1) log.info(`line ${index}`);
    expect(messages(file)).toHaveLength(100);
  });

  it('is shown across the moment at which it is put aside', async () => {
    const workspace = testWorkspace(smallPlan);
    const line = (msg: string): string => `${JSON.stringify({ level: 30, time: '2025-11-03T10:00:00.000Z', msg })}\n`;
    const [newest, older, oldest] = logFiles(join(workspace.directory, 'daemon.log'));
    writeFileSync(oldest ?? '', line('one') + line('two'));
    writeFileSync(older ?? '', line('three'));
    const shown = async (): Promise<unknown> => {
      const { stdout } = await workspace.run('logs', '--lines', '3', '--json');
      return JSON.parse(stdout).lines.map((each: string) => JSON.parse(each).msg);
    };
    expect(await shown()).toEqual(['one', 'two', 'three']);
    writeFileSync(newest ?? '', line('four'));
    expect(await shown()).toEqual(['two', 'three', 'four']);
  });
});
