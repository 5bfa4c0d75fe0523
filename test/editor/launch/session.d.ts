import { type Page } from 'playwright-core';
import { type VsCodeOptions } from './options.ts';
import { RunLog } from './run-log.ts';
/** A real VS Code: its server, and its workbench in Chromium. */
export interface VsCodeSession {
  page: Page;
  log: RunLog;
  /** The test module's exit code; rejects when the server dies first. Never settles without a test module. */
  testsEnded: Promise<number>;
  /** Writes `<name>.png` into the screenshot directory and returns its path. */
  screenshot(name: string): Promise<string>;
  /** Writes `<name>.png` and `<name>.log`, for a failure; never throws. Returns the paths that were written. */
  keepEvidence(name: string): Promise<string[]>;
  /** Reloads the window and waits until the workbench is there again. */
  reload(): Promise<void>;
  /** Ends everything that this session started. */
  close(): Promise<void>;
}
/** Ends every session that is still open, for a run that is interrupted. */
export declare function closeAllSessions(): Promise<void>;
/** Opens the workspace in a real VS Code and waits until its workbench stands. The caller closes the session. */
export declare function openVsCode(options: VsCodeOptions, log?: RunLog): Promise<VsCodeSession>;
