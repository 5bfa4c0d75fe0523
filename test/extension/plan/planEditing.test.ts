import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lintText } from '../../../daemon/plan/lintPlan.ts';
import { parsePlan } from '../../../daemon/plan/load.ts';
import { readPlanText } from '../../../daemon/plan/readPlanText.ts';
import { formatNames } from '../../../daemon/protocol/domain/formatNames.ts';
import type { RolloutView, StandingView } from '../../../daemon/protocol/wire/view.ts';
import type { CommandCall, CommandOutcome } from '../../../extension/connection/commandLine.ts';
import { soundPlan } from '../../plan/planText.ts';
import type { MockDocument } from '../../support/mockLanguages.ts';
import { openSample, type Sample } from '../openSample.ts';
import { firing, sampleRollout, sampleTrigger } from '../sampleViews.ts';

const file = '/workspace/rampwatch.yaml';

function opened(sample: Sample, text: string, name = file): MockDocument {
  return sample.mock.editing.open(sample.mock.vscode.Uri.file(name), text);
}

/** A lint that answers when the test says so. */
function heldLint() {
  const calls: { call: CommandCall; answer(): void }[] = [];
  const run = async (call: CommandCall) =>
    call.words.includes('--data') ? { output: '[]', errors: '', failure: null } : await held(call);
  const held = (call: CommandCall) =>
    new Promise<CommandOutcome>((resolve) => {
      const answer = () =>
        resolve({ output: JSON.stringify(readPlanText(call.input ?? '', file)), errors: '', failure: null });
      calls.push({ call, answer });
    });
  return { calls, run };
}

