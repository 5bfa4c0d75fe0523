import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCommandLine } from '../../extension/connection/commandLine.ts';
import type { MockDocument } from '../support/mockLanguages.ts';
import { smallPlan } from '../support/smallPlan.ts';
import { openSample, type Sample } from './openSample.ts';

// Every command is a process of its own, from source: without the cache most of its time goes into reading the source.
vi.stubEnv('NODE_COMPILE_CACHE', join(tmpdir(), `rampwatch-compiled-${process.getuid?.() ?? 0}`));
const cli = join(import.meta.dirname, '../../daemon/cli.ts');
const guides = join(import.meta.dirname, '../fixtures/guides');

/** A real folder with a guide in `docs/`, and the real command line. */
async function workspace(
  plan: string | null = null,
): Promise<Sample & { folder: string; guide: string; plan: string }> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rampwatch-proposal-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'docs'));
  const guide = join(folder, 'docs', 'rough-edges.md');
  copyFileSync(join(guides, 'rough-edges.md'), guide);
  const file = join(folder, 'rampwatch.yaml');
  if (plan !== null) writeFileSync(file, plan);
  const sample = openSample(
    (mock) => {
      mock.files = [guide, ...(plan === null ? [] : [file])];
      mock.configuration.set('rampwatch.autoStart', false);
    },
    (call) => runCommandLine({ node: process.execPath, cli, stateDirectory: join(folder, '.state') }, call),
    folder,
  );
  await sample.until('a look around', () => sample.mock.contextKeys.get('rampwatch.looked') === true);
  return { ...sample, folder, guide, plan: file };
}

/** The draft of a new plan. */
const draftOf = ({ mock }: Sample): MockDocument | undefined =>
  mock.vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'untitled') as never;

const messages = ({ mock }: Sample) => mock.shown.filter((line) => !line.startsWith('progress'));

