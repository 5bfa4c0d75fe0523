import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentRows } from '../../extension/views/documentRows.ts';
import { mockVscode } from '../support/mockVscode.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';
import { openSample } from './openSample.ts';
import { rowsText, standingOf } from './rowsText.ts';
import { sampleRollout, sampleWorkspace } from './sampleViews.ts';

const { t } = mockVscode().vscode.l10n;
const documents = [
  { path: 'docs/guide.md', purpose: 'what changes', minutes: 20 },
  { path: 'docs/gone.md' },
  { path: '../secrets.md', minutes: 5 },
];

function reading(root: string) {
  const view = sampleRollout();
  return { ...view, plan: { ...view.plan, file: join(root, 'rampwatch.yaml'), documents } };
}

describe('the Documents tree', () => {
  it('is the reading list, with minutes and purpose, and says what is missing', () => {
    const presence = (_plan: unknown, path: string) =>
      path.startsWith('..') ? 'outside' : path === 'docs/gone.md' ? 'missing' : 'there';
    expect(rowsText(documentRows([standingOf([reading('/workspace')])], presence, t))).toBe(
      [
        '[book] docs/guide.md — 20 min · what changes',
        '[warning] docs/gone.md — missing',
        "[warning] ../secrets.md — outside the plan's folder · 5 min",
      ].join('\n'),
    );
  });

  it('looks for the files, opens those that are there, and nothing outside', async () => {
    const root = temporaryDirectory();
    mkdirSync(join(root, 'docs'));
    writeFileSync(join(root, 'docs/guide.md'), '# Guide\n');
    const { mock, until, daemon } = openSample((_mock, sample) => {
      sample.view = sampleWorkspace([reading(root)]);
    });
    const tree = () => mock.tree('rampwatch.documents');
    await until('the files', () => tree().includes('missing') && tree().includes('outside'));
    await mock.run('rampwatch.openDocument', mock.element('rampwatch.documents', 'docs/guide.md'));
    expect(mock.shown).toEqual(['command: vscode.open']);
    await mock.run('rampwatch.openDocument', mock.element('rampwatch.documents', 'docs/gone.md'));
    expect(mock.shown.at(-1)).toContain('docs/gone.md is missing, although the plan names it.');
    await mock.run('rampwatch.openDocument', mock.element('rampwatch.documents', '../secrets.md'));
    expect(mock.shown.at(-1)).toContain("outside the plan's folder");
    rmSync(join(root, 'docs/guide.md'));
    daemon.show(reading(root));
    await until('the loss', () => tree().startsWith('[warning list.warningForeground] docs/guide.md'));
  });
});
