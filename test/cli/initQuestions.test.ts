import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type TestWorkspace, testWorkspace } from '../support/runningDaemon.ts';
import { smallPlan } from '../support/smallPlan.ts';
import { hasTerminal, runOnTerminal, type TerminalRun } from '../support/terminal.ts';

const records = Array.from({ length: 200 }, (_, index) =>
  JSON.stringify({
    timestamp: new Date(Date.UTC(2026, 0, 5, 0, index)).toISOString(),
    variant: index % 4 === 0 ? 'new' : 'old',
    success: index % 50 !== 7,
  }),
).join('\n');

function asked(...words: string[]): {
  readonly workspace: TestWorkspace;
  readonly run: TerminalRun;
  readonly out: string;
} {
  const workspace = testWorkspace(smallPlan, onTestFinished);
  workspace.write('records.jsonl', `${records}\n`);
  const run = runOnTerminal(workspace, { columns: 160, rows: 40, colour: false }, 'init', 'records.jsonl', ...words);
  onTestFinished(() => run.end());
  return { workspace, run, out: join(workspace.folder, 'new.yaml') };
}

describe.skipIf(!hasTerminal)('the questions of init', () => {
  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s leaves them with one line, and writes nothing', async (_name, key) => {
    const { run, out } = asked('--out', 'new.yaml');
    await run.shows('? ');
    run.type(key);
    expect(await run.ended).toBe(1);
    expect(run.output).toContain('no plan was written; --yes takes the proposals without asking');
    expect(run.output).not.toContain('defect');
    expect(existsSync(out)).toBe(false);
  });

  it('are not asked for a plan that stands there already', async () => {
    const { run } = asked();
    expect(await run.ended).toBe(1);
    expect(run.output).toContain('rampwatch.yaml exists');
    expect(run.output).not.toContain('?');
  });
});