describe('Import Execution Guide', () => {
  it('says so when the plan is as the guides have it', async () => {
    const sample = await workspace();
    const { mock, guide, plan } = sample;
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    writeFileSync(plan, draftOf(sample)?.getText() ?? '');
    mock.fileCreated(plan);
    await sample.until('the plan', () => mock.contextKeys.get('rampwatch.hasPlan') === true);
    mock.answers.push('rampwatch.yaml');
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    expect(messages(sample).at(-1)).toBe('information: rampwatch.yaml is already up to date.');
    expect(mock.diffs()).toEqual([]);
  });

  it('asks once more before what a person wrote is replaced', async () => {
    const sample = await workspace(smallPlan);
    const { mock, guide, plan } = sample;
    mock.answers.push('rampwatch.yaml', 'Write Plan');
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    expect(messages(sample).at(-1)).toBe(
      'modal warning: rampwatch.yaml contains edits by people. Replace it with the proposal in the diff? [Replace]',
    );
    expect(readFileSync(plan, 'utf8')).toBe(smallPlan);
    const [diff] = mock.diffs();
    expect(diff?.left).toBe(`<${plan}>`);
    mock.answers.push('Replace');
    await mock.run('rampwatch.writePlan', diff?.uri);
    expect(readFileSync(plan, 'utf8')).toBe(diff?.right);
  });

  it('makes a plan of its own beside others', async () => {
    const sample = await workspace(smallPlan);
    const { mock, guide, folder, plan } = sample;
    mock.answers.push('A new plan', 'search');
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    expect(draftOf(sample)?.uri.fsPath).toBe(join(folder, 'search.rampwatch.yaml'));
    expect(readFileSync(plan, 'utf8')).toBe(smallPlan);
  });

  it('never writes over what was not shown', async () => {
    const sample = await workspace(smallPlan);
    const { mock, guide, plan } = sample;
    mock.answers.push('rampwatch.yaml');
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    const [diff] = mock.diffs();
    mock.answers.push('Replace');
    writeFileSync(plan, `${smallPlan}# more\n`);
    await mock.run('rampwatch.writePlan', diff?.uri);
    expect(messages(sample).at(-1)).toBe(
      'error: Rampwatch: rampwatch.yaml has changed since this was proposed, so nothing was written: propose it again. [Show Log]',
    );
    expect(readFileSync(plan, 'utf8')).toBe(`${smallPlan}# more\n`);
    rmSync(plan);
    symlinkSync('/etc/hostname', plan);
    mock.answers.push('Replace');
    await mock.run('rampwatch.writePlan', diff?.uri);
    expect(messages(sample).at(-1)).toContain('rampwatch.yaml is a link');
    rmSync(plan);
    const unsaved = mock.editing.open(mock.vscode.Uri.file(plan), '');
    mock.editing.type(unsaved, 'version: 1');
    mock.answers.push('Replace');
    await mock.run('rampwatch.writePlan', diff?.uri);
    expect(messages(sample).at(-1)).toContain('rampwatch.yaml has unsaved changes');
    expect(existsSync(plan)).toBe(false);
  });

  it('says what stands in the way of writing', async () => {
    const sample = await workspace(smallPlan);
    const { mock, guide, plan } = sample;
    mock.answers.push('rampwatch.yaml');
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    rmSync(plan);
    mkdirSync(plan);
    mock.answers.push('Replace');
    await mock.run('rampwatch.writePlan', mock.diffs()[0]?.uri);
    expect(messages(sample).at(-1)).toContain('rampwatch.yaml cannot be written (EISDIR): nothing was changed.');
  });

  it('passes on why a guide cannot be read, and asks for its unsaved changes', async () => {
    const sample = await workspace();
    const { mock, folder, guide } = sample;
    const empty = join(folder, 'empty.md');
    writeFileSync(empty, '');
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(empty));
    expect(messages(sample).at(-1)).toBe(
      'error: Rampwatch: empty.md: the file is empty; name a Markdown guide [Show Log]',
    );
    const document = mock.editing.open(mock.vscode.Uri.file(guide), '# Guide');
    mock.editing.type(document, '# Another');
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    expect(messages(sample).at(-1)).toBe(
      'modal warning: rough-edges.md has unsaved changes, and a guide is read as it is saved. [Save and Import]',
    );
    expect(mock.diffs()).toEqual([]);
  });

  it('takes all that are selected in the explorer', async () => {
    const sample = await workspace();
    const { mock, folder, guide } = sample;
    const other = join(folder, 'docs', 'checks.md');
    writeFileSync(other, '# Checks\n\n- [ ] Look at the board at 10 %\n');
    const both = [mock.vscode.Uri.file(guide), mock.vscode.Uri.file(other)];
    await mock.run('rampwatch.importGuide', both[0], both);
    expect(draftOf(sample)?.getText()).toContain('# Imported from docs/rough-edges.md, docs/checks.md.');
  });

  it('forgets a proposal whose diff was closed', async () => {
    const sample = await workspace(smallPlan);
    const { mock, guide } = sample;
    mock.answers.push('rampwatch.yaml');
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    const [diff] = mock.diffs();
    const shown = mock.editing.open(diff?.uri as never, diff?.right ?? '');
    mock.editing.close(shown);
    await mock.run('rampwatch.writePlan', diff?.uri);
    expect(messages(sample).at(-1)).toContain('there is no proposed plan to write');
    expect(mock.editing.problemFiles()).toEqual([]);
    await sample.until('the tree is gone', () => mock.contextKeys.get('rampwatch.hasImport') === false);
  });
});

