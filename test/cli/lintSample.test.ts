import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lintData } from '../../daemon/cli/lintData.ts';
import { lintSample } from '../../daemon/cli/lintSample.ts';
import { loadPlan } from '../../daemon/plan/load.ts';
import { logShape, requestsOf } from '../support/logShapes.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const shape = logShape('logfmt', requestsOf(3), { treatment: 'canary', control: 'stable' });

async function told(source: string, arms: string, measures: string) {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, shape.file), shape.text);
  const file = join(folder, 'rampwatch.yaml');
  writeFileSync(
    file,
    `version: 1\nid: x\nsources: [{ file: app.log, format: logfmt${source} }]\narms: ${arms}\nmeasures: ${measures}\nstages: [{ id: off, percent: 0 }]\n`,
  );
  return (await lintSample(loadPlan(file), join(folder, shape.file))).map(({ line, message }) => `${line}: ${message}`);
}

const arms = '{ treatment: { variant: canary }, control: { variant: stable } }';

it('a plan that fits its log is told nothing', async () => {
  const measures = '{ good: { share: { status: "< 500" } }, slow: { quantile: 0.95, field: duration, unit: ms } }';
  expect(await told('', arms, measures)).toEqual([]);
});

it('what a log does not have is told with its line and its counts', async () => {
  const other = '{ treatment: { variant: canaries }, control: { arm: stable } }';
  const measures = '{ good: { share: { status: ">= 900" } }, slow: { quantile: 0.95, field: msg, unit: ms } }';
  expect(await told(', weight: rate', other, measures)).toEqual([
    '4: "canaries" matches none of 240 records that have `variant`: they say "stable", "canary"',
    '4: none of 240 records has a field `arm`',
    expect.stringMatching(/^5: ">= 900" matches none of 240 records that have `status`: they say /),
    '4: none of the 240 records belongs to an arm: `variant` says "stable", "canary"; none has `arm`',
    '5: none of 240 records has a number for `msg`',
    '3: none of 240 records has a field `rate`, by which they are counted',
  ]);
});

it('times that cannot be read are told', async () => {
  const measures = '{ good: { share: { status: "< 500" } } }';
  expect(await told(', time: { field: msg }', arms, measures)).toContain(
    '3: 240 of 240 records are rejected (240 with a time that cannot be read)',
  );
});

it('records that are read as lines of text are told', async () => {
  const folder = temporaryDirectory();
  const file = join(folder, 'rampwatch.yaml');
  const written = logShape('jsonl', requestsOf(3), { treatment: 'canary', control: 'stable' });
  writeFileSync(join(folder, 'app.log'), written.text);
  writeFileSync(
    file,
    `version: 1\nid: x\nsources: [{ file: app.log }]\narms: ${arms}\nmeasures: { good: { share: { status: "< 500" } } }\nstages: [{ id: off, percent: 0 }]\n`,
  );
  const [finding] = await lintSample(loadPlan(file), join(folder, 'app.log'));
  expect(finding?.message).toMatch(
    /app\.log holds records \(jsonl\) and is read as lines of text: write `format: jsonl`$/,
  );
});

it('what is no file to read is told in one line, and never waited for', async () => {
  const folder = temporaryDirectory();
  const file = join(folder, 'rampwatch.yaml');
  writeFileSync(
    file,
    `version: 1\nid: x\nsources: [{ file: app.jsonl }]\narms: ${arms}\nmeasures: { good: { share: { status: "< 500" } } }\nstages: [{ id: off, percent: 0 }]\n`,
  );
  const at = (name: string) => join(folder, name);
  symlinkSync('nowhere', at('dangling'));
  mkdirSync(at('folder'));
  expect(spawnSync('mkfifo', [at('pipe')]).status).toBe(0);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
  onTestFinished(() => void server.close());
  for (const [name, message] of [
    ['dangling', /dangling is a link to a file that is not there: name a file that holds records/],
    ['folder', /folder is a folder: name a file/],
    ['pipe', /pipe is a pipe: name a file/],
    ['socket', /socket is a socket: name a file/],
    ['nothing', /nothing is not there: check the path$/],
  ] as const)
    await expect(lintSample(loadPlan(file), at(name))).rejects.toThrow(message);
});

it('a join that cannot work is told: no key, a key of something else, more exposures than are held', async () => {
  const folder = temporaryDirectory();
  const file = join(folder, 'rampwatch.yaml');
  writeFileSync(
    file,
    `version: 1
id: x
sources:
  - { file: exposures.jsonl, join: { key: user, exposures: all, within: 30d } }
  - { file: checkouts.jsonl, join: { key: customer } }
arms: { treatment: { variation: new }, control: { variation: old } }
measures: { ok: { share: { status: "< 500" } } }
stages: [{ id: off, percent: 0 }]
`,
  );
  const lines = (name: string, of: (index: number) => object) =>
    writeFileSync(
      join(folder, name),
      Array.from({ length: 1000 }, (_, index) => {
        const timestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString();
        return `${JSON.stringify({ timestamp, ...of(index) })}\n`;
      }).join(''),
    );
  const told = async () => (await lintData(loadPlan(file))).findings.map(({ line, message }) => `${line}: ${message}`);
  lines('exposures.jsonl', (index) => ({ user: `u-${index}`, variation: index % 2 === 0 ? 'new' : 'old' }));
  lines('checkouts.jsonl', (index) => ({ customer: `u-${index}`, status: 200 }));
  expect(await told()).toEqual([
    expect.stringContaining('exposures come within 30 d, and the newest 200,000 are held'),
  ]);
  lines('checkouts.jsonl', (index) => ({ customer: index, status: 200 }));
  expect(await told()).toContain(
    '4: none of 1,000 keys of outcomes is a key of one of 1,000 exposures: these say "u-0", and those "0"',
  );
  lines('checkouts.jsonl', () => ({ client: 'u-1', status: 200 }));
  expect(await told()).toContain('5: none of 1,000 records has `customer`, the key of their join');
  lines('exposures.jsonl', (index) => ({ user: `u-${index}`, group: 'new' }));
  expect(await told()).toContain('6: none of the 1,000 records belongs to an arm: none has `variation`');
});
