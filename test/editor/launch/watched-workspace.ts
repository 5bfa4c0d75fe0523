/// <reference lib="dom" />
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import * as z from 'zod';
import { startUploadingApplication, type UploadingApplication } from '../../support/uploadingApplication.ts';
import { uploadsEnvironment } from '../../support/uploadsPlan.ts';
import { statusBarItem } from '../workbench/statusBar.ts';
import { WAIT_MILLISECONDS } from '../workbench/waiting.ts';
import type { DriveContext } from './drive.ts';

/** A folder as a person works in it: a plan, the flag's file, an application that uploads, and the command line. */
export interface WatchedWorkspace {
  readonly folder: string;
  readonly application: UploadingApplication;
  /** Runs one command of `rampwatch` in it and reads its JSON; rejects when it is refused. */
  rampwatch(...words: readonly string[]): Promise<unknown>;
  /** Ends the application and the daemon. */
  end(): Promise<void>;
}

/** `plan`: `null` writes none. */
export async function watchedWorkspace(
  { repository, stateDirectory, temporaryDirectory }: DriveContext,
  plan: string | null,
): Promise<WatchedWorkspace> {
  const folder = await temporaryDirectory();
  if (plan !== null) await writeFile(join(folder, 'rampwatch.yaml'), plan);
  await writeFile(join(folder, '.env'), uploadsEnvironment);
  const application = startUploadingApplication(folder);
  const rampwatch = async (...words: readonly string[]): Promise<unknown> => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(repository, 'dist/cli.mjs'), ...words, '--json'],
      { cwd: folder, env: { ...process.env, RAMPWATCH_STATE_DIRECTORY: stateDirectory } },
    );
    return stdout.trim() === '' ? null : JSON.parse(stdout);
  };
  return {
    folder,
    application,
    rampwatch,
    async end() {
      application.stop();
      await rampwatch('stop', '--force').catch(() => undefined);
    },
  };
}

/** Waits until our status bar item says this. */
export async function statusBarText(page: Page, wanted: RegExp): Promise<string> {
  const end = Date.now() + WAIT_MILLISECONDS;
  for (;;) {
    const { text } = await statusBarItem(page, 'rampwatch.rampwatch').catch((error: Error) => ({
      text: error.message,
    }));
    if (wanted.test(text)) return text;
    if (Date.now() > end) throw new Error(`the status bar says "${text}", wanted ${wanted}`);
    await page.waitForTimeout(50);
  }
}

declare global {
  interface Window {
    /** Every text that stood in the status bar since it is remembered. */
    stood: string[];
  }
}

/** From now on every text of the status bar is remembered, including texts that vanish quickly. */
export async function rememberStatusBar(page: Page): Promise<void> {
  await page.addInitScript(keepStatusTexts);
  await page.evaluate(keepStatusTexts);
}

/** Runs in the page. */
function keepStatusTexts(): void {
  window.stood = [];
  new MutationObserver(() => {
    for (const { textContent } of document.querySelectorAll('.statusbar-item')) {
      const text = (textContent ?? '').replace(/\s+/g, ' ').trim();
      if (!window.stood.includes(text)) window.stood.push(text);
    }
  }).observe(document, { childList: true, subtree: true, characterData: true });
}

/** Waits until this has stood in the status bar since it is remembered. */
export async function hasStoodInStatusBar(page: Page, wanted: RegExp): Promise<void> {
  const end = Date.now() + WAIT_MILLISECONDS;
  for (;;) {
    const stood = await page.evaluate(() => window.stood);
    if (stood.some((text) => wanted.test(text))) return;
    if (Date.now() > end) throw new Error(`nothing like ${wanted} stood in the status bar:\n${stood.join('\n')}`);
    await page.waitForTimeout(100);
  }
}

const statusDocument = z.object({
  rollouts: z.array(
    z.object({
      standing: z.object({ phase: z.object({ kind: z.string() }) }),
      triggers: z.array(z.object({ id: z.string(), phase: z.object({ kind: z.string() }) })),
    }),
  ),
});
type ToldRollout = z.infer<typeof statusDocument>['rollouts'][number];

/** Waits until the command line tells so of the only rollout. */
export async function statusWhere(
  { rampwatch }: WatchedWorkspace,
  holds: (rollout: ToldRollout) => boolean,
): Promise<void> {
  const end = Date.now() + WAIT_MILLISECONDS;
  for (;;) {
    const { rollouts } = statusDocument.parse(await rampwatch('status'));
    if (rollouts.some(holds)) return;
    if (Date.now() > end) throw new Error(`the rollout stayed as it is: ${JSON.stringify(rollouts)}`);
    await pause(250);
  }
}
