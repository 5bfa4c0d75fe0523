import { homedir } from 'node:os';
import { dirname, isAbsolute } from 'node:path';
import type { Event, EventEmitter, LogOutputChannel, TextDocument, Uri } from 'vscode';
import { type PlanReading, planReading } from '../../daemon/protocol/wire/planReading.ts';
import type { Clock } from '../clock.ts';
import { answerOf, type DaemonProgram, type RunCommandLine, reasonOf, refusalOf } from '../connection/commandLine.ts';
import { Disposables } from '../disposables.ts';
import type { Vscode } from '../vscodeApi.ts';
import { isPlan } from './planFilter.ts';

export interface ReadingPorts {
  readonly vscode: Vscode;
  readonly clock: Clock;
  readonly log: LogOutputChannel;
  readonly run: RunCommandLine;
  program(): DaemonProgram;
}

/** The findings of lint for one document, and the version that they are for. */
export interface ReadVersion {
  readonly uri: Uri;
  readonly version: number;
  readonly reading: PlanReading;
}

/** Runs `rampwatch lint` on the text as it is in the editor. `null`, and a line in the log, where there is no answer. */
export async function lintText(
  { log, run, program }: ReadingPorts,
  document: TextDocument,
  options: readonly string[],
  signal: AbortSignal,
): Promise<PlanReading | null> {
  const { fsPath: file, scheme } = document.uri;
  // An untitled document may belong to no folder yet.
  const folder = scheme === 'file' && isAbsolute(file) ? dirname(file) : homedir();
  const words = ['lint', '--stdin', ...options, '--json', '--plan', file];
  const outcome = await run(program(), { words, folder, input: document.getText(), signal });
  const answer = answerOf(outcome);
  const parsed = planReading.safeParse(answer);
  if (parsed.success) return parsed.data;
  if (!signal.aborted) log.warn(`lint of ${file}: ${refusalOf(answer)?.message ?? reasonOf(outcome)}`);
  return null;
}

/** How long typing must rest, in milliseconds. */
const settle = 300;

/**
 * Judges open plans as they are in the editor, saved or not: `rampwatch lint` as a process of its own, once typing
 * rests, one per document; an overtaken run is ended. Nothing is run in Restricted Mode.
 */
export class PlanReadings extends Disposables {
  /** A document was read anew, or (`null`) has no findings any more. */
  readonly onDidRead: Event<{ readonly uri: Uri; readonly read: ReadVersion | null }>;
  readonly #ports: ReadingPorts;
  readonly #read: EventEmitter<{ uri: Uri; read: ReadVersion | null }>;
  readonly #known = new Map<string, ReadVersion>();
  readonly #running = new Map<string, { dispose(): void }>();

  constructor(ports: ReadingPorts) {
    super();
    this.#ports = ports;
    const { workspace, EventEmitter: Emitter } = ports.vscode;
    this.#read = this.add(new Emitter<{ uri: Uri; read: ReadVersion | null }>());
    this.onDidRead = this.#read.event;
    this.add(workspace.onDidOpenTextDocument((document) => this.#look(document, 0)));
    this.add(workspace.onDidChangeTextDocument(({ document }) => this.#look(document, settle)));
    this.add(workspace.onDidCloseTextDocument(({ uri }) => this.#forget(uri)));
    this.add(
      workspace.onDidDeleteFiles(({ files }) => {
        for (const uri of files) this.#forget(uri);
      }),
    );
    // A deleted file may stay open; one that comes back with the same text changes no document.
    const watcher = this.add(workspace.createFileSystemWatcher('**/*rampwatch.yaml', false, true, false));
    this.add(watcher.onDidDelete((uri) => this.#forget(uri)));
    this.add(
      watcher.onDidCreate((uri) => {
        const document = workspace.textDocuments.find((each) => each.uri.toString() === uri.toString());
        if (document !== undefined) this.#look(document, settle);
      }),
    );
    this.add(workspace.onDidGrantWorkspaceTrust(() => this.look()));
    this.add({
      dispose: () => {
        for (const run of this.#running.values()) run.dispose();
      },
    });
  }

  /** Looks at the documents that are open already. */
  look(): void {
    for (const document of this.#ports.vscode.workspace.textDocuments) this.#look(document, 0);
  }

  /** The findings for the document as it is now. */
  current(document: Pick<TextDocument, 'uri' | 'version'>): ReadVersion | undefined {
    const known = this.#known.get(document.uri.toString());
    return known?.version === document.version ? known : undefined;
  }

  #look(document: TextDocument, wait: number): void {
    if (!this.#ports.vscode.workspace.isTrusted || !isPlan(document) || this.disposed) return;
    const key = document.uri.toString();
    this.#running.get(key)?.dispose();
    const controller = new AbortController();
    const waiting = this.#ports.clock.after(wait, () => void this.#lint(document, controller.signal));
    this.#running.set(key, {
      dispose: () => {
        waiting.dispose();
        controller.abort();
      },
    });
  }

  async #lint(document: TextDocument, signal: AbortSignal): Promise<void> {
    const { uri, version } = document;
    const reading = await lintText(this.#ports, document, [], signal);
    if (signal.aborted) return;
    if (reading === null) {
      this.#forget(uri);
      return;
    }
    const read = { uri, version, reading };
    this.#known.set(uri.toString(), read);
    this.#read.fire({ uri, read });
  }

  #forget(uri: Uri): void {
    const key = uri.toString();
    this.#running.get(key)?.dispose();
    this.#running.delete(key);
    if (this.#known.delete(key)) this.#read.fire({ uri, read: null });
  }
}
