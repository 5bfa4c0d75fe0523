import { chmodSync, mkdirSync, realpathSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { complaint, complaintDocument } from '../support/complaint.ts';
import { type TestWorkspace, testWorkspace } from '../support/runningDaemon.ts';
import { smallPlan } from '../support/smallPlan.ts';

const unknownMeasure = smallPlan.replace('uploads >= 20', 'uplods >= 20');

interface BadPlan {
  readonly name: string;
  place(workspace: TestWorkspace): void;
  readonly told: RegExp;
  readonly code: string;
}

const badPlans: readonly BadPlan[] = [
  {
    name: 'none',
    place: () => undefined,
    told: /^no rampwatch\.yaml or .* here or in a folder above: .*--plan FILE/,
    code: 'no-plan',
  },
  {
    name: 'a folder in its place',
    place: ({ folder }) => mkdirSync(join(folder, 'rampwatch.yaml')),
    told: /^no rampwatch\.yaml/,
    code: 'no-plan',
  },
  {
    name: 'an empty one',
    place: ({ write }) => write('rampwatch.yaml', ''),
    told: /^rampwatch\.yaml:1:1: the plan is empty: begin with/,
    code: 'plan-invalid',
  },
  {
    name: 'a binary one',
    place: ({ write }) => write('rampwatch.yaml', '\u007fELF\0\0\0'),
    told: /^rampwatch\.yaml:1:1: not a text file: a plan is YAML/,
    code: 'plan-invalid',
  },
  {
    name: 'one that is no YAML',
    place: ({ write }) => write('rampwatch.yaml', 'version: 1\nid: [a\nstages: }'),
    told: /^rampwatch\.yaml:3:1: .*bracket or quote/,
    code: 'plan-invalid',
  },
  {
    name: 'one with a measure it does not have',
    place: ({ write }) => write('rampwatch.yaml', unknownMeasure),
    told: /^rampwatch\.yaml:8:50: unknown measure `uplods` — did you mean `uploads`\?$/,
    code: 'plan-invalid',
  },
];

describe.concurrent.each(badPlans)('a plan that is unusable: $name', ({ place, told, code }) => {
  it.for(['status', 'watch'])('%s says so in one line', async (command, { onTestFinished }) => {
    const workspace = testWorkspace(null, onTestFinished);
    place(workspace);
    expect(complaint(await workspace.run(command))).toMatch(told);
  });

  it('start says so in one document, and leaves no daemon behind', async ({ onTestFinished }) => {
    const workspace = testWorkspace(null, onTestFinished);
    place(workspace);
    const document = complaintDocument(await workspace.run('start', '--json'));
    expect(document.code).toBe(code);
    expect(document.message).toMatch(told);
    const stopped = await workspace.run('stop');
    if (code === 'no-plan') expect(complaint(stopped)).toMatch(told);
    else expect(stopped.stdout).toBe('No daemon runs for this folder.\n');
  });
});

describe.concurrent.each(badPlans.filter(({ name }) => name === 'none' || name.includes('measure')))(
  'acting on an unusable plan: $name',
  ({ place, told }) => {
    it.for(['begin', 'rollback'])('%s says so in one line', async (command, { onTestFinished }) => {
      const workspace = testWorkspace(null, onTestFinished);
      place(workspace);
      expect(complaint(await workspace.run(command))).toMatch(told);
    });
  },
);

describe.concurrent('which plan a command is about', () => {
  it('names a path after --plan that leads nowhere, or to a folder', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    mkdirSync(join(workspace.folder, 'sub'));
    const [missing, folder] = await Promise.all([
      workspace.run('status', '--plan', 'elsewhere.yaml'),
      workspace.run('lint', '--plan', 'sub'),
    ]);
    expect(complaint(missing)).toBe('elsewhere.yaml: there is no such plan; check the path after --plan');
    expect(complaint(folder)).toBe('sub is a folder: name the plan file itself after --plan');
  });

  it('may not be read', async ({ onTestFinished, skip }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    const setting = { asNobody: true, environment: { NODE_COMPILE_CACHE: '' } };
    skip((await workspace.runIn(setting, '--version')).code !== 0, 'the sources are closed to other users');
    chmodSync(join(workspace.folder, 'rampwatch.yaml'), 0o000);
    const refused = await workspace.runIn(setting, 'replay', 'metrics.jsonl');
    expect(complaint(refused)).toMatch(/rampwatch\.yaml may not be read: give yourself read permission \(EACCES\)/);
  });

  it('of several must be chosen, but not for what concerns them all', async ({ onTestFinished }) => {
    const workspace = testWorkspace(null, onTestFinished);
    workspace.write('one.rampwatch.yaml', smallPlan.replace('id: uploads', 'id: one'));
    workspace.write('two.rampwatch.yaml', smallPlan.replace('id: uploads', 'id: two'));
    for (const refused of await Promise.all([
      workspace.run('begin'),
      workspace.run('rollback'),
      workspace.run('replay', 'x'),
    ])) {
      expect(complaint(refused)).toBe(
        'there are 2 plans in this folder (one.rampwatch.yaml, two.rampwatch.yaml): choose one with --plan FILE',
      );
    }
    const shown = async (...words: string[]) => {
      const { stdout } = await workspace.run('status', '--json', ...words);
      const { rollouts } = z.object({ rollouts: z.array(z.object({ rollout: z.string() })) }).parse(JSON.parse(stdout));
      return rollouts.map(({ rollout }) => rollout);
    };
    expect(await shown()).toEqual(['one', 'two']);
    expect(await shown('--plan', 'two.rampwatch.yaml')).toEqual(['two']);
    const begun = await workspace.run('begin', '--plan', 'two.rampwatch.yaml');
    const undoes = 'one.rampwatch.yaml sets UPLOAD_ENABLED, UPLOAD_ROLLOUT too, and each undoes the other';
    expect(begun).toMatchObject({ code: 0, stdout: `Attempt 1 has begun with off at 0 %; ${undoes}.\n` });
  });

  it('with an id that another has: the other goes on, and this one says why not', async ({ onTestFinished }) => {
    const workspace = testWorkspace(null, onTestFinished);
    workspace.write('one.rampwatch.yaml', smallPlan);
    workspace.write('two.rampwatch.yaml', smallPlan);
    const told = 'two.rampwatch.yaml: the id `uploads` is taken by one.rampwatch.yaml; give it another';
    const status = await workspace.run('status', '--plan', 'one.rampwatch.yaml');
    expect(status.code).toBe(0);
    expect(status.stdout.trimEnd().split('\n').at(-1)).toBe(told);
    expect(complaint(await workspace.run('begin', '--plan', 'two.rampwatch.yaml'))).toBe(told);
  });

  it('is found from a folder below, and by another spelling of its path', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    mkdirSync(join(workspace.folder, 'src'));
    symlinkSync(workspace.folder, join(workspace.folder, 'src', 'link'));
    expect(await workspace.runIn({ folder: 'src' }, 'start')).toMatchObject({ code: 0 });
    const begun = await workspace.runIn({ folder: 'src' }, 'begin', '--plan', 'link/rampwatch.yaml');
    expect(begun).toMatchObject({ code: 0, stderr: '' });
    expect(realpathSync(join(workspace.folder, 'src', 'link'))).toBe(workspace.folder);
  });

  it('is gone: nothing has run here, so nothing is known', async ({ onTestFinished }) => {
    const workspace = testWorkspace(smallPlan, onTestFinished);
    renameSync(join(workspace.folder, 'rampwatch.yaml'), join(workspace.folder, 'rampwatch.yaml.old'));
    expect(complaint(await workspace.run('stop'))).toMatch(/^no rampwatch\.yaml/);
  });
});
