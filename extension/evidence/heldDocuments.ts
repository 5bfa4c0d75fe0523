import type { EventEmitter, Uri } from 'vscode';
import { Disposables } from '../disposables.ts';
import type { Vscode } from '../vscodeApi.ts';

/** A text with the links of its words. */
export interface HeldText {
  /** The tab's name; its ending decides the language. */
  readonly name: string;
  readonly text: string;
  readonly links: readonly HeldLink[];
  /** 1-based line to put the cursor on. */
  readonly line: number;
}

export interface HeldLink {
  /** 1-based. */
  readonly line: number;
  /** Columns from 0; the end is after the last. */
  readonly from: number;
  readonly to: number;
  readonly tooltip: string;
  readonly command: string;
  readonly argument: Readonly<Record<string, unknown>>;
}

const scheme = 'rampwatch';
/** An editor left open for long shows its text from the editor's own copy; only a reload asks again. */
const mostHeld = 30;

/** Read-only documents that we write. Where they are rendered, text of others is escaped; links in them are ours. */
export class HeldDocuments extends Disposables {
  readonly #vscode: Vscode;
  readonly #held = new Map<string, HeldText>();
  readonly #changed: EventEmitter<Uri>;

  constructor(vscode: Vscode) {
    super();
    this.#vscode = vscode;
    this.#changed = this.add(new vscode.EventEmitter<Uri>());
    this.add(
      vscode.workspace.registerTextDocumentContentProvider(scheme, {
        onDidChange: this.#changed.event,
        provideTextDocumentContent: (uri) =>
          this.#held.get(uri.toString())?.text ?? vscode.l10n.t('This text is gone; open it again.'),
      }),
    );
    this.add(
      vscode.languages.registerDocumentLinkProvider(
        { scheme },
        { provideDocumentLinks: (document) => this.#links(document.uri) },
      ),
    );
  }

  /** `key`: a text held under the same key replaces the one before. */
  hold(key: string, held: HeldText): Uri {
    const uri = this.#vscode.Uri.from({ scheme, path: `/${held.name}`, query: key });
    const name = uri.toString();
    const known = this.#held.delete(name);
    this.#held.set(name, held);
    const [oldest] = this.#held.keys();
    if (this.#held.size > mostHeld && oldest !== undefined) this.#held.delete(oldest);
    if (known) this.#changed.fire(uri);
    return uri;
  }

  async show(key: string, held: HeldText): Promise<void> {
    const uri = this.hold(key, held);
    const document = await this.#vscode.workspace.openTextDocument(uri);
    const at = new this.#vscode.Position(Math.max(0, held.line - 1), 0);
    const selection = new this.#vscode.Range(at, at);
    // The document with the link stays open beside the linked one.
    await this.#vscode.window.showTextDocument(document, { selection, preview: held.links.length === 0 });
  }

  #links(uri: Uri) {
    const { DocumentLink, Position, Range, Uri: Uris } = this.#vscode;
    return (this.#held.get(uri.toString())?.links ?? []).map((link) => {
      const range = new Range(new Position(link.line - 1, link.from), new Position(link.line - 1, link.to));
      const target = Uris.parse(`command:${link.command}?${encodeURIComponent(JSON.stringify([link.argument]))}`);
      const made = new DocumentLink(range, target);
      made.tooltip = link.tooltip;
      return made;
    });
  }
}
