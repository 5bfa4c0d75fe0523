import { basename, dirname } from 'node:path';
import type { Event, EventEmitter } from 'vscode';
import type { Clock } from '../clock.ts';
import { readConfiguration } from '../configuration.ts';
import { Disposables } from '../disposables.ts';
import type { Vscode } from '../vscodeApi.ts';

/** A folder that holds at least one plan: one daemon watches all of its rollouts. */
export interface PlanFolder {
  /** Absolute path. */
  readonly folder: string;
  /** Absolute paths, `rampwatch.yaml` first. */
  readonly files: readonly string[];
}

const excluded = '**/{node_modules,.git,dist,build,.vscode-test}/**';
/** A file system that reports one save as several changes is asked once. */
const settle = 200;
/** Each folder costs a daemon: more folders than this are probably somebody's test data. */
const mostFolders = 8;

/** Finds the plans of the workspace and reports their changes. */
export class PlanFolders extends Disposables {
  readonly onDidChange: Event<readonly PlanFolder[]>;
  /** The plan file that was written anew. */
  readonly onDidEdit: Event<string>;
  readonly #vscode: Vscode;
  readonly #clock: Clock;
  readonly #changed: EventEmitter<readonly PlanFolder[]>;
  #looked = false;
  #pending: { dispose(): void } | null = null;

  constructor(vscode: Vscode, clock: Clock) {
    super();
    this.#vscode = vscode;
    this.#clock = clock;
    this.#changed = this.add(new vscode.EventEmitter<readonly PlanFolder[]>());
    this.onDidChange = this.#changed.event;
    const again = () => this.#lookSoon();
    const watcher = this.add(vscode.workspace.createFileSystemWatcher('**/*rampwatch.yaml'));
    const edited = this.add(new vscode.EventEmitter<string>());
    this.onDidEdit = edited.event;
    this.add(watcher.onDidChange((uri) => edited.fire(uri.fsPath)));
    this.add(watcher.onDidCreate(again));
    this.add(watcher.onDidDelete(again));
    this.add(vscode.workspace.onDidChangeWorkspaceFolders(again));
    this.add(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('rampwatch.plans')) again();
      }),
    );
    this.add({ dispose: () => this.#pending?.dispose() });
  }

  /** True once the workspace has been looked through. */
  get looked(): boolean {
    return this.#looked;
  }

  async look(): Promise<void> {
    const pattern = readConfiguration(this.#vscode, 'rampwatch.plans');
    const found = await this.#vscode.workspace.findFiles(pattern, excluded, 200);
    if (this.disposed) return;
    this.#looked = true;
    this.#changed.fire(planFolders(found.map((uri) => uri.fsPath)).slice(0, mostFolders));
  }

  #lookSoon(): void {
    this.#pending?.dispose();
    this.#pending = this.#clock.after(settle, () => void this.look());
  }
}

/** Plan files by folder, in a stable order. */
export function planFolders(files: readonly string[]): readonly PlanFolder[] {
  const byFolder = Map.groupBy(files.toSorted(), (file) => dirname(file));
  return [...byFolder].map(([folder, inFolder]) => ({
    folder,
    files: inFolder.toSorted((left, right) => rank(left) - rank(right)),
  }));
}

function rank(file: string): number {
  return basename(file) === 'rampwatch.yaml' ? 0 : 1;
}
