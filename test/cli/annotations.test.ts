import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseJsonc } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { annotationText } from '../../daemon/cli/annotations.ts';
import { commands } from '../../daemon/cli/commands.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const root = join(import.meta.dirname, '..', '..');
const plan = `version: 1
id: x
sources: [{ file: metrics.jsonl }]
arms: { treatment: { arm: new } }
measures: { ok: { share: { ok: true } } }
stages: [{ id: all, percent: 100, gate: ["ok >= 90%"] }]
triggers:
  - { id: failing, when: "ok < 80%", over: 10s, min: 5, then: rollback, rule: literal }
`;

function rampwatch(folder: string, ...words: string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(root, 'daemon/cli.ts'), ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { stdout, stderr, status };
}

function folderWith(text: string): string {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'rampwatch.yaml'), text);
  const records = Array.from({ length: 20 }, (_, index) =>
    JSON.stringify({ timestamp: `2026-01-05T10:00:${String(index).padStart(2, '0')}Z`, arm: 'new', ok: index < 3 }),
  );
  writeFileSync(join(folder, 'metrics.jsonl'), `${records.join('\n')}\n`);
  return folder;
}

describe('annotations on the lines of a plan', () => {
  it('are commands of a workflow, and the exit is that of lint', () => {
    const folder = folderWith(plan.replace('percent: 100', 'percent: 140'));
    const { stdout, status } = rampwatch(folder, 'lint', '--format', 'github');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^::error file=rampwatch\.yaml,line=6,col=\d+,title=rampwatch [\w-]+::\S/m);
    expect(
      stdout
        .trim()
        .split('\n')
        .every((line) => line.startsWith('::')),
    ).toBe(true);
  });

  it('are a SARIF document with a rule and a place for each result', () => {
    const folder = folderWith(plan);
    const { stdout, status } = rampwatch(folder, 'lint', '--format', 'sarif');
    expect(status).toBe(0);
    const { version, runs } = JSON.parse(stdout);
    expect(version).toBe('2.1.0');
    const [{ tool, results }] = runs;
    const rules = tool.driver.rules.map(({ id }: { id: string }) => id);
    expect(results.length).toBeGreaterThan(0);
    for (const { ruleId, level, message, locations } of results) {
      expect(rules).toContain(ruleId);
      expect(['error', 'warning', 'note']).toContain(level);
      expect(message.text).not.toBe('');
      const { artifactLocation, region } = locations[0].physicalLocation;
      expect(artifactLocation.uri).toBe('rampwatch.yaml');
      expect(region.startLine).toBeGreaterThan(0);
    }
  });

  it('name each firing of a replay at its trigger', () => {
    const folder = folderWith(plan);
    const { stdout, status } = rampwatch(folder, 'replay', 'metrics.jsonl', '--observe', '--format', 'github');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^::notice file=rampwatch\.yaml,line=8,col=1,title=rampwatch literal-firing::failing fired at 2026-01-05T10:/m,
    );
  });

  it('warn of a recording of which no record counts', () => {
    const folder = folderWith(plan);
    writeFileSync(join(folder, 'metrics.jsonl'), '{"no":"time"}\n');
    const { stdout, status } = rampwatch(folder, 'replay', 'metrics.jsonl', '--format', 'github');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^::warning file=rampwatch\.yaml,line=\d+,col=1,title=rampwatch nothing-judged::[^\n]+\n$/);
  });

  it('end no line and no property early', () => {
    const told = annotationText(
      'github',
      [
        {
          severity: 'warning',
          file: '/work/a,b:c.yaml',
          line: 2,
          column: 3,
          rule: 'odd',
          message: '50 % of a\n::error::b',
        },
      ],
      '/work',
    );
    expect(told).toMatch(/^::warning file=a%2Cb%3Ac\.yaml,line=2,col=3,title=rampwatch odd::50 %25 of a[^\n]*\n$/);
  });

  it('are asked for in a form that is known, and not beside JSON', () => {
    const folder = folderWith(plan);
    expect(rampwatch(folder, 'lint', '--format', 'junit')).toMatchObject({ status: 2, stdout: '' });
    expect(rampwatch(folder, 'lint', '--format', 'github', '--json').status).toBe(2);
  });
});

describe('the examples for a workflow and a Dev Container', () => {
  it('call commands with options that are there', () => {
    const workflow = parse(readFileSync(join(root, 'examples/github-action/rampwatch.yml'), 'utf8'));
    const steps: readonly { readonly run?: string }[] = workflow.jobs.plan.steps;
    const calls = steps.flatMap(({ run }) =>
      run === undefined ? [] : [run.replace('npx --yes rampwatch ', '').split(' ')],
    );
    expect(calls).toHaveLength(2);
    for (const [name, ...words] of calls) {
      const options = commands.find((command) => command.name === name)?.options;
      for (const word of words.filter((each) => each.startsWith('--'))) {
        expect({ ...options, plan: {} }).toHaveProperty(word.slice(2));
      }
    }
  });

  it('keep the state in a volume', () => {
    const container = parseJsonc(readFileSync(join(root, 'examples/dev-container/devcontainer.json'), 'utf8'));
    const { RAMPWATCH_STATE_DIRECTORY: state } = container.containerEnv;
    expect(container.mounts.join()).toContain(`target=${state},type=volume`);
  });
});