describe('findings', () => {
  it('are shown as one types, with code, place and the fix that puts it right', async () => {
    const sample = openSample();
    const { editing } = sample.mock;
    const document = opened(sample, soundPlan.replace('stages:', 'stages: # the ladder'));
    await sample.until('the first reading', () => editing.problems(document).length > 0);
    expect(editing.problems(document)).toContainEqual(
      '25: information gate-proves-less: it passes with 4 failures in 450, which proves ≥ 97.2 %, not 99 %: ' +
        'at most 0 would prove it | good >= 99%',
    );
    editing.type(document, soundPlan.replace('then: rollback', 'then: rolback'));
    expect(editing.fixes(document)).toEqual([]);
    await sample.until('the next reading', () => editing.problems(document).length === 1);
    expect(editing.problems(document)).toEqual([
      '28: error invalid: `then` must be `rollback`, `review` or `hold`, not `rolback` — did you mean `rollback`? | rolback',
    ]);
    expect(editing.fixes(document)).toEqual([{ title: 'Write `rollback`', text: soundPlan }]);
  });

  it('are not said twice where the YAML extension has said them, and keep their fix', async () => {
    const sample = openSample();
    const { editing } = sample.mock;
    const document = opened(
      sample,
      soundPlan.replace('then: rollback', 'then: rolback').replace('id: demo', 'idd: demo'),
    );
    const errors = () => editing.problems(document).filter((line) => line.includes('error'));
    await sample.until('the reading', () => errors().length > 0);
    const before = errors();
    const schema = { words: 'rolback', message: 'Value is not accepted.' };
    editing.tell(document, 'yaml-schema: Rampwatch plan', [schema]);
    expect(errors().filter((line) => line.includes('rolback'))).toEqual([
      '28: error: Value is not accepted. | rolback',
    ]);
    expect(editing.fixes(document).map(({ title }) => title)).toContain('Write `rollback`');
    expect(errors().filter((line) => line.includes('idd'))).toEqual(before.filter((line) => line.includes('idd')));
    editing.tell(document, 'yaml-schema: Rampwatch plan', []);
    expect(errors()).toEqual(before);
    editing.tell(document, 'spelling', [schema]);
    expect(errors()).toHaveLength(before.length + 1);
  });

  it('are of the newest text: a run that was overtaken is ended and not listened to', async () => {
    const { calls, run } = heldLint();
    const sample = openSample(() => {}, run);
    const { editing } = sample.mock;
    const document = opened(sample, 'nonsense');
    await sample.until('the first run', () => calls.length === 1);
    editing.type(document, 'more');
    editing.type(document, soundPlan.replace('id: demo', 'idd: demo'));
    expect(calls[0]?.call.signal?.aborted).toBe(true);
    await sample.until('the second run', () => calls.length === 2);
    calls[1]?.answer();
    await sample.until('findings', () => editing.problems(document).length > 0);
    calls[0]?.answer();
    await new Promise((next) => setImmediate(next));
    expect(editing.problems(document)).toEqual(['2: error invalid: unknown key `idd` — did you mean `id`? | idd']);
    expect(calls[1]?.call).toMatchObject({
      words: ['lint', '--stdin', '--json', '--plan', file],
      folder: '/workspace',
    });
  });

  it('go with the document, and never come for what is no plan', async () => {
    const sample = openSample();
    const { editing } = sample.mock;
    const document = opened(sample, 'nonsense', '/workspace/one.rampwatch.yaml');
    opened(sample, 'nonsense', '/workspace/docker-compose.yaml');
    await sample.until('findings', () => editing.problems(document).length > 0);
    expect(editing.problemFiles()).toEqual(['/workspace/one.rampwatch.yaml']);
    editing.close(document);
    expect(editing.problemFiles()).toEqual([]);
  });

  it('go with the file, though its editor may stay, and come back with it', async () => {
    const sample = openSample();
    const { editing } = sample.mock;
    const document = opened(sample, 'nonsense');
    await sample.until('findings', () => editing.problems(document).length > 0);
    sample.mock.fileDeleted(file);
    expect(editing.problemFiles()).toEqual([]);
    sample.mock.fileCreated(file);
    await sample.until('findings again', () => editing.problems(document).length > 0);
  });

  it('are not looked for in Restricted Mode: no process is started', async () => {
    const { calls, run } = heldLint();
    const sample = openSample((mock) => {
      mock.trusted = false;
    }, run);
    opened(sample, 'nonsense');
    sample.clock.advance(5000);
    expect(calls).toEqual([]);
    sample.mock.grantTrust();
    await sample.until('a run', () => calls.length === 1);
  });

  it('are taken back and the log says why when lint cannot be run', async () => {
    let fails = false;
    const sample = openSample(
      () => {},
      async ({ input = '' }) =>
        fails
          ? { output: '', errors: 'node: not found', failure: 'ENOENT' }
          : { output: JSON.stringify(readPlanText(input, file)), errors: '', failure: null },
    );
    const { editing, log } = sample.mock;
    const document = opened(sample, 'nonsense');
    await sample.until('findings', () => editing.problems(document).length > 0);
    fails = true;
    editing.type(document, 'more nonsense');
    await sample.until('the end of findings', () => editing.problems(document).length === 0);
    expect(log).toContainEqual(`warn: lint of ${file}: ENOENT`);
  });
});

const samplePlan = `stages:
  - { id: off, percent: 0 }
  - id: one
    percent: 1
  - { id: ten, percent: 10, gate: ["success_rate >= 99.5%", "latency <= 105% of baseline"] }
  - { id: fifty, percent: 50, gate: ["success_rate >= 99.5%"] }
  - { id: full, percent: 100 }
triggers:
  - { id: low-success, when: "success_rate < 95%", over: 5m, then: rollback }
measures:
  success_rate: { share: { success: true } }
  latency: { quantile: 0.95, field: duration_ms, unit: ms }
`;

const hash = createHash('sha256').update(samplePlan).digest('hex');

function runningPlan(standing: Partial<StandingView> = {}, name = 'Uploads'): RolloutView {
  const rollout = sampleRollout({ triggers: [sampleTrigger('low-success')] }, standing);
  return { ...rollout, plan: { ...rollout.plan, hash, file, name } };
}

/** The extension with its daemon, and the plan that the daemon runs by open. */
async function watched(text = samplePlan): Promise<Sample & { document: MockDocument }> {
  const sample = openSample();
  const rollout = runningPlan();
  sample.daemon.view = {
    ...sample.daemon.view,
    rollouts: [rollout],
  };
  await sample.until('the tree', () => sample.mock.tree('rampwatch.stages') !== '');
  return { ...sample, document: opened(sample, text) };
}