describe('an imported plan beside its guide', () => {
  async function importing(plan: string | null = null) {
    const sample = await workspace(plan);
    const { mock, guide } = sample;
    if (plan !== null) mock.answers.push('rampwatch.yaml');
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    return sample;
  }
  async function drafting() {
    const sample = await importing();
    const draft = draftOf(sample);
    if (draft === undefined) throw new Error('no draft was opened');
    const guide = sample.mock.editing.open(
      sample.mock.vscode.Uri.file(sample.guide),
      readFileSync(sample.guide, 'utf8'),
    );
    return { ...sample, draft, guideText: guide };
  }

  it('opens the draft unsaved beside the guide, and writes nothing', async () => {
    const sample = await drafting();
    const { mock, folder, guide, draft, plan } = sample;
    // Shown before the guide is opened: the editor opens an unsaved text that is not shown by itself.
    expect(mock.opened).toEqual([
      { file: plan, line: 1 },
      { file: guide, line: 1 },
    ]);
    expect(draft.isDirty).toBe(true);
    expect(readdirSync(folder)).toEqual(['docs']);
    expect(messages(sample).at(-1)).toMatch(
      /^information: The draft of rampwatch\.yaml is not saved yet: .* lines? .*\[Look Here First\]$/,
    );
    expect(mock.editing.problems(sample.guideText).filter((line) => /not-understood/.test(line))).not.toEqual([]);
  });

  it('every value that cites a guide leads to its line, and that line leads back to it', async () => {
    const { mock, draft, guide, guideText, plan } = await drafting();
    const links = mock.linksIn(draft);
    const cited = [...draft.getText().matchAll(/docs\/rough-edges\.md:(\d+(?:, \d+)*)/g)].flatMap(([, all = '']) =>
      all.split(', '),
    );
    expect(links).toHaveLength(cited.length);
    for (const { line, target } of links) {
      const [argument] = JSON.parse(target.slice(target.indexOf('?') + 1));
      await mock.run('rampwatch.openGuideLine', argument);
      expect(mock.opened.at(-1)).toEqual({ file: guide, line: argument.line });
      const value = draft.getText().split('\n')[line - 1] ?? '';
      if (value.trimStart().startsWith('#')) continue;
      const back = (await mock.editing.lenses(guideText)).filter((lens) => lens.startsWith(`${argument.line}: `));
      expect(back.some((lens) => lens.includes(`plan line ${line} `) || lens.includes(' and '))).toBe(true);
    }
    const { command, arguments: given } = await mock.editing.clickLens(guideText, 15);
    await mock.run(command, ...given);
    expect(mock.opened.at(-1)?.file).toBe(plan);
    expect(draft.getText().split('\n')[(mock.opened.at(-1)?.line ?? 0) - 1]).toContain('percent: 10');
  });

  it('follows a value that a person has moved', async () => {
    const { mock, draft } = await drafting();
    const before = mock.linksIn(draft);
    mock.editing.type(draft, `# mine\n\n${draft.getText()}`);
    expect(mock.linksIn(draft).map(({ line }) => line - 2)).toEqual(before.map(({ line }) => line));
  });

  it('what is in dispute is picked in place: the value is written, and what a person wrote stays', async () => {
    const { mock, draft } = await drafting();
    const text = draft.getText();
    expect(text).toContain('triggers: []');
    mock.editing.type(draft, text.replace(/^name: .*$/m, 'name: Mine'));
    const at = text.split('\n').findIndex((line) => line.startsWith('# - rollback: success_rate < 95%')) + 1;
    expect(await mock.editing.lenses(draft)).toContainEqual(
      `${at}: rollback: success_rate < 95% or rollback: success_rate < 96% · Pick…`,
    );
    const { command, arguments: given } = await mock.editing.clickLens(draft, at);
    mock.answers.push('rollback: success_rate < 96%');
    await mock.run(command, ...given);
    expect(mock.shown.at(-2)).toBe(
      'pick: Import Execution Guide | The guides differ. Which one is meant? [rollback: success_rate < 95% docs/rough-edges.md:29] [rollback: success_rate < 96% docs/rough-edges.md:32]',
    );
    expect(draft.getText()).toMatch(/^triggers:\n {2}- id: success-rate\n {4}when: success_rate < 96% /m);
    expect(draft.getText()).toContain('name: Mine');
    expect(draft.getText()).not.toContain('in dispute');
    expect((await mock.editing.lenses(draft)).filter((lens) => lens.includes('Pick…'))).toEqual([]);
    expect(mock.tree('rampwatch.imported')).not.toContain('In dispute');
  });

  it('tells the rest as a tree: at most ten lines first, then by kind, each a way to its line', async () => {
    const { mock, guide } = await drafting();
    const rows = mock.tree('rampwatch.imported').split('\n');
    const roots = rows.filter((row) => !row.startsWith(' '));
    expect(roots).toMatchSnapshot();
    const first = rows.slice(1, rows.indexOf(roots[1] ?? ''));
    expect(first.length).toBeLessThanOrEqual(10);
    expect(first[0]).toContain('rolls back by itself: never');
    const { provider } = mock.trees.get('rampwatch.imported') ?? {};
    const row = mock.element('rampwatch.imported', '“2026-02-30”');
    const { command } = provider?.getTreeItem(row) ?? {};
    await mock.run(command?.command ?? '', ...(command?.arguments ?? []));
    expect(mock.opened.at(-1)).toEqual({ file: guide, line: 36 });
  });

  it('stays with the plan that was saved, and is gone with one that was thrown away', async () => {
    const saved = await drafting();
    writeFileSync(saved.plan, saved.draft.getText());
    const file = saved.mock.editing.open(saved.mock.vscode.Uri.file(saved.plan), saved.draft.getText());
    saved.mock.editing.close(saved.draft);
    await saved.until('the remarks are gone', () => saved.mock.editing.problemFiles().length === 0);
    expect(saved.mock.linksIn(file)).not.toEqual([]);
    expect(saved.mock.contextKeys.get('rampwatch.hasImport')).toBe(true);
    const dropped = await drafting();
    dropped.mock.editing.close(dropped.draft);
    await dropped.until('it is gone', () => dropped.mock.contextKeys.get('rampwatch.hasImport') === false);
    expect(await dropped.mock.editing.lenses(dropped.guideText)).toEqual([]);
    expect(dropped.mock.tree('rampwatch.imported')).toBe('');
  });

  it('in the place of a plan the diff changes with a pick', async () => {
    const sample = await importing(smallPlan);
    const { mock } = sample;
    expect(mock.diffs()[0]?.right).toContain('triggers: []');
    mock.answers.push('success_rate < 95%');
    await mock.run('rampwatch.settleDispute', 0);
    expect(mock.diffs()).toHaveLength(1);
    expect(mock.diffs()[0]?.right).toContain('when: success_rate < 95%');
    mock.answers.push('Replace');
    await mock.run('rampwatch.writePlan', mock.diffs()[0]?.uri);
    expect(readFileSync(sample.plan, 'utf8')).toContain('when: success_rate < 95%');
  });
});

