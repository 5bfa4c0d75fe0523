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

const messages = ({ mock }: Sample) => mock.shown.filter((line) => !line.startsWith('progress'));

describe('Import Execution Guide', () => {
  it('shows what the plan would be beside nothing, writes nothing, and lists the lines it did not understand', async () => {
    const sample = await workspace();
    const { mock, folder, guide, plan } = sample;
    mock.answers.push('rough-edges.md');
    await mock.run('rampwatch.importGuide');
    const [diff, ...others] = mock.diffs();
    expect(others).toEqual([]);
    expect(diff).toMatchObject({ title: 'rampwatch.yaml: proposed from rough-edges.md', left: '' });
    expect(diff?.right).toContain('docs/rough-edges.md:');
    expect(diff?.right).toContain('stages:');
    expect(readdirSync(folder)).toEqual(['docs']);
    expect(messages(sample).at(-1)).toMatch(
      /^information: The diff shows the proposed rampwatch\.yaml; Write Plan writes it\. .*lines? .*\[Write Plan\] \[Show Lines\]$/,
    );
    const document = mock.editing.open(mock.vscode.Uri.file(guide), readFileSync(guide, 'utf8'));
    expect(mock.editing.problems(document).filter((line) => /not-understood|contradiction/.test(line))).not.toEqual([]);
    expect(existsSync(plan)).toBe(false);
  });

  it('writes what was shown when a person says so, and opens it in the place of the diff', async () => {
    const { mock, guide, plan, folder } = await workspace();
    mock.answers.push('Write Plan');
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    expect(readFileSync(plan, 'utf8')).toContain('stages:');
    expect(mock.diffs()).toEqual([]);
    expect(mock.opened.at(-1)).toEqual({ file: plan, line: 1 });
    expect(mock.shown.at(-1)).toBe('status: Wrote rampwatch.yaml');
    expect(mock.editing.problemFiles()).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['docs', 'rampwatch.yaml']);
  });

  it('says so when the plan is as the guides have it', async () => {
    const sample = await workspace();
    const { mock, guide, plan } = sample;
    mock.answers.push('Write Plan');
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
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
    const { mock, guide, folder, plan } = await workspace(smallPlan);
    mock.answers.push('A new plan', 'search', 'Write Plan');
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    expect(readFileSync(join(folder, 'search.rampwatch.yaml'), 'utf8')).toContain('stages:');
    expect(readFileSync(plan, 'utf8')).toBe(smallPlan);
  });

  it('never writes over what was not shown', async () => {
    const sample = await workspace();
    const { mock, guide, plan } = sample;
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    const [diff] = mock.diffs();
    writeFileSync(plan, smallPlan);
    await mock.run('rampwatch.writePlan', diff?.uri);
    expect(messages(sample).at(-1)).toBe(
      'error: Rampwatch: rampwatch.yaml has changed since this was proposed, so nothing was written: propose it again. [Show Log]',
    );
    expect(readFileSync(plan, 'utf8')).toBe(smallPlan);
    rmSync(plan);
    symlinkSync('/etc/hostname', plan);
    await mock.run('rampwatch.writePlan', diff?.uri);
    expect(messages(sample).at(-1)).toContain('rampwatch.yaml is a link');
    rmSync(plan);
    const unsaved = mock.editing.open(mock.vscode.Uri.file(plan), '');
    mock.editing.type(unsaved, 'version: 1');
    await mock.run('rampwatch.writePlan', diff?.uri);
    expect(messages(sample).at(-1)).toContain('rampwatch.yaml has unsaved changes');
    expect(existsSync(plan)).toBe(false);
  });

  it('says what stands in the way of writing', async () => {
    const sample = await workspace();
    const { mock, guide, plan } = sample;
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    mkdirSync(plan);
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
    const { mock, folder, guide } = await workspace();
    const other = join(folder, 'docs', 'checks.md');
    writeFileSync(other, '# Checks\n\n- [ ] Look at the board at 10 %\n');
    const both = [mock.vscode.Uri.file(guide), mock.vscode.Uri.file(other)];
    await mock.run('rampwatch.importGuide', both[0], both);
    expect(mock.diffs()[0]?.title).toBe('rampwatch.yaml: proposed from rough-edges.md, checks.md');
  });

  it('forgets a proposal whose diff was closed', async () => {
    const sample = await workspace();
    const { mock, guide } = sample;
    await mock.run('rampwatch.importGuide', mock.vscode.Uri.file(guide));
    const [diff] = mock.diffs();
    const shown = mock.editing.open(diff?.uri as never, diff?.right ?? '');
    mock.editing.close(shown);
    await mock.run('rampwatch.writePlan', diff?.uri);
    expect(messages(sample).at(-1)).toContain('there is no proposed plan to write');
    expect(mock.editing.problemFiles()).toEqual([]);
  });
});

describe('Propose Plan from Metrics File', () => {
  it('shows what it proposes, and writes it on request', async () => {
    const { mock, folder, plan } = await workspace();
    const metrics = join(folder, 'metrics.jsonl');
    const records = Array.from({ length: 60 }, (_, index) =>
      JSON.stringify({
        timestamp: `2026-01-01T00:00:${String(index).padStart(2, '0')}Z`,
        variant: index % 2 ? 'new' : 'old',
        success: true,
      }),
    );
    writeFileSync(metrics, `${records.join('\n')}\n`);
    mock.files = [...mock.files, metrics];
    mock.answers.push('metrics.jsonl');
    await mock.run('rampwatch.proposePlan');
    const [diff] = mock.diffs();
    expect(diff?.title).toBe('rampwatch.yaml: proposed from metrics.jsonl');
    expect(existsSync(plan)).toBe(false);
    await mock.run('rampwatch.writePlan', diff?.uri);
    expect(readFileSync(plan, 'utf8')).toBe(diff?.right);
  });
});