describe('the live verdict above a stage and a trigger', () => {
  it('has the words of the trees', async () => {
    const { mock, document } = await watched();
    const lenses = await mock.editing.lenses(document);
    expect(lenses).toMatchInlineSnapshot(`
      [
        "2: $(pass-filled) passed",
        "3: $(pass-filled) passed",
        "5: $(play-circle) current stage · 3/4 met · soak 19 h 59 m",
        "6: $(circle-outline) next",
        "9: $(shield) armed · 99.8 % of 1,204 · fires < 95 %",
      ]
    `);
    const stage =
      mock
        .tree('rampwatch.stages')
        .split('\n')
        .find((row) => row.includes('10 %')) ?? '';
    expect(lenses.find((lens) => lens.startsWith('5:'))).toContain(stage.split(' · ').slice(1).join(' · '));
    const trigger =
      mock
        .tree('rampwatch.triggers')
        .split('\n')
        .find((row) => row.includes('low-success')) ?? '';
    expect(lenses.find((lens) => lens.startsWith('9:'))).toContain(trigger.split(' — ')[1]);
  });

  it('calls no stage the next one after a rollback', async () => {
    const { mock, daemon, document, until } = await watched();
    const next = async () => (await mock.editing.lenses(document)).filter((lens) => lens.endsWith(' next'));
    expect(await next()).toHaveLength(1);
    daemon.show(runningPlan({ phase: { kind: 'rolled-back', cause: { kind: 'person', by: 'ana', reason: null } } }));
    await until('the rollback', () => mock.tree('rampwatch.stages').includes('rolled back'));
    expect(await next()).toEqual([]);
  });

  it('says of which plan it is when the text is another', async () => {
    const { mock, document } = await watched();
    mock.editing.type(document, samplePlan.replace('id: ten', 'id: tenth').replace('0 }', '0 } # none'));
    const edited = await mock.editing.lenses(document);
    expect(edited.some((lens) => lens.startsWith('5:'))).toBe(false);
    expect(edited.every((lens) => / as saved · /.test(lens))).toBe(true);
    mock.editing.save(document);
    expect((await mock.editing.lenses(document)).every((lens) => / by the plan in use · /.test(lens))).toBe(true);
  });

  it('leads to the reasons of what is not met, and of a trigger', async () => {
    const { mock, document } = await watched();
    const stage = await mock.editing.clickLens(document, 5);
    expect(stage.command).toBe('rampwatch.showWhy');
    await mock.run(stage.command, ...stage.arguments);
    expect(mock.webviews.at(-1)?.title).toBe('Why latency <= 105% of baseline');
    const trigger = await mock.editing.clickLens(document, 9);
    await mock.run(trigger.command, ...trigger.arguments);
    expect(mock.webviews.at(-1)?.title).toBe('Why low-success');
    expect((await mock.editing.clickLens(document, 2)).command).toBe('rampwatch.stages.focus');
  });

  it('is asked for again only when it reads differently', async () => {
    const { mock, clock, daemon, document, until } = await watched();
    await mock.editing.lenses(document);
    const before = mock.editing.lensChanges();
    clock.advance(5000);
    daemon.show(runningPlan({}, 'Another name'));
    await until('the view', () => mock.trees.get('rampwatch.stages')?.description === 'Another name · times in UTC');
    expect(mock.editing.lensChanges()).toBe(before);
    daemon.show(runningPlan({ phase: { kind: 'review', firings: [firing], returnsTo: { kind: 'soaking' } } }));
    await until('the change', () => mock.editing.lensChanges() > before);
    expect((await mock.editing.lenses(document)).join('\n')).toMatch(/review needed[\s\S]*latched/);
  });

  it('is not there without a daemon, in Restricted Mode, and when the setting says so', async () => {
    const { mock, daemon, document, until } = await watched();
    mock.configuration.set('rampwatch.codeLens', false);
    expect(await mock.editing.lenses(document)).toEqual([]);
    mock.configuration.delete('rampwatch.codeLens');
    expect(await mock.editing.lenses(document)).not.toEqual([]);
    mock.trusted = false;
    expect(await mock.editing.lenses(document)).toEqual([]);
    mock.trusted = true;
    await daemon.stop();
    await until('the end', () => mock.contextKeys.get('rampwatch.stopped') === true);
    expect(await mock.editing.lenses(document)).toEqual([]);
  });
});

