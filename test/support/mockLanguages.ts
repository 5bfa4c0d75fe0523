import { MockEventEmitter } from './mockValues.ts';

/** The part of the stand-in editor that a language feature uses: documents, diagnostics, proposals. */

export class MockPosition {
  readonly line: number;
  readonly character: number;

  constructor(line: number, character: number) {
    this.line = line;
    this.character = character;
  }
}

export class MockRange {
  readonly start: MockPosition;
  readonly end: MockPosition;

  constructor(start: MockPosition, end: MockPosition) {
    this.start = start;
    this.end = end;
  }

  isEqual({ start, end }: MockRange): boolean {
    const same = (one: MockPosition, other: MockPosition) =>
      one.line === other.line && one.character === other.character;
    return same(start, this.start) && same(end, this.end);
  }

  /** As the editor has it: what merely touches has an empty range in common. */
  intersection({ start, end }: MockRange): MockRange | undefined {
    const after = (one: MockPosition, other: MockPosition) =>
      one.line > other.line || (one.line === other.line && one.character > other.character);
    const from = after(start, this.start) ? start : this.start;
    const to = after(end, this.end) ? this.end : end;
    return after(from, to) ? undefined : new MockRange(from, to);
  }
}

interface MockUri {
  readonly scheme: string;
  readonly fsPath: string;
  toString(): string;
}

/** An open document that a person edits. */
export class MockDocument {
  readonly uri: MockUri;
  version = 1;
  isDirty = false;
  languageId = 'yaml';
  #text: string;

  constructor(uri: MockUri, text: string) {
    this.uri = uri;
    this.#text = text;
  }

  getText(): string {
    return this.#text;
  }

  replaceText(text: string, isDirty: boolean): void {
    this.#text = text;
    this.version += 1;
    this.isDirty = isDirty;
  }

  offsetAt({ line, character }: MockPosition): number {
    const lines = this.#text.split('\n');
    return lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + character;
  }

  positionAt(offset: number): MockPosition {
    const before = this.#text.slice(0, offset).split('\n');
    return new MockPosition(before.length - 1, before.at(-1)?.length ?? 0);
  }

  words({ start, end }: MockRange): string {
    return this.#text.slice(this.offsetAt(start), this.offsetAt(end));
  }
}

interface Diagnostic {
  range: MockRange;
  message: string;
  severity: number;
  source?: string;
  code?: string;
}

interface Edit {
  readonly uri: MockUri;
  readonly range: MockRange;
  readonly text: string;
}

class MockWorkspaceEdit {
  readonly edits: Edit[] = [];

  replace(uri: MockUri, range: MockRange, text: string): void {
    this.edits.push({ uri, range, text });
  }
}

interface CodeAction {
  title: string;
  edit?: MockWorkspaceEdit;
  isPreferred?: boolean;
}

interface CodeLens {
  range: MockRange;
  command: { title: string; command: string; tooltip: string; arguments: unknown[] };
}

interface Completion {
  label: { label: string; description: string };
  insertText: { value: string };
  range: MockRange;
}

type ActionProvider = (
  document: MockDocument,
  range: MockRange,
  context: { diagnostics: readonly Diagnostic[]; only?: unknown },
) => readonly CodeAction[];

interface Providers {
  completions: (document: MockDocument, position: MockPosition) => Promise<readonly Completion[]>;
  hover: (
    document: MockDocument,
    position: MockPosition,
    token: { onCancellationRequested(listener: () => void): void },
  ) => Promise<{ contents: { value: string }; range: MockRange } | undefined>;
}

const severities = ['error', 'warning', 'information', 'hint'];

export interface MockEditing {
  /** Opens a document, as a person does. */
  open(uri: MockUri, text: string): MockDocument;
  type(document: MockDocument, text: string): void;
  save(document: MockDocument): void;
  close(document: MockDocument): void;
  /** Every diagnostic of the document: `3: error invalid: unknown key … | stges`. */
  problems(document: MockDocument): readonly string[];
  /** The problems of all documents, by path. */
  problemFiles(): readonly string[];
  /** Another extension's diagnostics of the document, in place of those it had. */
  tell(document: MockDocument, source: string, found: readonly { words: string; message: string }[]): void;
  /** The titles of the fixes that are offered, and the text after each. */
  fixes(document: MockDocument): readonly { title: string; text: string }[];
  /** `line: title`, as they would be drawn now. */
  lenses(document: MockDocument): Promise<readonly string[]>;
  /** A click on the lens of a line. */
  clickLens(document: MockDocument, line: number): Promise<{ command: string; arguments: readonly unknown[] }>;
  /** How often the lenses were requested anew. */
  lensChanges(): number;
  /** The proposals where the text has `|`; `label → text in its place`. */
  proposals(document: MockDocument, offset: number): Promise<readonly { label: string; text: string }[]>;
  /** The hover that waits for nothing. */
  hover(document: MockDocument, offset: number): Promise<{ text: string; words: string } | undefined>;
  /** The hover that tells a rule in figures. */
  figures(document: MockDocument, offset: number): Promise<{ text: string; words: string } | undefined>;
  extensions: Set<string>;
}

