// Makes the pictures of the README from a recorded rollout in a real VS Code, in light, dark and high contrast:
//   node scripts/screenshots.ts [part of a picture's or theme's name…]
// Needs `npm run build` and `node scripts/install-vscode.mjs` before it.
import { copyFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import type { ColorTheme } from '../test/editor/launch/options.ts';
import { openVsCode } from '../test/editor/launch/session.ts';
import { goToPlace, suggestions, webview } from '../test/editor/workbench/editors.ts';
import { waitForNotification } from '../test/editor/workbench/messages.ts';
import { answerInput, pickQuickItem, runCommand } from '../test/editor/workbench/quickInput.ts';
import { statusBarHover } from '../test/editor/workbench/statusBar.ts';
import {
  clickInlineAction,
  collapseView,
  expandView,
  openViewContainer,
  setSideBarWidth,
  waitForTree,
} from '../test/editor/workbench/views.ts';
import { type RecordedWorkspace, recordedWorkspace } from './recordedWorkspace.ts';
import { smallPng } from './smallPng.ts';

const repository = resolve(import.meta.dirname, '..');
const images = join(repository, 'docs/images');
const themes: readonly ColorTheme[] = ['dark', 'light', 'high-contrast'];

/** A moment of the recording, and the pictures that are taken while it is now; each begins where the one before ended. */
interface Scene {
  /** The last moment of the recording. */
  readonly now: number;
  readonly times: Parameters<typeof recordedWorkspace>[3];
  prepare(workspace: RecordedWorkspace): Promise<void>;
  readonly pictures: readonly Picture[];
}

interface Picture {
  readonly name: string;
  readonly size: { readonly width: number; readonly height: number };
  /** Brings on screen what is to be seen; the part of the page that is kept, or all of it. */
  show(page: Page, workspace: RecordedWorkspace): Promise<Box | undefined>;
}

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

const today = Date.now() % 86_400_000;
/** The fourth day at 10 %, at this time of day. */
const atTenPercent = Date.UTC(2025, 10, 6) + today;
/** Some minutes after most uploads of the new way began to fail at 50 %. */
const rolledBack = Date.UTC(2025, 10, 9, 14, 15);

const scenes: readonly Scene[] = [
  {
    now: atTenPercent,
    times: 'of day kept',
    async prepare({ play, rollout, publish }) {
      await play(atTenPercent);
      rollout.tick('before/review-all-documentation');
      publish();
    },
    pictures: [
      {
        name: 'trees',
        size: { width: 1280, height: 900 },
        async show(page) {
          await openViewContainer(page, 'Rampwatch');
          await waitForTree(page, 'Stages', (rows) => rows.length > 3, 60_000);
          await runCommand(page, 'Rampwatch: Open Plan');
          await setSideBarWidth(page, 480);
          await expandView(page, 'Activity');
          await waitForTree(page, 'Triggers', (rows) => rows.length > 3);
          await waitForTree(page, 'Activity', (rows) => rows.length > 2);
          await restPointer(page);
          return undefined;
        },
      },
      {
        name: 'status-bar',
        size: { width: 1280, height: 900 },
        async show(page) {
          const hover = await statusBarHover(page, 'rampwatch.rampwatch');
          return { x: 0, y: hover.y - 24, width: 760, height: 900 - hover.y + 24 };
        },
      },
      {
        name: 'sidebar-dashboard',
        size: { width: 1280, height: 1000 },
        async show(page) {
          await setSideBarWidth(page, 348);
          for (const view of ['Stages', 'Checklists', 'Triggers', 'Activity']) await collapseView(page, view);
          await expandView(page, 'Dashboard');
          await webview(page).locator('figure.chart canvas').first().waitFor({ state: 'attached' });
          await restPointer(page);
          return { x: 0, y: 0, width: 720, height: 1000 };
        },
      },
      {
        name: 'dashboard',
        size: { width: 1440, height: 1200 },
        async show(page) {
          await collapseView(page, 'Dashboard');
          await runCommand(page, 'Rampwatch: Open Dashboard');
          await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
          await webview(page).getByRole('radio', { name: 'Rollout' }).check({ force: true });
          await webview(page).locator('figure.chart canvas').first().waitFor();
          return undefined;
        },
      },
      {
        name: 'daily-review',
        size: { width: 1280, height: 800 },
        async show(page) {
          await runCommand(page, 'View: Close All Editors');
          await runCommand(page, 'View: Show Rampwatch');
          for (const view of ['Stages', 'Checklists', 'Triggers']) await expandView(page, view);
          await runCommand(page, 'Rampwatch: Daily Review');
          await pickQuickItem(page, 'Go Through the Items');
          await page
            .locator('.quick-input-widget')
            .filter({ hasText: /\d of \d: / })
            .waitFor();
          return undefined;
        },
      },
      {
        name: 'plan-hover',
        size: { width: 1280, height: 640 },
        async show(page) {
          await page.keyboard.press('Escape');
          await runCommand(page, 'Rampwatch: Open Plan');
          await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
          // The second condition of the stage that runs.
          await goToPlace(page, 30, 78);
          await runCommand(page, 'Show or Focus Hover');
          return undefined;
        },
      },
      {
        name: 'plan-completion',
        size: { width: 1280, height: 640 },
        async show(page) {
          await page.keyboard.press('Escape');
          // Inside the quotes of the first trigger's condition.
          await goToPlace(page, 36, 31);
          await suggestions(page, (labels) => labels.length > 1);
          return undefined;
        },
      },
      {
        name: 'guide-diff',
        size: { width: 1280, height: 860 },
        async show(page, { folder }) {
          await page.keyboard.press('Escape');
          await copyFile(join(repository, 'test/fixtures/guides/rough-edges.md'), join(folder, 'GUIDE.md'));
          await runCommand(page, 'Rampwatch: Import Execution Guide…');
          await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'GUIDE.md' }).first().click();
          await page.keyboard.press('Enter');
          await pickQuickItem(page, 'A new plan…');
          await page.locator('.quick-input-widget').filter({ hasText: 'The name of the new plan' }).waitFor();
          await answerInput(page, 'uploads');
          await page.locator('.tab.dirty').filter({ hasText: 'uploads' }).waitFor({ timeout: 60_000 });
          return undefined;
        },
      },
      {
        name: 'walkthrough',
        size: { width: 1600, height: 900 },
        async show(page) {
          await runCommand(page, 'View: Close All Editors');
          await runCommand(page, 'Notifications: Clear All Notifications');
          await runCommand(page, 'Welcome: Open Walkthrough...');
          await pickQuickItem(page, 'Watch your first rollout');
          await page.locator('.gettingStartedSlideDetails .getting-started-step').nth(2).click();
          await webview(page).locator('svg').waitFor({ state: 'attached' });
          return undefined;
        },
      },
    ],
  },
  {
    now: rolledBack,
    times: 'moved',
    async prepare({ play, rollout, publish }) {
      await play(rolledBack - 45 * 60_000);
      rollout.acknowledge('a handful of records, and no more since');
      publish();
    },
    pictures: [
      {
        name: 'rollback',
        size: { width: 1280, height: 800 },
        async show(page, { play }) {
          await openViewContainer(page, 'Rampwatch');
          await setSideBarWidth(page, 420);
          await waitForTree(page, 'Stages', (rows) => rows.some((row) => row.includes('fifty · ')));
          await waitForTree(page, 'Triggers', (rows) => rows.length > 3);
          await restPointer(page);
          await play(rolledBack);
          await waitForNotification(page, /Roll(ed|ing) back from 50\s%/);
          return undefined;
        },
      },
      {
        name: 'why',
        size: { width: 1280, height: 800 },
        async show(page) {
          await runCommand(page, 'Notifications: Clear All Notifications');
          await clickInlineAction(page, 'Stages', '50 %', 'Show Why');
          await page.locator('.tab.active').filter({ hasText: 'Why Rollback' }).waitFor();
          await webview(page).locator('.over-time canvas').waitFor({ timeout: 60_000 });
          return undefined;
        },
      },
      {
        name: 'report',
        size: { width: 1280, height: 1000 },
        async show(page) {
          await runCommand(page, 'View: Close All Editors');
          await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
          await runCommand(page, 'Rampwatch: Preview Report');
          await pickQuickItem(page, 'Whole Rollout');
          await webview(page).getByRole('heading').first().waitFor({ timeout: 60_000 });
          return undefined;
        },
      },
    ],
  },
];

