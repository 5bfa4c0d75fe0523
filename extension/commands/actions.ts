import type { LogOutputChannel } from 'vscode';
import type { Clock } from '../clock.ts';
import type { Connections } from '../connection/connections.ts';
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
  /** A fresh idempotency key: one per thing a person decided. */
  newKey(): string;
}
