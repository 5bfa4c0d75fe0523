import type { Vscode } from './vscodeApi.ts';

/** The keys that the manifest's `when` clauses read, with the type of each value. */
export interface ContextKeys {
  /** The extension runs, and the workspace is not trusted. */
  'rampwatch.untrusted': boolean;
  /** The plans of the workspace have been looked for. */
  'rampwatch.looked': boolean;
  'rampwatch.hasPlan': boolean;
  /** The workspace has a plan, and not only an opened rollout or the demo. */
  'rampwatch.hasOwnPlan': boolean;
  /** The demo has come to its end once, in any window. */
  'rampwatch.demoSeen': boolean;
  /** A plan was imported from guides, and the import is still told. */
  'rampwatch.hasImport': boolean;
  /** The obstacle to showing a rollout: it decides the view's welcome text. */
  'rampwatch.obstacle': 'none' | 'starting' | 'stopped' | 'failed' | 'unusable' | 'empty';
  /** A view that is known to be empty: before the first look, emptiness says nothing. */
  'rampwatch.noActivity': boolean;
  'rampwatch.noChecklists': boolean;
  'rampwatch.noDocuments': boolean;
  'rampwatch.noTriggers': boolean;
  'rampwatch.mayBegin': boolean;
  'rampwatch.mayAdopt': boolean;
  'rampwatch.mayAdvance': boolean;
  'rampwatch.mayHold': boolean;
  'rampwatch.mayResume': boolean;
  'rampwatch.mayAcknowledge': boolean;
  'rampwatch.mayRejudge': boolean;
  'rampwatch.mayRestore': boolean;
  'rampwatch.mayRollBack': boolean;
  /** A daemon is connected; a daemon is stopped. With several folders both may be true. */
  'rampwatch.running': boolean;
  'rampwatch.stopped': boolean;
}

export const contextKeys = [
  'rampwatch.untrusted',
  'rampwatch.looked',
  'rampwatch.hasPlan',
  'rampwatch.hasOwnPlan',
  'rampwatch.demoSeen',
  'rampwatch.hasImport',
  'rampwatch.obstacle',
  'rampwatch.noActivity',
  'rampwatch.noChecklists',
  'rampwatch.noDocuments',
  'rampwatch.noTriggers',
  'rampwatch.mayBegin',
  'rampwatch.mayAdopt',
  'rampwatch.mayAdvance',
  'rampwatch.mayHold',
  'rampwatch.mayResume',
  'rampwatch.mayAcknowledge',
  'rampwatch.mayRejudge',
  'rampwatch.mayRestore',
  'rampwatch.mayRollBack',
  'rampwatch.running',
  'rampwatch.stopped',
] as const satisfies readonly (keyof ContextKeys)[];

/** Sets context keys, each only when its value changed: a change makes the editor evaluate every `when` again. */
export class ContextKeyWriter {
  readonly #vscode: Vscode;
  readonly #written = new Map<keyof ContextKeys, unknown>();

  constructor(vscode: Vscode) {
    this.#vscode = vscode;
  }

  write(values: Readonly<Partial<ContextKeys>>): void {
    for (const key of contextKeys) {
      const value = values[key];
      if (value === undefined || this.#written.get(key) === value) continue;
      this.#written.set(key, value);
      void this.#vscode.commands.executeCommand('setContext', key, value);
    }
  }
}