describe('proposals', () => {
  const at = async (sample: Sample, marked: string) => {
    const document = opened(sample, marked.replace('|', ''));
    const found = await sample.mock.editing.proposals(document, marked.indexOf('|'));
    sample.mock.editing.close(document);
    return found;
  };

  it('are the keys that the schema has there and the plan has not', async () => {
    const sample = openSample();
    const labels = async (marked: string) => (await at(sample, marked)).map(({ label }) => label);
    expect(await labels('stages:\n  - { id: one, | }\n')).toEqual(['title', 'percent', 'soak', 'days', 'gate']);
    expect(await labels('flag:\n  |\n')).toEqual([
      'dotenv',
      'set',
      'write',
      'proof',
      'lease',
      'files',
      'http',
      'command',
      'unleash',
      'several',
    ]);
    expect(await labels('measures:\n  a: { quantile: 0.95, | }\n')).toEqual(
      expect.arrayContaining(['field', 'of', 'unit']),
    );
    expect(await labels('measures:\n  a: { | }\n')).toEqual(
      expect.arrayContaining(['share', 'count', 'lines', 'signal']),
    );
    expect(await labels('checklists:\n  - { id: a, items: [ { title: x, | } ] }\n')).toEqual(['id', 'evidence']);
    expect(await labels('version: 1\n|\n')).toContain('stages');
  });

  it('bring a key’s colon and what its value looks like, but not where they are already', async () => {
    const sample = openSample();
    const text = async (marked: string, label: string) =>
      (await at(sample, marked)).find((each) => each.label === label)?.text;
    expect(await text('stages:\n  - { id: one, s| }\n', 'soak')).toBe(`stages:\n  - { id: one, soak: \${0:48h} }\n`);
    expect(await text('stages:\n  - { id: one, so|: 1h }\n', 'soak')).toBe('stages:\n  - { id: one, soak: 1h }\n');
    expect(await text('stages:\n  - { id: one, | }\n', 'gate')).toBe('stages:\n  - { id: one, gate: ["$0"] }\n');
    expect(await text('|\n', 'triggers')).toBe('triggers:\n  - { $0 }\n');
    expect(await text('checklists:\n  - { id: a, | }\n', 'at')).toBe(`checklists:\n  - { id: a, at: \${0:"09:00"} }\n`);
  });

  it('are the values that are possible, or examples of them', async () => {
    const sample = openSample();
    const labels = async (marked: string) => (await at(sample, marked)).map(({ label }) => label);
    expect(await labels('triggers:\n  - { id: a, then: | }\n')).toEqual(['rollback', 'review', 'hold']);
    expect(await labels('stages:\n  - id: a\n    soak: |\n')).toEqual(['48h', '30m']);
    expect(await labels('sources:\n  - format: |\n')).toEqual(formatNames);
  });

  it('are the plan’s own measures in a condition, with what such a measure is usually held to', async () => {
    const sample = openSample();
    const measures =
      'measures:\n  good: { share: { ok: true } }\n  slow: { quantile: 0.95, field: ms }\n  n: { count: any }\n';
    const gate = await at(sample, `${measures}stages:\n  - { id: one, gate: ["|"] }\n`);
    expect(gate.map(({ label }) => label)).toEqual(['good', 'slow', 'n']);
    expect(gate[0]?.text).toContain(`gate: ["good >= \${0:99}%"]`);
    const [, slow] = await at(sample, `${measures}triggers:\n  - { id: t, when: | }\n`);
    expect(slow?.text).toContain(`when: "slow > \${0:120}% of baseline" }`);
    const inLines = await at(sample, `${measures}stages:\n  - id: one\n    gate:\n      - g|\n`);
    expect(inLines[0]?.text).toContain(`- "good >= \${0:99}%"\n`);
    const again = await at(sample, `${measures}stages:\n  - { id: one, gate: ["go| >= 98%"] }\n`);
    expect(again[0]?.text).toContain('gate: ["good >= 98%"]');
    const behind = await at(sample, `${measures}stages:\n  - { id: one, gate: ["slow <= 110% o|"] }\n`);
    expect(behind.map(({ text }) => text)).toEqual([
      `${measures}stages:\n  - { id: one, gate: ["slow <= 110% of baseline"] }\n`,
    ]);
  });

  it('are the names that other parts of the plan give', async () => {
    const sample = openSample();
    const labels = async (marked: string) => (await at(sample, marked)).map(({ label }) => label);
    const text = 'stages:\n  - { id: one }\n  - { id: ten }\ntriggers:\n  - { id: low }\n';
    expect(await labels(`${text}checklists:\n  - { id: a, stage: | }\n`)).toEqual(['one', 'ten']);
    expect(await labels(`${text}deliverables: [ { title: x, evidence: { quiet: | } } ]\n`)).toEqual(
      expect.arrayContaining(['low']),
    );
    const [enabled] = await at(sample, 'flag:\n  set: { A: "x-$|" }\n');
    expect(enabled).toEqual({ label: `\${enabled}`, text: `flag:\n  set: { A: "x-\\\${enabled\\}" }\n` });
    const replaced = await at(sample, `flag:\n  set: { A: "\${en|}" }\n`);
    expect(replaced[0]?.text).toBe(`flag:\n  set: { A: "\\\${enabled\\}" }\n`);
  });

  it('leave to the YAML extension what the schema says', async () => {
    const sample = openSample();
    sample.mock.editing.extensions.add('redhat.vscode-yaml');
    expect(await at(sample, 'stages:\n  - { id: one, | }\n')).toEqual([]);
    expect(await at(sample, 'triggers:\n  - { id: a, then: | }\n')).toEqual([]);
    const own = await at(sample, 'measures:\n  good: { share: { ok: true } }\nstages:\n  - { id: one, gate: ["|"] }\n');
    expect(own.map(({ label }) => label)).toEqual(['good']);
    const document = opened(sample, 'stages:\n  - { id: one, soak: 1h }\n');
    expect(await sample.mock.editing.hover(document, 'stages:\n  - { id: one, so'.length)).toBeUndefined();
  });
});

