import type { RunLog } from './run-log.ts';
export interface ServerDirectories {
  data: string;
  extensions: string;
}
export interface VsCodeServer {
  port: number;
  /** Settles when the process is gone, with how it went. */
  exited: Promise<string>;
  stop(): Promise<void>;
}
/**
 * Starts VS Code's own server on a free loopback port. With `automation` it accepts a test module in the page's address,
 * and then shows no notification toasts and no modal dialogs: VS Code suppresses them in test runs.
 */
export declare function startServer(
  directories: ServerDirectories,
  env: NodeJS.ProcessEnv,
  log: RunLog,
  automation: boolean,
): Promise<VsCodeServer>;
/** Installs a packaged extension into `directories.extensions`. */
export declare function installVsix(
  vsix: string,
  directories: ServerDirectories,
  env: NodeJS.ProcessEnv,
  log: RunLog,
): Promise<void>;
