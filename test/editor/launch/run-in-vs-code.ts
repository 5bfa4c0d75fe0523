import type { Page } from 'playwright-core';
import { runInElectron } from './electron.ts';
import type { VsCodeOptions } from './options.ts';
import { RunLog } from './run-log.ts';
import { openVsCode, type VsCodeSession } from './session.ts';

/** `server`: VS Code's server with its workbench in Chromium, the newest or the oldest promised. `electron`: the desktop, where it can be downloaded. */
export type BackEnd = 'server' | 'electron';

export function backEnd(): BackEnd {
  const named = process.env.RAMPWATCH_VSCODE ?? 'server';
  if (named === 'server' || named === 'electron') return named;
  if (named === 'oldest') return 'server';
  throw new Error(`RAMPWATCH_VSCODE is ${named}: it must be server, oldest or electron`);
}

export interface RunOptions extends VsCodeOptions {
  extensionPath: string;
  testModule: string;
  /** Names the evidence kept of a failure. */
  name: string;
  /** The bound on the whole run; default 600 s. */
  timeoutMilliseconds?: number;
  /** Gets the page while the tests run; the desktop back end has none and leaves it out. */
  page?: (page: Page) => Promise<void>;
}

export interface RunOutcome {
  backEnd: BackEnd;
  /**
   * The exit code of VS Code. Undefined: the run broke or ran out of time, and `problem` says so. 0 alone is no proof:
   * VS Code also exits with 0 when its extension host is killed, so a caller checks the report's `ended` as well.
   */
  exitCode: number | undefined;
  problem: string | undefined;
  log: RunLog;
}

/** Rejects with `what` took too long; the work itself is ended by closing the session. */
export async function bounded<T>(work: Promise<T>, milliseconds: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_settle, fail) => {
    timer = setTimeout(() => fail(new Error(`${what} was not done after ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function runInServer(options: RunOptions, log: RunLog): Promise<number> {
  let session: VsCodeSession | undefined;
  let exitCode: number | undefined;
  try {
    session = await openVsCode(options, log);
    const [code] = await bounded(
      Promise.all([session.testsEnded, options.page?.(session.page)]),
      options.timeoutMilliseconds ?? 600_000,
      options.name,
    );
    exitCode = code;
    return code;
  } finally {
    if (session !== undefined) {
      if (exitCode !== 0) await session.keepEvidence(options.name);
      await session.close();
    }
  }
}

/** Runs one test module inside the extension host of a real VS Code, and ends everything it started. */
export async function runInVsCode(options: RunOptions): Promise<RunOutcome> {
  const chosen = backEnd();
  const log = new RunLog();
  try {
    const exitCode =
      chosen === 'server'
        ? await runInServer(options, log)
        : await bounded(runInElectron(options, log), options.timeoutMilliseconds ?? 600_000, options.name);
    return { backEnd: chosen, exitCode, problem: undefined, log };
  } catch (error) {
    const problem = `${error instanceof Error ? error.message : error}\n${log.tail(15)}`;
    return { backEnd: chosen, exitCode: undefined, problem, log };
  }
}
