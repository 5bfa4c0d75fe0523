import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCommandLine } from '../../extension/connection/commandLine.ts';
import { openSample } from './openSample.ts';

// Every command is a process of its own, from source: without the cache most of its time goes into reading the source.
vi.stubEnv('NODE_COMPILE_CACHE', join(tmpdir(), `rampwatch-compiled-${process.getuid?.() ?? 0}`));
const cli = join(import.meta.dirname, '../../daemon/cli.ts');

const plan = `version: 1
id: shop
timezone: UTC
sources: [{ file: orders.jsonl, fresh: 1h }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } } }
stages: [{ id: half, percent: 50, soak: 1h, gate: ["ok >= 90%"] }, { id: full, percent: 100, soak: 1h }]
triggers: [{ id: failing, when: "ok < 80%", over: 5m, min: 20, then: rollback, rule: literal }]
`;

async function workspace() {
  let preview = '';
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rampwatch-whatif-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'rampwatch.yaml');
  writeFileSync(file, plan);
  const orders = join(folder, 'orders.jsonl');
  const start = Date.parse('2025-11-09T12:00:00Z');
  const lines = Array.from({ length: 3600 }, (_, index) => {
    const fails = index > 2400 && index % 4 === 0;
    return JSON.stringify({
      timestamp: new Date(start + index * 2000).toISOString(),
      arm: index % 2 === 0 ? 'new' : 'old',
      ok: !fails,
    });
  });
  writeFileSync(orders, `${lines.join('\n')}\n`);
  const sample = openSample(
    (mock) => {
      mock.files = [orders, file];
      mock.configuration.set('rampwatch.autoStart', false);
      mock.commands.set('markdown.showPreview', async (uri) => {
        preview = (await mock.vscode.workspace.openTextDocument(uri as never)).getText();
      });
    },
    (call) => runCommandLine({ node: process.execPath, cli, stateDirectory: join(folder, '.state') }, call),
    folder,
  );
  await sample.until('a look around', () => sample.mock.contextKeys.get('rampwatch.looked') === true);
  return { ...sample, folder, file, page: () => preview };
}

describe('Try This Plan on Recorded Data', () => {
  it('shows a page of what the plan makes of the records, with its stages drawn', async () => {
    const { mock, file, page: shown } = await workspace();
    mock.answers.push('orders.jsonl');
    await mock.run('rampwatch.tryPlan', mock.vscode.Uri.file(file));
    const page = shown();
    expect(page).toContain('# What rampwatch.yaml makes of orders.jsonl');
    expect(page).toMatch(/\| failing \| literal \| 2025-11-09T13:2/);
    expect(page).toContain('data:image/svg+xml;base64,');
  });

  it('tells in one line what is wrong', async () => {
    const { mock, file, folder } = await workspace();
    writeFileSync(file, plan.replace('ok >= 90%', 'okay >= 90%'));
    mock.answers.push('orders.jsonl');
    await mock.run('rampwatch.tryPlan', mock.vscode.Uri.file(file));
    const [told = ''] = mock.shown.filter((line) => line.startsWith('error'));
    expect(told).toContain('okay');
    expect(told).not.toContain(`${folder}/node_modules`);
    expect(told.split('\n')).toHaveLength(1);
  });
});

describe('Simulate This Plan', () => {
  it('shows a page with the false rollbacks, the delay and the length, in traffic like the recording', async () => {
    const { mock, file, page: shown } = await workspace();
    mock.answers.push('Traffic like a recording…', 'orders.jsonl', '3');
    await mock.run('rampwatch.simulatePlan', mock.vscode.Uri.file(file));
    const page = shown();
    expect(page).toContain('# Simulation of shop');
    expect(page).toMatch(/- 3 healthy rollouts in traffic like orders\.jsonl: \d/);
    expect(page).toContain('Wrongly rolled back: ');
  });
});
