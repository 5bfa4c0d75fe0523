import { randomBytes } from 'node:crypto';
import { lstat, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, relative } from 'node:path';
import type { DiagnosticCollection, EventEmitter, Range, Uri, ViewColumn } from 'vscode';
import { errorCode } from '../../daemon/protocol/domain/errorCode.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { Disposables } from '../disposables.ts';
import { insideOf } from '../evidence/logPlace.ts';
import type { Vscode } from '../vscodeApi.ts';

/** A proposed plan, beside the text in its place. */
export interface ProposedPlan {
  /** Absolute path of where it is to be written. */
  readonly file: string;
  /** The workspace folder that it must stay in. */
  readonly root: string;
  readonly proposal: string;
  /** The text before the proposal; `null` when there was none. */
  readonly existing: string | null;
  /** True when a person edited the text since the last import. */
  readonly edited: boolean;
  /** The inputs of the proposal, for people. */
  readonly from: string;
  /** The remarks on lines of the guides. */
  readonly remarks: readonly Remark[];
}

export interface Remark {
  /** Absolute. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly kind: string;
  readonly message: string;
  readonly weight: 'warning' | 'information' | 'hint';
}

export const proposalScheme = 'rampwatch-proposal';
/** Further than any line is long. */
const endOfLine = 10_000;

/**
 * Proposed plans, shown as a diff against the present text: nothing is written before a person agrees, and then exactly
 * the shown text replaces exactly the shown text.
 */
export class PlanProposals extends Disposables {
  readonly #vscode: Vscode;
  readonly #held = new Map<string, ProposedPlan>();
  readonly #changed: EventEmitter<Uri>;
  readonly #remarks: DiagnosticCollection;

  constructor(vscode: Vscode) {
    super();
    this.#vscode = vscode;
    this.#changed = this.add(new vscode.EventEmitter<Uri>());
    this.#remarks = this.add(vscode.languages.createDiagnosticCollection('rampwatch import'));
    this.add(
      vscode.workspace.registerTextDocumentContentProvider(proposalScheme, {
        onDidChange: this.#changed.event,
        // A query marks the empty side of the diff.
        provideTextDocumentContent: (uri) => (uri.query === '' ? (this.#held.get(keyOf(uri))?.proposal ?? '') : ''),
      }),
    );
    this.add(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === proposalScheme && uri.query === '') this.#forget(uri);
      }),
    );
  }

  /** Opens the diff, or brings it into sight; an earlier proposal for the same file is replaced. */
  async show(proposed: ProposedPlan, viewColumn?: ViewColumn, selection?: Range): Promise<Uri> {
    const { Uri: Uris, commands, l10n } = this.#vscode;
    const right = this.uriOf(proposed);
    this.#held.set(keyOf(right), proposed);
    this.#changed.fire(right);
    this.remark(proposed.remarks);
    const nothing = Uris.from({ scheme: proposalScheme, path: pathOf(proposed.file), query: 'nothing' });
    const left = proposed.existing === null ? nothing : Uris.file(proposed.file);
    const title = l10n.t('{0}: proposed from {1}', basename(proposed.file), plainText(proposed.from, 80));
    await commands.executeCommand('vscode.diff', left, right, title, {
      preview: false,
      ...(viewColumn !== undefined && { viewColumn }),
      ...(selection !== undefined && { selection }),
    });
    return right;
  }

  uriOf({ file }: Pick<ProposedPlan, 'file'>): Uri {
    return this.#vscode.Uri.from({ scheme: proposalScheme, path: pathOf(file) });
  }

  /** The proposal that a document shows; without one, the only one there is. */
  of(argument: unknown): { readonly uri: Uri; readonly proposed: ProposedPlan } | undefined {
    const { Uri: Uris, window } = this.#vscode;
    const asked = argument instanceof Uris ? argument : window.activeTextEditor?.document.uri;
    const proposed = asked?.scheme === proposalScheme ? this.#held.get(keyOf(asked)) : undefined;
    if (asked !== undefined && proposed !== undefined) return { uri: asked, proposed };
    const [only, ...others] = [...this.#held.values()];
    if (only === undefined || others.length > 0) return undefined;
    return { uri: this.uriOf(only), proposed: only };
  }

  /**
   * Writes the shown proposal whole or not at all, and opens the plan in place of the diff.
   * @throws UserError when the present text is not the shown one any more, or the plan cannot be written.
   */
  async write(uri: Uri, proposed: ProposedPlan): Promise<void> {
    const { l10n, workspace } = this.#vscode;
    const { file, root, existing, proposal } = proposed;
    const name = workspace.asRelativePath(file);
    if (workspace.textDocuments.some((document) => document.uri.fsPath === file && document.isDirty)) {
      throw new UserError('unsaved', l10n.t('{0} has unsaved changes: save or discard them, then import again.', name));
    }
    const link = await lstat(file).catch(() => null);
    if (link?.isSymbolicLink() === true) {
      throw new UserError('link', l10n.t('{0} is a link: a plan is written only to its real path.', name));
    }
    await insideOf(root, relative(root, file), l10n.t);
    const unwritable = (error: NodeJS.ErrnoException) => {
      const cause = error.code ?? error.message;
      throw new UserError('unwritable', l10n.t('{0} cannot be written ({1}): nothing was changed.', name, cause));
    };
    if ((await textOf(file).catch(unwritable)) !== existing) {
      throw new UserError(
        'changed',
        l10n.t('{0} has changed since this was proposed, so nothing was written: propose it again.', name),
      );
    }
    await replaceFile(file, proposal).catch(unwritable);
    this.#forget(uri);
    await this.#closeDiff(uri);
  }

  #forget(uri: Uri): void {
    if (this.#held.delete(keyOf(uri)) && this.#held.size === 0) this.#remarks.clear();
  }

  async #closeDiff(uri: Uri): Promise<void> {
    const { TabInputTextDiff, window } = this.#vscode;
    const tabs = window.tabGroups.all
      .flatMap((group) => group.tabs)
      .filter(({ input }) => input instanceof TabInputTextDiff && keyOf(input.modified) === keyOf(uri));
    await window.tabGroups.close(tabs);
  }

  /** Where people look for problems, with the line a click away. */
  remark(remarks: readonly Remark[]): void {
    const { Diagnostic, DiagnosticSeverity, Position, Range, Uri: Uris } = this.#vscode;
    const severities = {
      warning: DiagnosticSeverity.Warning,
      information: DiagnosticSeverity.Information,
      hint: DiagnosticSeverity.Hint,
    };
    this.#remarks.clear();
    for (const [file, about] of Map.groupBy(remarks, (remark) => remark.file)) {
      const made = about.map(({ line, kind, message, weight }) => {
        const at = Math.max(0, line - 1);
        const range = new Range(new Position(at, 0), new Position(at, endOfLine));
        const diagnostic = new Diagnostic(range, plainText(message, 2000), severities[weight]);
        diagnostic.source = 'rampwatch';
        diagnostic.code = kind;
        return diagnostic;
      });
      this.#remarks.set(Uris.file(file), made);
    }
  }
}

function keyOf(uri: Uri): string {
  return uri.path;
}

/** The path of a URI that is no file's: with forward slashes, and one at its start. */
function pathOf(file: string): string {
  const path = file.replaceAll('\\', '/');
  return path.startsWith('/') ? path : `/${path}`;
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.new-${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
