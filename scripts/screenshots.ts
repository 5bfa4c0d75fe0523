// Makes the pictures of the README from a real rollout in a real VS Code: `node scripts/screenshots.ts [theme…]`.
// Needs `npm run build` and `node scripts/install-vscode.mjs` before it.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { ColorTheme } from '../test/editor/launch/options.ts';
import { openVsCode } from '../test/editor/launch/session.ts';
import { openFile, openViewContainer, waitForTree } from '../test/editor/launch/workbench.ts';
import { startUploadingApplication } from '../test/support/uploadingApplication.ts';
import { uploadsEnvironment, uploadsPlan } from '../test/support/uploadsPlan.ts';

const repository = resolve(import.meta.dirname, '..');
const themes: readonly ColorTheme[] = ['dark', 'light', 'high-contrast'];

async function takePictures(theme: ColorTheme): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'rampwatch-pictures-'));
  const workspace = join(directory, 'uploads');
  const state = join(directory, 'state');
  await mkdir(workspace);
  await writeFile(join(workspace, 'rampwatch.yaml'), uploadsPlan({ soak: '20s' }));
  await writeFile(join(workspace, '.env'), uploadsEnvironment);
  const application = startUploadingApplication(workspace, 200);
  application.failEvery(251);
  const rampwatch = (...words: readonly string[]) =>
    promisify(execFile)(process.execPath, [join(repository, 'dist/cli.mjs'), ...words], {
      cwd: workspace,
      env: { ...process.env, RAMPWATCH_STATE_DIRECTORY: state },
    });
  const session = await openVsCode({
    workspace,
    extensionPath: repository,
    colorTheme: theme,
    env: { RAMPWATCH_STATE_DIRECTORY: state },
    viewport: { width: 1200, height: 640 },
    settings: { 'editor.minimap.enabled': false },
    screenshotDirectory: join(repository, 'docs/images'),
  });
  try {
    const { page } = session;
    await openFile(page, 'rampwatch.yaml');
    await openViewContainer(page, 'Rampwatch');
    const shows = (text: string) =>
      waitForTree(page, 'Stages', (rows) => rows.some((row) => row.includes(text)), 60_000);
    await shows('not begun');
    await rampwatch('begin');
    await shows('ready to advance');
    await rampwatch('advance');
    await shows('10 % in force');
    // Some records of the stage, and no tooltip.
    await page.mouse.move(900, 620);
    await page.waitForTimeout(6000);
    await session.screenshot(`stages-${theme}`);
  } finally {
    await rampwatch('stop', '--force').catch(() => undefined);
    await session.close();
    application.stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

const wanted = process.argv.slice(2);
for (const theme of themes) {
  if (wanted.length === 0 || wanted.includes(theme)) await takePictures(theme);
}