describe('a hover', () => {
  const over = (document: MockDocument, words: string) => document.getText().indexOf(words) + 1;

  it('says what a key is for', async () => {
    const sample = openSample();
    const document = opened(sample, soundPlan);
    const hover = await sample.mock.editing.hover(document, over(document, 'soak'));
    expect(hover).toEqual({
      text: 'The least time in this stage.\n\nFor example: `48h`, `30m`',
      words: 'soak',
    });
  });

  it('says what missing data mean, of a gate and of a trigger, and what is so when nothing is said', async () => {
    const sample = openSample();
    const text = soundPlan
      .replace('- "n >= 450"', '- { when: n >= 450, missing: hold }')
      .replace('then: rollback', 'then: rollback, missing: { error: review }');
    const document = opened(sample, text);
    const gate = await sample.mock.editing.hover(document, over(document, 'missing: hold'));
    expect(gate?.text).toMatch(
      /^The consequence when its measure is unknown .* any case: `block` \(nothing more; the default\)/,
    );
    const error = await sample.mock.editing.hover(document, over(document, 'error: review'));
    expect(error?.text).toMatch(/^Its source cannot be read, or rejects more.*Left out: `block`/s);
    const when = await sample.mock.editing.hover(document, over(document, 'n >= 450'));
    expect(when?.text).toMatch(/^`n` · `count treatment`.*The condition: `measure op number/s);
    const plain = await sample.mock.editing.hover(document, over(document, 'good >= 99%'));
    expect(plain?.text).toContain('Unknown data never pass');
  });

  it('says what a measure is, and how a condition stands', async () => {
    const { mock, document } = await watched();
    const gate = await mock.editing.hover(document, over(document, 'latency <='));
    expect(gate?.words).toBe('latency <= 105% of baseline');
    expect(gate?.text).toMatch(
      /^\*\*108 % of control · ≤ 105 % · not met.*\*\*\n\n`latency` · `quantile 0.95` · in `ms`/,
    );
    const trigger = await mock.editing.hover(document, over(document, 'success_rate < 95%'));
    expect(trigger?.text).toMatch(/^\*\*armed · /);
    const ahead = await mock.editing.hover(document, document.getText().lastIndexOf('success_rate >='));
    expect(ahead?.text).toContain('Judged when the rollout reaches this stage.');
  });

  it('tells a rule in figures, simulated once for a text, and only where a person points at one', async () => {
    const asked: CommandCall[] = [];
    const run = async (call: CommandCall) => {
      if (call.words.includes('--explain')) asked.push(call);
      const lines = [`of ${call.input?.length} letters`, 'wrong: [once](command:evil)'];
      const reading = { ...readPlanText(call.input ?? '', file), figures: [{ path: 'triggers.0.when', lines }] };
      const output = call.words.includes('--data') ? '[]' : JSON.stringify(reading);
      return { output, errors: '', failure: null };
    };
    const sample = openSample(() => {}, run);
    const { editing } = sample.mock;
    const document = opened(sample, soundPlan);
    expect(await editing.figures(document, over(document, 'soak'))).toBeUndefined();
    expect(asked).toHaveLength(0);
    const rule = 'good < 95%';
    const told = await editing.figures(document, over(document, `when: ${rule}`) + 6);
    expect(told?.words).toBe(rule);
    expect(told?.text.split('  \n')).toEqual([
      `of ${soundPlan.length} letters`,
      String.raw`wrong\: \[once\]\(command\:evil\)`,
    ]);
    expect((await editing.figures(document, over(document, `when: ${rule}`) + 6))?.text).toBe(told?.text);
    expect(await editing.figures(document, over(document, 'n >= 450'))).toBeUndefined();
    expect(asked.map(({ words }) => words.slice(0, 4))).toEqual([['lint', '--stdin', '--explain', '--json']]);
    editing.type(document, `${soundPlan}\n`);
    const again = await editing.figures(document, over(document, `when: ${rule}`) + 6);
    expect(again?.text).toContain(`of ${soundPlan.length + 1} letters`);
  });

  it('runs nothing and makes nothing of what a plan says', async () => {
    const sample = openSample();
    const text =
      'measures:\n  good: { signal: "`[x](command:evil)`" }\nstages:\n  - { id: one, gate: ["good >= 1"] }\n';
    const document = opened(sample, text);
    const hover = await sample.mock.editing.hover(document, text.lastIndexOf('good') + 1);
    expect(hover?.text.split('\n')[0]).toBe("`good` · `signal '[x](command:evil)'`");
  });
});

describe('the snippets', () => {
  const root = resolve(import.meta.dirname, '../../..');
  const snippets: Record<string, { prefix: string | string[]; body: string[] }> = JSON.parse(
    readFileSync(join(root, 'resources/planSnippets.json'), 'utf8'),
  );
  /** As the editor fills the snippet when a person presses Tab. */
  const filled = (name: string) =>
    (snippets[name]?.body ?? [])
      .join('\n')
      .replaceAll('$0', '')
      .replaceAll(/\$\{\d+\|([^,|]+)[^}]*\|\}/g, '$1')
      .replaceAll(/\$\{\d+:([^}]*)\}/g, '$1')
      .replaceAll(/\\([$}\\])/g, '$1');

  it('of a whole plan lints clean once it is filled in', () => {
    expect(lintText(filled('Rampwatch plan'), 'rampwatch.yaml')).toEqual([]);
  });

  it('of a part fit into a plan', () => {
    const plan = filled('Rampwatch plan');
    const indented = (name: string) => filled(name).trimEnd().replaceAll(/^/gm, '  ');
    const parts = [
      plan.replace(/ {2}- \{ id: ten, .*/, indented('Rampwatch stage')),
      plan.replace(/ {2}- \{ id: low-success, .*/, indented('Rampwatch trigger')),
      `${plan}\nchecklists:\n${indented('Rampwatch checklist')}\n`,
    ];
    for (const text of parts) {
      expect(parsePlan(text, 'rampwatch.yaml')).toMatchObject({ kind: 'plan' });
    }
  });
});