export function mockEditing(): {
  editing: MockEditing;
  languages: object;
  workspace: { readonly textDocuments: readonly MockDocument[] };
  classes: object;
} {
  const documents: MockDocument[] = [];
  const collections: Map<string, { uri: MockUri; found: readonly Diagnostic[] }>[] = [];
  const opened = new MockEventEmitter<MockDocument>();
  const changed = new MockEventEmitter<{ document: MockDocument }>();
  const closed = new MockEventEmitter<MockDocument>();
  const diagnosed = new MockEventEmitter<{ uris: readonly MockUri[] }>();
  const others: (typeof collections)[number] = new Map();
  collections.push(others);
  const deleted = new MockEventEmitter<{ files: readonly MockUri[] }>();
  const saved = new MockEventEmitter<MockDocument>();
  const providers: Partial<Providers> = {};
  const actionProviders: ActionProvider[] = [];
  const lensProviders: ((document: MockDocument) => Promise<readonly CodeLens[]> | readonly CodeLens[])[] = [];
  const extensions = new Set<string>();
  let lensChanges = 0;
  const nothing = { dispose: () => {} };
  const given = <T>(provider: T | undefined, name: string): T => {
    if (provider === undefined) throw new Error(`no provider of ${name}`);
    return provider;
  };
  const found = ({ uri }: MockDocument) =>
    collections.flatMap((collection) => collection.get(uri.toString())?.found ?? []);
  const actionsOf = (document: MockDocument, diagnostic: Diagnostic) =>
    actionProviders.flatMap((provider) => provider(document, diagnostic.range, { diagnostics: [diagnostic] }));
  const hovers: Providers['hover'][] = [];
  const hoverOf = async (provider: Providers['hover'] | undefined, document: MockDocument, offset: number) => {
    const token = { onCancellationRequested: () => {} };
    const hover = await given(provider, 'hovers')(document, document.positionAt(offset), token);
    return hover === undefined ? undefined : { text: hover.contents.value, words: document.words(hover.range) };
  };
  const lensesOf = async (document: MockDocument) =>
    (await Promise.all(lensProviders.map(async (provider) => await provider(document)))).flat();

  const languages = {
    createDiagnosticCollection: () => {
      const collection = new Map<string, { uri: MockUri; found: readonly Diagnostic[] }>();
      collections.push(collection);
      return {
        set: (uri: MockUri, all: readonly Diagnostic[]) => {
          collection.set(uri.toString(), { uri, found: all });
          diagnosed.fire({ uris: [uri] });
        },
        delete: (uri: MockUri) => {
          if (collection.delete(uri.toString())) diagnosed.fire({ uris: [uri] });
        },
        clear: () => collection.clear(),
        dispose: () => collection.clear(),
      };
    },
    getDiagnostics: (uri: MockUri) => collections.flatMap((collection) => collection.get(uri.toString())?.found ?? []),
    onDidChangeDiagnostics: diagnosed.event,
    registerCodeActionsProvider: (_filter: unknown, provider: { provideCodeActions: ActionProvider }) => {
      actionProviders.push(provider.provideCodeActions);
      return nothing;
    },
    registerCodeLensProvider: (
      filter: unknown,
      provider: {
        provideCodeLenses: (typeof lensProviders)[number];
        onDidChangeCodeLenses(listener: () => void): { dispose(): void };
      },
    ) => {
      // The help at a flag's uses, in any file, is tried in a real VS Code.
      if (!Array.isArray(filter)) return nothing;
      lensProviders.push(provider.provideCodeLenses);
      return provider.onDidChangeCodeLenses(() => {
        lensChanges += 1;
      });
    },
    registerCompletionItemProvider: (
      _filter: unknown,
      provider: { provideCompletionItems: Providers['completions'] },
    ) => {
      providers.completions = provider.provideCompletionItems;
      return nothing;
    },
    registerInlayHintsProvider: () => nothing,
    registerHoverProvider: (filter: unknown, provider: { provideHover: Providers['hover'] }) => {
      if (!Array.isArray(filter)) return nothing;
      hovers.push(provider.provideHover);
      return nothing;
    },
  };

  const workspace = {
    get textDocuments() {
      return documents;
    },
    onDidOpenTextDocument: opened.event,
    onDidChangeTextDocument: changed.event,
    onDidCloseTextDocument: closed.event,
    onDidSaveTextDocument: saved.event,
    onDidDeleteFiles: deleted.event,
    applyEdit: async ({ edits }: MockWorkspaceEdit) => {
      for (const { uri, range, text } of edits) {
        const document = documents.find((each) => each.uri.toString() === uri.toString());
        if (document === undefined) return false;
        const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
        const before = document.getText();
        editing.type(document, before.slice(0, from) + text + before.slice(to));
      }
      return true;
    },
  };

  const classes = {
    Position: MockPosition,
    Range: MockRange,
    DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
    DiagnosticTag: { Unnecessary: 1 },
    CodeActionKind: { QuickFix: 'quickfix', Source: { append: (part: string) => `source.${part}` } },
    CompletionItemKind: { Property: 9, Value: 11, Reference: 17 },
    WorkspaceEdit: MockWorkspaceEdit,
    Diagnostic: class {
      readonly range: MockRange;
      readonly message: string;
      readonly severity: number;

      constructor(range: MockRange, message: string, severity: number) {
        this.range = range;
        this.message = message;
        this.severity = severity;
      }
    },
    CodeAction: class {
      readonly title: string;

      constructor(title: string) {
        this.title = title;
      }
    },
    CodeLens: class {
      readonly range: MockRange;
      readonly command: unknown;

      constructor(range: MockRange, command: unknown) {
        this.range = range;
        this.command = command;
      }
    },
    CompletionItem: class {
      readonly label: unknown;

      constructor(label: unknown) {
        this.label = label;
      }
    },
    SnippetString: class {
      readonly value: string;

      constructor(value: string) {
        this.value = value;
      }
    },
    Hover: class {
      readonly contents: unknown;
      readonly range: MockRange;

      constructor(contents: unknown, range: MockRange) {
        this.contents = contents;
        this.range = range;
      }
    },
    extensions: { getExtension: (id: string) => (extensions.has(id) ? {} : undefined) },
  };

  const editing: MockEditing = {
    open(uri, text) {
      const document = new MockDocument(uri, text);
      documents.push(document);
      opened.fire(document);
      return document;
    },
    type(document, text) {
      document.replaceText(text, true);
      changed.fire({ document });
    },
    save(document) {
      document.isDirty = false;
      saved.fire(document);
    },
    close(document) {
      documents.splice(documents.indexOf(document), 1);
      closed.fire(document);
    },
    tell(document, source, all) {
      const { uri } = document;
      const told = all.map(({ words, message }) => {
        const from = document.getText().indexOf(words);
        const range = new MockRange(document.positionAt(from), document.positionAt(from + words.length));
        return { range, message, severity: 0, source };
      });
      others.set(uri.toString(), { uri, found: told });
      diagnosed.fire({ uris: [uri] });
    },
    problems: (document) =>
      found(document).map(({ range, severity, code, message }) => {
        const told = code === undefined ? '' : ` ${code}`;
        return `${range.start.line + 1}: ${severities[severity]}${told}: ${message} | ${document.words(range)}`;
      }),
    problemFiles: () => collections.flatMap((collection) => [...collection.values()].map(({ uri }) => uri.fsPath)),
    fixes: (document) =>
      found(document).flatMap((diagnostic) =>
        actionsOf(document, diagnostic).map((action) => ({
          title: action.title,
          text: (action.edit?.edits ?? []).reduce((text, { range, text: put }) => {
            const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
            return text.slice(0, from) + put + text.slice(to);
          }, document.getText()),
        })),
      ),
    lenses: async (document) =>
      (await lensesOf(document)).map(
        ({ range, command }) => `${range.start.line + 1}: ${command.title.replaceAll('\u00a0', ' ')}`,
      ),
    async clickLens(document, line) {
      const lens = (await lensesOf(document)).find(({ range }) => range.start.line === line - 1);
      if (lens === undefined) throw new Error(`no lens on line ${line}`);
      return lens.command;
    },
    lensChanges: () => lensChanges,
    async proposals(document, offset) {
      const all = await given(providers.completions, 'completions')(document, document.positionAt(offset));
      return all.map(({ label, insertText, range }) => {
        const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
        const text = document.getText();
        return { label: label.label, text: text.slice(0, from) + insertText.value + text.slice(to) };
      });
    },
    hover: async (document, offset) => await hoverOf(hovers[0], document, offset),
    figures: async (document, offset) => await hoverOf(hovers[1], document, offset),
    extensions,
  };
  return { editing, languages, workspace, classes };
}