describe('Propose Plan', () => {
  /** `variant` and `cohort` could both tell the arms, and two fields the success. */
  const unclear = (index: number) => ({
    variant: index % 10 === 0 ? 'canary' : 'stable',
    cohort: index % 4 === 0 ? 'b' : 'a',
    status: index % 50 === 3 ? 500 : 200,
    result: index % 40 === 3 ? 'error' : 'ok',
  });
  const clear = (index: number) => ({ variant: index % 2 ? 'new' : 'old', success: index % 50 !== 3 });

  async function proposing(record: (index: number) => object, plan: string | null = null) {
    const sample = await workspace(plan);
    const metrics = join(sample.folder, 'metrics.jsonl');
    const records = Array.from({ length: 3000 }, (_, index) =>
      JSON.stringify({ timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(), ...record(index) }),
    );
    writeFileSync(metrics, `${records.join('\n')}\n`);
    const uri = sample.mock.vscode.Uri.file(metrics);
    const target = sample.mock.vscode.Uri.file(sample.plan).with({ scheme: 'untitled' });
    const propose = async (...answers: (string | undefined)[]) => {
      sample.mock.answers.push(...answers);
      await sample.mock.run('rampwatch.proposePlan', uri);
      const document = sample.mock.vscode.workspace.textDocuments.find(({ uri: own }) => `${own}` === `${target}`);
      return document as never as MockDocument | undefined;
    };
    const changed = async (document: MockDocument, line: string, ...answers: string[]) => {
      const at =
        document
          .getText()
          .split('\n')
          .findIndex((each) => each.includes(line)) + 1;
      const { command, arguments: given } = await sample.mock.editing.clickLens(document, at);
      sample.mock.answers.push(...answers);
      await sample.mock.run(command, ...given);
      return document.getText();
    };
    return { ...sample, metrics, propose, changed };
  }
  const asked = ({ mock }: Sample) => mock.shown.filter((line) => /^(?:pick|input):/.test(line));

  it('asks nothing that the file tells, and opens what it proposes unsaved, with the counts at their lines', async () => {
    const sample = await proposing(clear);
    const document = await sample.propose();
    if (document === undefined) throw new Error('no proposal was opened');
    expect(asked(sample)).toEqual([]);
    expect(document.isDirty).toBe(true);
    expect(existsSync(sample.plan)).toBe(false);
    expect(document.getText()).toContain('treatment: { variant: new }');
    const told = sample.mock.editing.problems(document).filter((line) => line.includes('information'));
    expect(told).toContainEqual(
      expect.stringMatching(
        /found: `variant` tells the arms: treatment "new" \(1,500\), control "old" \(1,500\) \| arms:$/,
      ),
    );
    expect(told).toContainEqual(
      expect.stringMatching(/found: success is `success` = true, 2,940 of 3,000: .* \| {3}success_rate: /),
    );
    expect(told).toContainEqual(expect.stringMatching(/assumed: success of 1500 control records is .* \| stages:$/));
    expect(await sample.mock.editing.lenses(document)).toEqual([
      expect.stringMatching(/: variant: new 1,500 · old 1,500 · Change…$/),
      expect.stringMatching(/: success: true: 2,940 of 3,000 · Change…$/),
    ]);
  });

  it('asks for the arms and the success with the counts of the file, and nothing else', async () => {
    const sample = await proposing(unclear);
    const document = await sample.propose('variant', 'result');
    expect(asked(sample)).toEqual([
      expect.stringContaining(
        'Which records are of the new way, and which of the old? [variant — canary 300 · stable 2,700] [cohort — b 750 · a 2,250]',
      ),
      expect.stringContaining('Which records are good? [status — < 500: 2,940 of 3,000] [result — ok: 2,925 of 3,000]'),
    ]);
    expect(document?.getText()).toContain('treatment: { variant: canary }');
    expect(document?.getText()).toContain('success_rate: { share: { result: ok } }');
  });

  it('takes a field that is typed, and says what is wrong with one that no record has', async () => {
    const sample = await proposing(unclear);
    const document = await sample.propose('Another Field', 'varient=canary', 'cohort=b', 'Another Field', 'status=200');
    expect(asked(sample)[2]).toContain('no record has a field “varient”');
    expect(document?.getText()).toContain('treatment: { cohort: b }');
    expect(document?.getText()).toContain('share: { status: 200 }');
    if (document === undefined) throw new Error('no proposal was opened');
    expect(await sample.mock.editing.lenses(document)).toEqual([
      expect.stringMatching(/: cohort: b 750 · a 2,250 · Change…$/),
      expect.stringMatching(/: status: 2,940 of 3,000 · Change…$/),
    ]);
  });

  it('leaves a commented line for what is decided later, and asks again from it', async () => {
    const sample = await proposing(unclear);
    const document = await sample.propose('Decide Later', 'Decide Later');
    if (document === undefined) throw new Error('no proposal was opened');
    expect(document.getText()).toContain('# arms:\n#   treatment: { variant: canary }\n');
    expect(document.getText()).toContain('  # success_rate: { share: { status: < 500 } }\n');
    const told = sample.mock.editing.problems(document);
    expect(told).toContainEqual(expect.stringMatching(/unclear: nothing tells the treatment.* \| # arms:$/));
    expect(await sample.changed(document, 'treatment:', 'cohort')).toContain('arms:\n  treatment: { cohort: b }\n');
    const text = await sample.changed(document, 'success_rate:', 'result');
    expect(text).toContain('\n  success_rate: { share: { result: ok } }\n');
    expect(text).toContain('success_rate >= ');
    expect(text).not.toContain('# arms');
  });

  it('a changed answer rewrites what rests on it and leaves what a person wrote', async () => {
    const sample = await proposing(unclear);
    const document = await sample.propose('variant', 'status');
    if (document === undefined) throw new Error('no proposal was opened');
    sample.mock.editing.type(document, document.getText().replace('id: ', 'name: Mine\nid: my-').replace('24h', '36h'));
    const text = await sample.changed(document, 'treatment:', 'cohort', 'Replace');
    expect(text).toContain('treatment: { cohort: b }');
    expect(text).toContain('name: Mine\nid: my-');
    expect(text).not.toContain('36h');
    expect(messages(sample).at(-1)).toBe(
      'modal warning: Your edits of stages would be replaced by the new proposal. [Replace]',
    );
  });

  it('a person who leaves a question gets no plan', async () => {
    const sample = await proposing(unclear);
    expect(await sample.propose('variant', undefined)).toBeUndefined();
    expect(sample.mock.diffs()).toEqual([]);
  });

  it('shows a proposal in the place of a plan as a diff, and writes it on request', async () => {
    const { mock, plan, propose } = await proposing(clear, smallPlan);
    await propose('rampwatch.yaml');
    const [diff] = mock.diffs();
    expect(diff?.title).toBe('rampwatch.yaml: proposed from metrics.jsonl');
    mock.answers.push('Replace');
    await mock.run('rampwatch.writePlan', diff?.uri);
    expect(readFileSync(plan, 'utf8')).toBe(diff?.right);
  });

  describe('from the palette', () => {
    const rollout = `# Search rollout

Flag: \`SEARCH_PERCENT\` in \`.env\`.

| Stage | Traffic | Duration | Success criteria |
|---|---|---|---|
| Canary | 5 % | 2 days | success rate at least 99 % |
| Half | 50 % | 2 days | success rate at least 99 % |

## Roll back when
- success rate below 95 % for 5 minutes
`;

    async function everything(guide = rollout) {
      const sample = await proposing(unclear);
      const file = join(sample.folder, 'GUIDE.md');
      writeFileSync(file, guide);
      writeFileSync(join(sample.folder, 'README.md'), '# Search\n\nFast.\n');
      writeFileSync(join(sample.folder, '.env'), 'SEARCH_ENABLED=false\nSEARCH_PERCENT=0\n');
      sample.mock.files = [file, join(sample.folder, 'README.md'), sample.metrics];
      const propose = async (...answers: (string | undefined)[]) => {
        sample.mock.answers.push(...answers);
        await sample.mock.run('rampwatch.proposePlan');
        return draftOf(sample);
      };
      return { ...sample, file, propose };
    }

    it('the metrics, the one guide and the .env are one unsaved plan, with two questions', async () => {
      const sample = await everything();
      const document = await sample.propose('variant', 'result');
      expect(asked(sample)).toHaveLength(2);
      const text = document?.getText() ?? '';
      expect(text).toContain('treatment: { variant: canary }');
      expect(text).toContain('percent: 5 # GUIDE.md:7');
      expect(text).toMatch(/SEARCH_ENABLED: \$\{enabled\} # \.env/);
      expect(existsSync(sample.plan)).toBe(false);
      if (document === undefined) throw new Error('no proposal was opened');
      expect(await sample.mock.editing.lenses(document)).toContainEqual(
        expect.stringMatching(/: variant: canary 300 · stable 2,700 · Change…$/),
      );
      expect(sample.mock.editing.problems(document)).toContainEqual(
        expect.stringContaining('has `SEARCH_ENABLED` beside `SEARCH_PERCENT`'),
      );
    });

    it('a dispute of the guide and a question of the records are settled in either order', async () => {
      const sample = await everything(`${rollout}\n- roll back if success rate below 90 % for 5 minutes\n`);
      const document = await sample.propose('variant', 'result');
      if (document === undefined) throw new Error('no proposal was opened');
      expect(document.getText()).toContain('in dispute');
      sample.mock.answers.push('success_rate < 90%');
      await sample.mock.run('rampwatch.settleDispute', 0);
      expect(document.getText()).toContain('when: success_rate < 90%');
      const text = await sample.changed(document, 'treatment:', 'cohort');
      expect(text).toContain('treatment: { cohort: b }');
      expect(text).toContain('when: success_rate < 90%');
    });

    it('a guide without metrics is imported', async () => {
      const sample = await everything();
      sample.mock.files = [sample.file];
      const document = await sample.propose();
      expect(document?.getText()).toContain('# Imported from GUIDE.md');
    });
  });
});