/** Over the editor, where nothing has a hover. */
async function restPointer(page: Page): Promise<void> {
  const editor = await page.locator('.part.editor').boundingBox();
  if (editor !== null) await page.mouse.move(editor.x + editor.width - 60, editor.y + editor.height / 2);
}

async function takePictures(scene: Scene, theme: ColorTheme, wanted: (picture: Picture) => boolean): Promise<void> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'rampwatch-pictures-')));
  const folder = join(directory, 'uploads');
  await mkdir(folder);
  const workspace = await recordedWorkspace(repository, folder, scene.now, scene.times);
  try {
    await scene.prepare(workspace);
    const session = await openVsCode({
      workspace: folder,
      extensionPath: repository,
      colorTheme: theme,
      env: workspace.environment,
      settings: { 'editor.minimap.enabled': false, 'window.commandCenter': false, 'breadcrumbs.enabled': false },
    });
    try {
      const { page } = session;
      for (const { name, size, show } of scene.pictures) {
        await page.setViewportSize(size);
        const clip = await show(page, workspace);
        // Figures and fades come to rest.
        await page.waitForTimeout(1500);
        const path = join(images, `${name}-${theme}.png`);
        if (!wanted({ name, size, show })) continue;
        await writeFile(path, smallPng(await page.screenshot({ ...(clip !== undefined && { clip }) })));
      }
    } catch (error) {
      await session.keepEvidence('screenshots');
      throw error;
    } finally {
      await session.close();
    }
  } finally {
    await workspace.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

const words = process.argv.slice(2);
await mkdir(images, { recursive: true });
for (const theme of themes) {
  for (const scene of scenes) {
    const wanted = ({ name }: Picture) => words.length === 0 || words.some((word) => `${name}-${theme}`.includes(word));
    if (scene.pictures.some(wanted)) await takePictures(scene, theme, wanted);
  }
}
