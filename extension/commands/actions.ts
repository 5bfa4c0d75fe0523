import type { LogOutputChannel } from 'vscode';
import type { Clock } from '../clock.ts';
import type { ConnectedRollout, Connections } from '../connection/connections.ts';
import type { Translate, Vscode } from '../vscodeApi.ts';

/** The arguments of every command. */
export interface Actions {
  readonly vscode: Vscode;
  readonly t: Translate;
  readonly connections: Connections;
  readonly log: LogOutputChannel;
  readonly clock: Clock;
  /** Who acts, as the journal will name them. */
  readonly actor: string;
  /**
   * Sets the flag back through the command line, without the daemon, which takes it over under the key. Returns the
   * result in a line. @throws UserError when the flag could not be set
   */
  rollBackDirectly(known: ConnectedRollout, key: string, reason: string | undefined): Promise<string>;
  /** A fresh idempotency key: one per decision of a person. */
  newKey(): string;
}
