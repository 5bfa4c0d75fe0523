import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openFolderSample } from './folderSample.ts';

vi.stubEnv('NODE_COMPILE_CACHE', join(tmpdir(), `rampwatch-compiled-${process.getuid?.() ?? 0}`));

const plan = (command: string) => `version: 1
id: shop
sources: [{ command: [sh, -c, ${JSON.stringify(command)}] }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } } }
stages: [{ id: half, percent: 50, soak: 1h, gate: ["ok >= 90%"] }, { id: full, percent: 100, soak: 1h }]
`;

async function workspace(text: string) {
  const { mock, file, calls, until } = openFolderSample({ 'rampwatch.yaml': text });
  await until('a look around', () => mock.contextKeys.get('rampwatch.looked') === true);
  const run = async (...answers: string[]) => {
    mock.answers.push(...answers);
    await mock.run('rampwatch.approveOutside', mock.vscode.Uri.file(file));
    return mock.shown.at(-1);
  };
  return { mock, file, calls, run };
}

it('a command is approved exactly as it was shown, and only once a person says so', async () => {
  const { mock, file, calls, run } = await workspace(plan('tail -F a.log'));
  await run();
  const [asked] = mock.shown.filter((line) => line.includes('Approve exactly this'));
  expect(asked).toContain('Approve exactly this on this machine');
  expect(calls.every(({ words }) => !words.some((word) => /^[0-9a-f]{64}$/.test(word)))).toBe(true);

  expect(await run('Approve')).toMatch(/^status: Approved: /);
  expect(await run()).toContain('All that rampwatch.yaml runs or connects to is approved on this machine.');

  // Another command is another thing.
  writeFileSync(file, plan('tail -F b.log'));
  const before = mock.shown.length;
  await run();
  expect(mock.shown.slice(before).join('\n')).toContain('Approve exactly this');
});

it('a plan that runs nothing needs no approval', async () => {
  const { run } = await workspace(plan('x').replace(/command: \[.*?\]/, 'file: a.jsonl'));
  expect(await run()).toContain('rampwatch.yaml runs nothing and connects to nothing');
});
