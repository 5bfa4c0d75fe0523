import { basename } from 'node:path';
import picomatch from 'picomatch';
import type { Memento, SecretStorage } from 'vscode';
import type { Vscode } from '../../extension/vscodeApi.ts';
import { type MockDocument, type MockEditing, type MockRange, mockEditing } from './mockLanguages.ts';
import { type Labelled, mockQuickPick } from './mockQuickPick.ts';
import { findElement, type MockProvider, type MockTree, mockTreeView, renderTree, treeOf } from './mockTrees.ts';
import {
  MockDiffInput,
  MockDocumentLink,
  MockEventEmitter,
  MockMarkdown,
  MockTextPart,
  MockThemeColor,
  MockThemeIcon,
  MockToolResult,
  MockTreeItem,
  MockUri,
} from './mockValues.ts';
import { type MockWebview, mockWebviewPanel } from './mockWebviews.ts';

/**
 * A stand-in for the editor's API: everything that the extension shows is kept as text, and a script plays the person.
 * It has the parts that the extension uses and no more; `vscode` is handed out as the complete API.
 */
interface UriHandler {
  handleUri(uri: { readonly path: string; readonly query: string }): Promise<void>;
}

export interface MockVscode {
  readonly vscode: Vscode;
  readonly commands: Map<string, (...values: unknown[]) => unknown>;
  readonly contextKeys: Map<string, unknown>;
  /** Everything that was shown and asked, one line each, oldest first. */
  readonly shown: string[];
  readonly statusBar: { text: string; tooltip: string; background: string; visible: boolean; command: string };
  readonly trees: Map<string, MockTree>;
  readonly log: string[];
  readonly translated: Set<string>;
  readonly opened: { file: string; line: number }[];
  /** Answers for the next dialogs, oldest first: a button or an item's label, or the text of an input box. */
  readonly answers: (string | undefined)[];
  /** Documents that the extension itself writes, by URI. */
  readonly documents: MockDocuments;
  readonly configuration: Map<string, unknown>;
  /** The links of a document: the words and the command URI behind them. */
  linksIn(document: MockDocument): readonly { line: number; words: string; target: string }[];
  /** A person cancels what is in progress. */
  cancelProgress(): void;
  /** The pages that are open in editors, the newest last. */
  readonly webviews: readonly MockWebview[];
  /** Somebody opens a link of ours outside of the editor. */
  followLink(link: string): Promise<void>;
  /** The editor's secret storage; two windows share it. */
  readonly secrets: MockSecrets;
  /** The data that the extension keeps across reloads of the window. */
  readonly workspaceState: Memento;
  /** The diffs that are open, with both texts; a file on disk as `<path>`. */
  diffs(): { title: string; left: string; right: string; uri: unknown }[];
  /** Documents that a person edits, and what is shown in them. */
  readonly editing: MockEditing;
  files: string[];
  /** The folders of the workspace, the first one first. */
  folders: string[];
  /** Files written through the editor. */
  readonly written: Map<string, string>;
  trusted: boolean;
  grantTrust(): void;
  fileCreated(file: string): void;
  fileChanged(file: string): void;
  fileDeleted(file: string): void;
  run(command: string, ...values: unknown[]): Promise<void>;
  /** The language-model tools, by name. */
  readonly tools: Map<string, MockTool>;
  /** The answer of a tool, as a chat would read it. */
  invokeTool(name: string, input?: unknown): Promise<string>;
  /** A tree as text, two spaces per level: `[icon] label — description`. */
  tree(id: string): string;
  /** The element whose label begins so. */
  element(id: string, label: string): unknown;
  /** The tooltip of an element, as the editor would ask for it. */
  tooltip(id: string, label: string): string;
}

export interface MockTool {
  invoke(options: { input: unknown }): Promise<{ content: readonly { value: string }[] }>;
  prepareInvocation?(options: { input: unknown }): Promise<{
    invocationMessage: string;
    confirmationMessages: { title: string; message: { value: string } };
  }>;
}

export interface MockDocuments {
  /** The text of the one that was opened last. */
  text(): string;
  /** Its links: the words and the command URI behind them. */
  links(): { words: string; target: string }[];
}

interface DocumentLinkProvider {
  provideDocumentLinks(document: { uri: MockUri; getText(): string }): { range: MockRange; target: MockUri }[];
}

