import type { WorkspaceView } from '../protocol/wire/view.ts';

/** The outside as the assistant's server uses it. */
export interface AgentPorts {
  readonly version: string;
  now(): number;
  /** The workspace as its daemon shows it; a daemon is started when none runs. @throws UserError */
  view(): Promise<WorkspaceView>;
  /**
   * Runs a command of the command line under `--json` and gives its one document.
   * @throws UserError as the command says it, or when it takes too long.
   */
  run(words: readonly string[], options?: RunOptions): Promise<string>;
  /** The text of a file. @throws UserError when it cannot be read. */
  text(file: string): Promise<string>;
  /** The absolute path of a file inside the workspace. @throws UserError `outside`, or when it is not there. */
  inside(path: string): Promise<string>;
}

export interface RunOptions {
  /** Given to standard input. */
  readonly input?: string;
  /** The assistant through which a person acts; the journal names it. */
  readonly through?: string;
}
