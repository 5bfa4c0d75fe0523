import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { startUploadingApplication, type UploadingApplication } from '../../support/uploadingApplication.ts';
import { uploadsEnvironment } from '../../support/uploadsPlan.ts';
import type { DriveContext } from './drive.ts';
import { statusBarItem } from './workbench.ts';

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
export async function statusBarText(page: Page, wanted: RegExp, timeoutMilliseconds = 20_000): Promise<string> {
  const end = Date.now() + timeoutMilliseconds;
  for (;;) {
    const { text } = await statusBarItem(page, 'rampwatch.rampwatch').catch((error: Error) => ({
      text: error.message,
    }));
    if (wanted.test(text)) return text;
    if (Date.now() > end) throw new Error(`the status bar says "${text}", wanted ${wanted}`);
    await page.waitForTimeout(50);
  }
}

/** By the discovery file of the one workspace below the state directory. */
export async function daemonPid(stateDirectory: string): Promise<number> {
  for (const name of await readdir(stateDirectory)) {
    const file = join(stateDirectory, name, 'daemon.json');
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text).pid;
  }
  throw new Error(`no discovery file below ${stateDirectory}`);
}