export class MockSecrets implements SecretStorage {
  readonly kept = new Map<string, string>();
  readonly #changed = new MockEventEmitter<{ key: string }>();
  readonly onDidChange = this.#changed.event as SecretStorage['onDidChange'];

  async keys(): Promise<string[]> {
    return [...this.kept.keys()];
  }

  async get(key: string): Promise<string | undefined> {
    return this.kept.get(key);
  }

  async store(key: string, value: string): Promise<void> {
    this.kept.set(key, value);
    this.#changed.fire({ key });
  }

  async delete(key: string): Promise<void> {
    this.kept.delete(key);
    this.#changed.fire({ key });
  }
}

export function mockVscode(root = '/workspace'): MockVscode {
  const commands = new Map<string, (...values: unknown[]) => unknown>();
  const contextKeys = new Map<string, unknown>();
  const shown: string[] = [];
  const trees = new Map<string, MockTree>();
  const log: string[] = [];
  const translated = new Set<string>();
  const opened: { file: string; line: number }[] = [];
  const webviews: MockWebview[] = [];
  let uriHandler: UriHandler | undefined;
  const answers: (string | undefined)[] = [];
  const configuration = new Map<string, unknown>();
  const statusBar = { text: '', tooltip: '', background: '', visible: false, command: '' };
  const contents = new Map<string, (target: MockUri) => string>();
  const tools = new Map<string, MockTool>();
  let cancel = () => {};
  const linkProviders: DocumentLinkProvider[] = [];
  let openedOwn: MockUri | null = null;
  const ownText = () => (openedOwn === null ? '' : (contents.get(openedOwn.scheme)?.(openedOwn) ?? ''));
  const created = new MockEventEmitter<MockUri>();
  const changed = new MockEventEmitter<MockUri>();
  const deleted = new MockEventEmitter<MockUri>();
  const trustGranted = new MockEventEmitter<void>();
  const foldersChanged = new MockEventEmitter<void>();
  const configurationChanged = new MockEventEmitter<{ affectsConfiguration(key: string): boolean }>();

  const tabs: { readonly input: MockDiffInput; readonly title: string }[] = [];
  const textAt = (target: MockUri) => contents.get(target.scheme)?.(target) ?? `<${target.fsPath}>`;

  const ask = async (kind: string, text: string, choices: readonly string[]): Promise<string | undefined> => {
    shown.push(`${kind}: ${text.replaceAll('\u00a0', ' ')}${choices.length === 0 ? '' : ` [${choices.join('] [')}]`}`);
    // An answer waits for the dialog that offers it; a box for text takes any.
    const [next] = answers;
    const offered = choices.some((choice) => choice.includes(next ?? ''));
    return kind === 'input' || kind === 'password' || kind === 'save' || offered ? answers.shift() : undefined;
  };
  const message =
    (kind: string) =>
    async (text: string, ...rest: (string | { modal?: boolean; detail?: string })[]): Promise<string | undefined> => {
      const options = rest.find((value) => typeof value === 'object');
      const buttons = rest.filter((value) => typeof value === 'string');
      const modal = options?.modal === true ? `modal ${kind}` : kind;
      const detail = options?.detail === undefined ? '' : ` | ${options.detail.replaceAll(/\n+/g, ' | ')}`;
      return await ask(modal, `${text}${detail}`, buttons);
    };

  const logLine =
    (level: string) =>
    (text: string): void => {
      log.push(`${level}: ${text}`);
    };

  const languageParts = mockEditing();
  const mock = {
    EventEmitter: MockEventEmitter,
    TreeItem: MockTreeItem,
    ThemeIcon: MockThemeIcon,
    ThemeColor: MockThemeColor,
    MarkdownString: MockMarkdown,
    ...languageParts.classes,
    DocumentLink: MockDocumentLink,
    Uri: MockUri,
    TabInputTextDiff: MockDiffInput,
    LanguageModelTextPart: MockTextPart,
    LanguageModelToolResult: MockToolResult,
    lm: {
      registerTool: (name: string, tool: MockTool) => {
        tools.set(name, tool);
        return { dispose: () => tools.delete(name) };
      },
    },
    languages: {
      ...languageParts.languages,
      registerDocumentLinkProvider: (_selector: object, provider: DocumentLinkProvider) => {
        linkProviders.push(provider);
        return { dispose: () => {} };
      },
    },
    TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
    TreeItemCheckboxState: { Unchecked: 0, Checked: 1 },
    StatusBarAlignment: { Left: 1, Right: 2 },
    ProgressLocation: { SourceControl: 1, Window: 10, Notification: 15 },
    RelativePattern: class {
      readonly base: MockUri;
      readonly pattern: string;
      constructor(base: MockUri, pattern: string) {
        this.base = base;
        this.pattern = pattern;
      }
    },
    QuickPickItemKind: { Separator: -1, Default: 0 },
    QuickInputButtons: { Back: {} },
    ViewColumn: { Active: -1, One: 1, Two: 2 },
    env: {
      language: 'en',
      clipboard: {
        writeText: async (text: string) => {
          shown.push(`clipboard: ${text}`);
        },
      },
    },
    l10n: {
      t: (text: string, ...values: (string | number)[]): string => {
        translated.add(text);
        return text.replaceAll(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
      },
    },
    commands: {
      registerCommand: (name: string, act: (...values: unknown[]) => unknown) => {
        if (commands.has(name)) throw new Error(`command '${name}' already exists`);
        commands.set(name, act);
        return { dispose: () => commands.delete(name) };
      },
      getCommands: async () => [...commands.keys()],
      executeCommand: async (name: string, ...values: unknown[]): Promise<unknown> => {
        if (name === 'setContext') return void contextKeys.set(String(values[0]), values[1]);
        if (name === 'vscode.diff') {
          const [left, right, title] = values as [MockUri, MockUri, string];
          const shownAt = tabs.findIndex(({ input }) => `${input.modified}` === `${right}`);
          if (shownAt !== -1) tabs.splice(shownAt, 1);
          tabs.push({ input: new MockDiffInput(left, right), title });
          return;
        }
        const act = commands.get(name);
        if (act === undefined) return void shown.push(`command: ${name}`);
        return await act(...values);
      },
    },
    window: {
      createOutputChannel: () => ({
        trace: logLine('trace'),
        debug: logLine('debug'),
        info: logLine('info'),
        warn: logLine('warn'),
        error: logLine('error'),
        show: () => shown.push('log shown'),
        dispose: () => {},
      }),
      state: { focused: true, active: true },
      registerUriHandler: (handler: UriHandler) => {
        uriHandler = handler;
        return { dispose: () => undefined };
      },
      createStatusBarItem: () => mockStatusBarItem(statusBar),
      // The pages themselves are tested in Chromium and in a real VS Code.
      createWebviewPanel: (_type: string, title: string) => mockWebviewPanel(webviews, title),
      registerWebviewPanelSerializer: () => ({ dispose: () => undefined }),
      registerWebviewViewProvider: () => ({ dispose: () => undefined }),
      createTreeView: (id: string, options: { treeDataProvider: MockProvider }) => mockTreeView(trees, id, options),
      showInformationMessage: message('information'),
      showWarningMessage: message('warning'),
      showErrorMessage: message('error'),
      showQuickPick: async (
        items: readonly Labelled[],
        options: { title?: string; placeHolder?: string; canPickMany?: boolean },
      ) => {
        const lines = items.map((item) =>
          item.kind === -1 ? `--- ${item.label}`.trim() : [item.label, item.description ?? ''].join(' ').trim(),
        );
        const chosen = await ask('pick', `${options.title ?? ''} | ${options.placeHolder ?? ''}`, lines);
        if (chosen === undefined) return undefined;
        // An answer for several names each by a part of its label.
        const parts = options.canPickMany === true ? chosen.split(' + ') : [chosen];
        const found = items.filter(({ label }) => parts.some((part) => label.includes(part)));
        return options.canPickMany === true ? found : found[0];
      },
      createQuickPick: () => mockQuickPick(ask),
      showInputBox: async (options: {
        title: string;
        prompt: string;
        password?: boolean;
        validateInput(text: string): string | undefined;
      }) => {
        const text = await ask(
          options.password === true ? 'password' : 'input',
          `${options.title} | ${options.prompt}`,
          [],
        );
        const problem = text === undefined ? undefined : options.validateInput(text);
        if (problem !== undefined) shown.push(`invalid: ${problem}`);
        return problem === undefined ? text : undefined;
      },
      showSaveDialog: async (options: { title: string; defaultUri: MockUri }) => {
        const file = await ask('save', `${options.title} | ${options.defaultUri.fsPath}`, []);
        return file === undefined ? undefined : MockUri.file(file);
      },
      showWorkspaceFolderPick: async ({ placeHolder }: { placeHolder: string }) => {
        const names = result.folders.map((folder) => basename(folder));
        const chosen = await ask('folder', placeHolder, names);
        const folder = result.folders.find((each) => basename(each) === chosen);
        return folder === undefined ? undefined : { uri: MockUri.file(folder), name: basename(folder), index: 0 };
      },
      showOpenDialog: async (options: { title: string }) => {
        shown.push(`open: ${options.title}`);
        return undefined;
      },
      activeTextEditor: undefined,
      tabGroups: {
        get all() {
          return [{ tabs }];
        },
        close: async (closed: readonly unknown[]) => {
          for (const tab of closed) tabs.splice(tabs.indexOf(tab as (typeof tabs)[number]), 1);
        },
      },
      setStatusBarMessage: (text: string) => {
        shown.push(`status: ${text}`);
        return { dispose: () => {} };
      },
      withProgress: async <R>(
        options: { title?: string },
        task: (report: { report(step: { message?: string }): void }, token: object) => Promise<R>,
      ): Promise<R> => {
        shown.push(`progress: ${options.title ?? ''}`);
        const report = (step: { message?: string }) =>
          shown.push(`progress: ${options.title ?? ''}: ${step.message ?? ''}`);
        const cancelled = new MockEventEmitter<void>();
        const token = { isCancellationRequested: false, onCancellationRequested: cancelled.event };
        cancel = () => {
          token.isCancellationRequested = true;
          cancelled.fire();
        };
        return await task({ report }, token);
      },
      showTextDocument: async (document: { uri: MockUri }, options?: { selection?: MockRange }) => {
        opened.push({ file: document.uri.fsPath, line: (options?.selection?.start.line ?? 0) + 1 });
        return { edit: async (change: (edit: object) => void) => change({ insert: () => {} }) };
      },
    },
    workspace: {
      ...languageParts.workspace,
      get isTrusted() {
        return result.trusted;
      },
      get workspaceFolders() {
        return result.folders.map((folder, index) => ({ uri: MockUri.file(folder), name: basename(folder), index }));
      },
      findFiles: async (pattern: string) => {
        const matches = picomatch(pattern, { dot: true });
        return result.files
          .filter((file) =>
            result.folders.some((folder) => file.startsWith(`${folder}/`) && matches(file.slice(folder.length + 1))),
          )
          .map((file) => MockUri.file(file));
      },
      createFileSystemWatcher: () => ({
        onDidCreate: created.event,
        onDidChange: changed.event,
        onDidDelete: deleted.event,
        dispose: () => {},
      }),
      onDidChangeWorkspaceFolders: foldersChanged.event,
      onDidChangeConfiguration: configurationChanged.event,
      onDidGrantWorkspaceTrust: trustGranted.event,
      getConfiguration: () => ({ get: (key: string) => configuration.get(key) }),
      asRelativePath: (file: string | MockUri) => String(file).replace('file:', '').replace(`${root}/`, ''),
      getWorkspaceFolder: ({ fsPath }: MockUri) =>
        fsPath.startsWith(`${root}/`) ? { uri: MockUri.file(root), name: 'workspace', index: 0 } : undefined,
      registerTextDocumentContentProvider: (
        scheme: string,
        provider: { provideTextDocumentContent(target: MockUri): string },
      ) => {
        contents.set(scheme, (target) => provider.provideTextDocumentContent(target));
        return { dispose: () => contents.delete(scheme) };
      },
      openTextDocument: async (target: MockUri) => {
        if (target.scheme === 'untitled') {
          const { editing, workspace } = languageParts;
          return workspace.textDocuments.find(({ uri }) => `${uri}` === `${target}`) ?? editing.open(target, '');
        }
        if (contents.has(target.scheme)) openedOwn = target;
        const text = () => (contents.has(target.scheme) ? ownText() : (result.written.get(target.fsPath) ?? ''));
        return { uri: target, getText: text };
      },
      fs: {
        readFile: async (target: MockUri) => {
          const text = result.written.get(target.fsPath);
          if (text === undefined) throw new Error('no such file');
          return new TextEncoder().encode(text);
        },
        writeFile: async (target: MockUri, bytes: Uint8Array) => {
          result.written.set(target.fsPath, new TextDecoder().decode(bytes));
        },
        stat: async (target: MockUri) => {
          if (!result.files.includes(target.fsPath)) throw new Error('no such file');
          return {};
        },
      },
    },
  };

  const linksIn = (document: Parameters<DocumentLinkProvider['provideDocumentLinks']>[0]) =>
    linkProviders
      .flatMap((provider) => provider.provideDocumentLinks(document))
      .map(({ range, target }) => ({
        line: range.start.line + 1,
        words: (document.getText().split('\n')[range.start.line] ?? '').slice(
          range.start.character,
          range.end.character,
        ),
        target: decodeURIComponent(target.toString()),
      }));

  const result: MockVscode = {
    vscode: mock as unknown as Vscode,
    commands,
    contextKeys,
    shown,
    statusBar,
    trees,
    log,
    translated,
    opened,
    answers,
    documents: {
      text: ownText,
      links: () => (openedOwn === null ? [] : linksIn({ uri: openedOwn, getText: ownText })),
    },
    linksIn: (document) => linksIn(document as never),
    configuration,
    cancelProgress: () => cancel(),
    editing: languageParts.editing,
    diffs: () =>
      tabs.map(({ input, title }) => ({
        title,
        left: textAt(input.original),
        right: textAt(input.modified),
        uri: input.modified,
      })),
    secrets: new MockSecrets(),
    workspaceState: mockMemento(),
    webviews,
    followLink: async (link) => {
      const { pathname, search } = new URL(link);
      await uriHandler?.handleUri({ path: pathname, query: search.slice(1) });
    },
    files: [],
    folders: [root],
    written: new Map(),
    trusted: true,
    grantTrust() {
      result.trusted = true;
      trustGranted.fire();
    },
    fileCreated(file) {
      result.files = [...result.files, file];
      created.fire(MockUri.file(file));
    },
    fileChanged: (file) => changed.fire(MockUri.file(file)),
    fileDeleted(file) {
      result.files = result.files.filter((other) => other !== file);
      deleted.fire(MockUri.file(file));
    },
    async run(command, ...values) {
      const act = commands.get(command);
      if (act === undefined) throw new Error(`command '${command}' not found`);
      await act(...values);
    },
    tools,
    async invokeTool(name, input = {}) {
      const tool = tools.get(name);
      if (tool === undefined) throw new Error(`tool '${name}' not found`);
      const { content } = await tool.invoke({ input });
      return content.map((part) => part.value).join('\n');
    },
    tree: (id) => renderTree(treeOf(trees, id).provider),
    element: (id, label) => findElement(treeOf(trees, id).provider, label),
    tooltip(id, label) {
      const { provider } = treeOf(trees, id);
      const element = findElement(provider, label);
      return provider.resolveTreeItem(provider.getTreeItem(element), element).tooltip?.value ?? '';
    },
  };
  return result;
}

export function mockMemento(): Memento {
  const kept = new Map<string, unknown>();
  return {
    keys: () => [...kept.keys()],
    get: <T>(key: string, otherwise?: T) => (kept.has(key) ? (kept.get(key) as T) : otherwise) as T,
    update: async (key: string, value: unknown) => {
      kept.set(key, value);
    },
  };
}

function mockStatusBarItem(kept: MockVscode['statusBar']): object {
  return {
    set text(value: string) {
      kept.text = value;
    },
    set tooltip(value: MockMarkdown) {
      kept.tooltip = value.value;
    },
    set backgroundColor(value: MockThemeColor | undefined) {
      kept.background = value?.id ?? '';
    },
    set command(value: string) {
      kept.command = value;
    },
    name: '',
    accessibilityInformation: undefined,
    show: () => {
      kept.visible = true;
    },
    hide: () => {
      kept.visible = false;
    },
    dispose: () => {
      kept.visible = false;
    },
  };
}
