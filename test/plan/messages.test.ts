import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parsePlan } from '../../daemon/plan/load.ts';
import { placed } from '../support/remoteFlag.ts';
import { smallPlan } from '../support/smallPlan.ts';

const page = readFileSync(join(resolve(import.meta.dirname, '../..'), 'docs/messages.md'), 'utf8');
const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];

function problemsOf(text: string): readonly string[] {
  const parsed = parsePlan(`${smallPlan}${text}`, 'rampwatch.yaml');
  return parsed.kind === 'problems' ? parsed.problems.map(({ message }) => message) : [];
}

it('a plan takes the example of the docs', () => {
  expect(example).toContain('to: command');
  expect(problemsOf(example)).toEqual([]);
});

it.each([
  'to: slack, url: "https://hooks.slack.com/services/T0/B0/abc"',
  `to: slack, url: "https://hooks.slack.com/services/${placed('env:KEY')}"`,
  'to: teams, url: "https://example.logic.azure.com/workflows/1"',
  'to: webhook, url: "https://example.com/hooks?key=abc"',
  'to: webhook, url: "https://example.com/hooks/9f2c81ab77"',
])('a plan does not hold an address by which anybody can write: %s', (target) => {
  expect(problemsOf(`messages: [{ ${target} }]\n`)).toEqual([expect.stringMatching(/so a plan does not hold it/)]);
});

it('a header holds no credential', () => {
  const target = 'to: webhook, url: "https://example.com/news", headers: { Authorization: Bearer abc }';
  expect(problemsOf(`messages: [{ ${target} }]\n`)).toEqual([expect.stringMatching(/a plan holds no credential/)]);
});
