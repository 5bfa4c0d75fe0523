import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Event, EventEmitter, GlobPattern } from 'vscode';
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
  readonly #edited: EventEmitter<string>;
  /** Folders outside of the workspace that a person opened, each with the watcher of its plans. */
  readonly #opened = new Map<string, { dispose(): void }>();
  #found: readonly string[] = [];
  #looked = false;
  #pending: { dispose(): void } | null = null;

  constructor(vscode: Vscode, clock: Clock) {
    super();
    this.#vscode = vscode;
    this.#clock = clock;
    this.#changed = this.add(new vscode.EventEmitter<readonly PlanFolder[]>());
    this.onDidChange = this.#changed.event;
    const again = () => this.#lookSoon();
    this.#edited = this.add(new vscode.EventEmitter<string>());
    this.onDidEdit = this.#edited.event;
    this.add(this.#watch('**/*rampwatch.yaml'));
    this.add(vscode.workspace.onDidChangeWorkspaceFolders(again));
    this.add(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('rampwatch.plans')) again();
      }),
    );
    this.add({ dispose: () => this.#pending?.dispose() });
    this.add({
      dispose: () => {
        for (const folder of [...this.#opened.keys()]) this.close(folder);
      },
    });
  }

  /** True once the workspace has been looked through. */
  get looked(): boolean {
    return this.#looked;
  }

  /** The workspace itself has a plan. */
  get hasOwnPlan(): boolean {
    return this.#found.length > 0;
  }

  async look(): Promise<void> {
    const pattern = readConfiguration(this.#vscode, 'rampwatch.plans');
    const found = await this.#vscode.workspace.findFiles(pattern, excluded, 200);
    const beside = await Promise.all([...this.#opened.keys()].map(plansIn));
    if (this.disposed) return;
    this.#looked = true;
    this.#found = found.map((uri) => uri.fsPath);
    const inWorkspace = planFolders(this.#found).slice(0, mostFolders);
    const opened = planFolders(beside.flat()).filter(({ folder }) =>
      inWorkspace.every((each) => each.folder !== folder),
    );
    this.#changed.fire([...inWorkspace, ...opened]);
  }

  /** Shows a folder of plans that is not of the workspace, as long as the window is open. True when it has a plan. */
  async open(folder: string): Promise<boolean> {
    if (this.#found.some((file) => dirname(file) === folder)) return true;
    if ((await plansIn(folder)).length === 0) return false;
    if (!this.#opened.has(folder)) {
      const { RelativePattern, Uri } = this.#vscode;
      this.#opened.set(folder, this.#watch(new RelativePattern(Uri.file(folder), '*rampwatch.yaml')));
    }
    await this.look();
    return true;
  }

  /** Ends the showing of an opened folder at the next look. */
  close(folder: string): void {
    this.#opened.get(folder)?.dispose();
    this.#opened.delete(folder);
  }

  #watch(pattern: GlobPattern): Disposables {
    const watching = new Disposables();
    const watcher = watching.add(this.#vscode.workspace.createFileSystemWatcher(pattern));
    watching.add(watcher.onDidChange((uri) => this.#edited.fire(uri.fsPath)));
    watching.add(watcher.onDidCreate(() => this.#lookSoon()));
    watching.add(watcher.onDidDelete(() => this.#lookSoon()));
    return watching;
  }

  #lookSoon(): void {
    this.#pending?.dispose();
    this.#pending = this.#clock.after(settle, () => void this.look());
  }
}

/** None where the folder cannot be read. */
async function plansIn(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => /(^|\.)rampwatch\.yaml$/.test(name)).map((name) => join(folder, name));
  } catch {
    return [];
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
