import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
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
    '4: none of 240 records is of the treatment',
    '4: none of 240 records is of the control',
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
